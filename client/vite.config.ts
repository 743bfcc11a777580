import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defaultClientConditions, defineConfig } from 'vite';
import { composition } from './build/composition.ts';
import { page } from './build/page.ts';
import { precompress } from './build/precompress.ts';

const api = `http://127.0.0.1:${process.env.PORT ?? 3000}`;

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), page(), precompress(), composition()],
  resolve: { conditions: ['latchkey-source', ...defaultClientConditions] },
  build: {
    rolldownOptions: {
      // How long a busy machine took is nothing to warn of.
      checks: { bundlerTimings: false },
      input: ['index.html', 'rest-reference.html'].map((name) => join(import.meta.dirname, name)),
      output: {
        codeSplitting: {
          groups: [
            // Changes when a library is updated, not with every release of the app.
            { name: 'libraries', test: /node_modules/, tags: ['$initial'] },
            // What the first load needs in any case. These two, the small entry and the language make the first pages:
            // a browser of HTTP/1.1 fetches six files at a time.
            { name: 'shell', test: /src[\\/](?!main\.|rest-reference\.)/, tags: ['$initial'] },
            // Parts of several pages, in one request instead of a dozen.
            { name: 'interface', test: /@mantine|src[\\/]components/, minShareCount: 3 },
          ],
        },
      },
    },
    manifest: true,
    target: 'baseline-widely-available',
    assetsInlineLimit: 0,
    // What the first pages weigh is held by `pnpm size`.
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    strictPort: true,
    proxy: {
      '/trpc': api,
      // The sources of the typed client lie below a path of the same name.
      '^/api/(?!src/)': api,
      '/admin/audit-export': api,
      '/dev/mails': api,
      '/healthz': api,
    },
  },
});
