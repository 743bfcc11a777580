import { defineConfig } from 'vitest/config';

const conditions = ['latchkey-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  test: {
    projects: [
      {
        ssr: { resolve: { conditions } },
        test: { name: 'embedded-mongo', include: ['server/src/embedded-mongo/**/*.test.ts'] },
      },
    ],
  },
});
