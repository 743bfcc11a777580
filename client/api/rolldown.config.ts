import { defineConfig, type RolldownOptions } from 'rolldown';

const shared: RolldownOptions = {
  resolve: { conditionNames: ['latchkey-source', 'import', 'default'] },
};

/** What a program imports keeps its libraries outside; the command line brings its own, so that no program installs them. */
export default defineConfig([
  {
    ...shared,
    platform: 'neutral',
    input: { client: 'src/client.ts', react: 'src/react.ts', 'file-storage': 'cli/file-storage.ts' },
    external: [/^@trpc\//, 'react', /^node:/],
    output: { dir: 'lib' },
  },
  { ...shared, platform: 'node', input: { cli: 'cli/cli.ts' }, output: { dir: 'lib', banner: '' } },
]);
