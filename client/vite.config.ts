import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig, type Plugin } from 'vite';

const api = `http://127.0.0.1:${process.env.PORT ?? 3000}`;

/** Writes `.br` and `.gz` beside every text asset, so that no server compresses the same file twice. */
function precompress(): Plugin {
  return {
    name: 'latchkey-precompress',
    apply: 'build',
    async writeBundle({ dir = 'dist' }) {
      const files = await readdir(dir, { recursive: true });
      const texts = files.filter((file) => /\.(js|css|svg|html|txt|webmanifest)$/.test(file));
      await Promise.all(
        texts.map(async (file) => {
          const path = join(dir, file);
          const content = await readFile(path);
          const [br, gz] = await Promise.all([
            promisify(brotliCompress)(content, {
              // The viewer of the REST face would take seconds; it is loaded by whoever looks into it.
              params: { [constants.BROTLI_PARAM_QUALITY]: content.length > 1_000_000 ? 9 : 11 },
            }),
            promisify(gzip)(content, { level: 9 }),
          ]);
          await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, gz)]);
        }),
      );
    },
  };
}

/** Writes which package has how many bytes in each chunk; `size.ts` reads it. */
function composition(): Plugin {
  return {
    name: 'latchkey-composition',
    apply: 'build',
    generateBundle(_options, bundle) {
      const chunks: Record<string, Record<string, number>> = {};
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue;
        const owners: Record<string, number> = {};
        for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
          const owner = id
            .split('/node_modules/')
            .at(-1)
            ?.match(/^(@[^/]+\/[^/]+|[^/@]+)\//)?.[1];
          const name = id.includes('/node_modules/') && owner ? owner : 'latchkey';
          owners[name] = (owners[name] ?? 0) + renderedLength;
        }
        chunks[chunk.fileName] = owners;
      }
      this.emitFile({ type: 'asset', fileName: '.vite/composition.json', source: JSON.stringify(chunks) });
    },
  };
}

/** What a first visit goes on with, by language and by the path of the page. */
const nextModules: Record<string, string> = {
  en: 'src/i18n/en.ts',
  de: 'src/i18n/de.ts',
  '/sign-in': 'src/app/pages/entry/sign-in-page.tsx',
  '/register': 'src/app/pages/entry/register-page.tsx',
  '/account': 'src/app/pages/account/overview-page.tsx',
};

/**
 * Writes into the page which files the language and the page asked for need. `before-paint.js` fetches them beside the
 * app itself, whose code would ask for them one round trip later.
 */
function nextCode(): Plugin {
  return {
    name: 'latchkey-next-code',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {}, path }) {
        if (path !== '/index.html') return;
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        function filesOf(fileName: string, seen: Set<string>): Set<string> {
          const chunk = chunks.find((candidate) => candidate.fileName === fileName);
          if (!chunk || seen.has(fileName)) return seen;
          seen.add(fileName);
          for (const style of chunk.viteMetadata?.importedCss ?? []) seen.add(style);
          for (const imported of chunk.imports) filesOf(imported, seen);
          return seen;
        }
        const next = Object.entries(nextModules).map(([name, module]) => {
          const chunk = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(module));
          if (!chunk) throw new Error(`The build has no ${module}`);
          return [name, [...filesOf(chunk.fileName, new Set())].filter((file) => !html.includes(file))];
        });
        const content = JSON.stringify(Object.fromEntries(next));
        return [{ tag: 'meta', attrs: { name: 'next-code', content }, injectTo: 'head-prepend' }];
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), nextCode(), precompress(), composition()],
  resolve: { conditions: ['latchkey-source', ...defaultClientConditions] },
  build: {
    rolldownOptions: {
      input: ['index.html', 'rest-reference.html'].map((page) => join(import.meta.dirname, page)),
      output: {
        codeSplitting: {
          groups: [
            // Changes when a library is updated, not with every release of the app.
            { name: 'libraries', test: /node_modules[\\/](?!@mantine)/, tags: ['$initial'] },
            // Parts of nearly every page, in one request instead of a dozen.
            { name: 'interface', test: /@mantine|src[\\/]components/, minShareCount: 5 },
            // What the first load needs in any case, in one request instead of six.
            { name: 'shell', test: /src[\\/](?!main\.|rest-reference\.)/, tags: ['$initial'] },
          ],
        },
      },
    },
    manifest: true,
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: { '/trpc': api, '/api/': api, '/admin/audit-export': api, '/dev/mails': api, '/healthz': api },
  },
});
