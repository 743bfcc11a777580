import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv from 'sirv';
import { answerJson } from './answer-json.ts';

const yearSeconds = 31_536_000;

/** The built app: hashed assets for good, everything else revalidated, unknown paths by `index.html`. */
export function createAppFiles(folder: string): (request: IncomingMessage, response: ServerResponse) => void {
  if (!existsSync(folder)) {
    return (_request, response) => answerJson(response, 404, { error: 'The app is not built. Run: pnpm build' });
  }
  const serve = sirv(folder, {
    single: true,
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders: (response, path) =>
      response.setHeader(
        'cache-control',
        path.startsWith('/assets/') ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
      ),
  });
  return (request, response) => serve(request, response, () => answerJson(response, 404, { error: 'Not found' }));
}
