import { defineConfig, type RolldownOptions } from 'rolldown';

const output = { dir: 'dist', sourcemap: true };
const shared: RolldownOptions = {
  platform: 'node',
  external: ['bcrypt', 'lmdb'],
  resolve: { conditionNames: ['latchkey-source', 'node', 'import', 'default'] },
};

/** One file with its libraries inside starts in half the time; what loads a binary of its own stays outside. */
export default defineConfig([
  { ...shared, input: 'src/main.ts', output },
  // A thread begins with a file of its own, which is looked for beside the code that starts it.
  { ...shared, input: 'src/infra/password-appraiser-worker.js', output },
]);
