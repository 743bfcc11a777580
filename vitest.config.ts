import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Workspace packages are taken from their sources, by tests and by what is set up for them: neither needs a build. */
const conditions = ['latchkey-source', 'node', 'import', 'module', 'default'];
const resolve = {
  ssr: { resolve: { conditions } },
  // The global set-up runs in an environment of its own.
  environments: { __vitest__: { resolve: { conditions } } },
};

// Every app of a test has a database and a clock of its own, so loading the product once a worker is enough: `isolate` is
// off everywhere.

export default defineConfig({
  test: {
    // By default one of two cores is left to the terminal; tests that wait for mail leave room for a third worker.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Each project starts workers of its own, and each worker loads what it tests once: few projects load little twice.
    projects: [
      {
        ...resolve,
        test: { name: 'units', isolate: false, include: ['{shared,client}/src/**/*.test.ts'] },
      },
      {
        ...resolve,
        test: {
          name: 'server',
          include: ['server/**/*.test.ts', 'client/api/test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { interval: 10, timeout: 10_000 } },
        },
      },
      {
        ...resolve,
        test: {
          name: 'browser',
          include: ['client/e2e/**/*.test.ts'],
          globalSetup: ['client/e2e/global-setup.ts'],
          // One browser for all files of a worker.
          isolate: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
