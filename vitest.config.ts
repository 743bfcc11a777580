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
    // By default one of two cores is left to the terminal. A third worker on two cores would load the product once more and
    // start a third browser: what it gains in waiting it loses in work.
    maxWorkers: Math.max(2, availableParallelism() - 1),
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
          // Visitors of one worker that are there at once: more would only wait for each other.
          maxConcurrency: 3,
          // A browser on a busy machine is no machine to trust at the first word. The report says what was tried twice.
          retry: process.env.CI ? 1 : 0,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
