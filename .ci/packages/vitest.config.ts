import { defineConfig } from 'vitest/config';

/** `pnpm test:packages`: what is published, as somebody gets it who installs it. */
export default defineConfig({
  test: { include: ['.ci/packages/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
