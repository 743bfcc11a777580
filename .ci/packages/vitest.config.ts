import { defineConfig } from 'vitest/config';

/** The server that the packed client talks to is taken from its sources. */
const conditions = ['latchkey-source', 'node', 'import', 'module', 'default'];

/** `pnpm test:packages`: what is published, as somebody gets it who installs it. */
export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ['.ci/packages/*.test.ts', 'client/api/packed/*.test.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
