import { defineConfig, type Plugin, type RolldownOptions } from 'rolldown';

/** Leaves maps for our own code only: reading those of the libraries costs every start 50 MiB. */
const ownMapsOnly: Plugin = {
  name: 'latchkey-own-maps-only',
  generateBundle(_options, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      if (!name.startsWith('libraries')) continue;
      if (file.type === 'asset') delete bundle[name];
      else file.code = file.code.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
    }
  },
};

/**
 * tRPC is published with its spreads of objects written out for old engines, copied property by property with descriptors
 * that are looked up for each; of a cheap call that is a tenth. The language has spreads itself.
 */
const nativeSpreads: Plugin = {
  name: 'latchkey-native-spreads',
  transform: {
    filter: { id: /@trpc[/]server[/]dist[/]getErrorShape/ },
    handler(code) {
      const native = code.replace(
        /function _objectSpread2\(e\) \{\n(?:\t.*\n)+\}/,
        'function _objectSpread2(e, ...sources) { return Object.assign(e, ...sources); }',
      );
      if (native === code) this.error('the spreads of @trpc/server are written otherwise than they were');
      return { code: native, map: null };
    },
  },
};

const shared: RolldownOptions = {
  platform: 'node',
  external: ['@node-rs/argon2', 'bcrypt', 'lmdb'],
  resolve: { conditionNames: ['latchkey-source', 'node', 'import', 'default'] },
  plugins: [nativeSpreads, ownMapsOnly],
};
const output = {
  dir: 'dist',
  sourcemap: true,
  chunkFileNames: '[name].js',
  minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
} as const;

/**
 * What another package imports: `createLatchkey`, and the kit for tests. They share their modules, and leave every library
 * outside, so that a host's router and ours are made by one tRPC.
 */
const library: RolldownOptions = {
  ...shared,
  input: { latchkey: 'src/latchkey.ts', testing: 'src/testing/test-app.ts' },
  external: /^(?!@latchkey\/shared)[^./]/,
  output: { ...output, minify: false, chunkFileNames: 'library.js' },
};

/** Few files with the libraries inside start in half the time; what loads a binary of its own stays outside. */
export default defineConfig([
  {
    ...shared,
    input: { main: 'src/launch.ts' },
    output: {
      ...output,
      codeSplitting: {
        groups: [
          // Loaded when an expression asks for it, if ever.
          { name: 'libraries-on-demand', test: /node_modules[/](?:\.pnpm[/])?mingo|language[/]mingo/ },
          // Loaded by the first mail.
          { name: 'libraries-of-mail', test: /node_modules[/](?:\.pnpm[/])?(?:nodemailer|smtp-server|postal-mime)/ },
          { name: 'libraries', test: /node_modules/ },
          { name: 'product', test: /src[/](?!launch)/ },
        ],
      },
    },
  },
  library,
  {
    ...shared,
    input: {
      'audit-verify': 'src/cli/audit-verify.ts',
      'create-admin': 'src/cli/create-admin.ts',
      'import-users': 'src/cli/import-users.ts',
      'export-users': 'src/cli/export-users.ts',
    },
    output: { ...output, chunkFileNames: 'command-[name].js' },
  },
  // A thread begins with a file of its own, which is looked for beside the code that starts it.
  { ...shared, input: 'src/infra/password-appraiser-worker.js', output },
]);
