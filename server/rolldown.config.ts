import { defineConfig, type RolldownOptions } from 'rolldown';

/** One file with its libraries inside starts in half the time; what loads a binary of its own stays outside. */
const shared: RolldownOptions = {
  platform: 'node',
  external: ['bcrypt', 'lmdb'],
  resolve: { conditionNames: ['latchkey-source', 'node', 'import', 'default'] },
};

export default defineConfig([
  { ...shared, input: 'src/main.ts', output: { dir: 'dist', sourcemap: true } },
  { ...shared, input: 'src/embedded-mongo/cli.ts', output: { dir: 'embedded-mongo/dist', sourcemap: true } },
]);
