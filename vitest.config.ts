import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Workspace packages are taken from their sources, by tests and by what is set up for them: neither needs a build. */
const conditions = ['latchkey-source', 'node', 'import', 'module', 'default'];
const resolve = {
  ssr: { resolve: { conditions } },
  // The global set-up runs in an environment of its own.
  environments: { __vitest__: { resolve: { conditions } } },
};

const waitsForProcesses = ({ moduleId }: TestSpecification) =>
  /\/(connections|durability|kills|kit|startup|ten-thousand)\.test\.ts$/.test(moduleId);

/** Begins with the files that start processes and wait for them: at the end one of them would have a core to itself. */
class WaitsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(waitsForProcesses), ...sorted.filter((file) => !waitsForProcesses(file))];
  }
}

// Every app of a test has a database and a clock of its own, so loading the product once a worker is enough: `isolate` is
// off everywhere.

export default defineConfig({
  test: {
    sequence: { sequencer: WaitsFirst },
    // Tests that wait for processes and mail leave room for a third worker on two cores.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Each project starts workers of its own, and each worker loads what it tests once: few projects load little twice.
    projects: [
      {
        ...resolve,
        test: {
          name: 'units',
          include: ['{shared,client}/src/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          isolate: false,
        },
      },
      {
        ...resolve,
        test: {
          name: 'server',
          include: ['server/**/*.test.ts', 'client/api/test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
          sequence: { groupOrder: 1 },
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
          // Before all others: a third browser on two cores would lose in work what it gains in waiting.
          sequence: { groupOrder: 0 },
          maxWorkers: Math.max(2, availableParallelism() - 1),
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
