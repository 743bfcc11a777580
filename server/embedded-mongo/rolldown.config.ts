import { defineConfig } from 'rolldown';

/** Our own files become two, with what both need between them; the libraries stay dependencies of the package. */
export default defineConfig({
  platform: 'node',
  external: [/^[^./]/],
  input: { server: 'src/server.ts', cli: 'src/cli.ts' },
  output: { dir: 'dist' },
});
