import { defineConfig } from 'rolldown';

/** One file with its libraries inside starts in half the time; what loads a binary of its own stays outside. */
export default defineConfig({
  input: 'src/main.ts',
  output: { dir: 'dist', sourcemap: true },
  platform: 'node',
  external: ['bcrypt', 'lmdb'],
  resolve: { conditionNames: ['latchkey-source', 'node', 'import', 'default'] },
});
