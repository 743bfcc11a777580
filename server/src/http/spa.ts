import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { isAppPath } from '@latchkey/shared/app-paths';
import { sendJson } from './json.ts';
import { createPagePolicy } from './security-headers.ts';

const yearSeconds = 31_536_000;
const indexPath = '/index.html';

const contentTypes: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** The ways a file may be sent, best first, with the ending of the file that the build wrote for it. */
const encodings = [
  { name: 'br', ending: '.br' },
  { name: 'gzip', ending: '.gz' },
] as const;

interface AppFile {
  headers: Record<string, string>;
  /** By content encoding; `identity` is always there. */
  bodies: Map<string, Buffer>;
}

/** Tools leave notes about a build in folders whose names begin with a dot. */
const isHidden = (name: string): boolean =>
  name.split(/[\\/]/).some((part) => part.startsWith('.') && part !== '.well-known');

function readFiles(folder: string): Map<string, AppFile> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  const known = new Set(names);
  const isEncoded = (name: string) =>
    encodings.some(({ ending }) => name.endsWith(ending) && known.has(name.slice(0, -ending.length)));

  const entries = names
    .filter((name) => !isEncoded(name) && !isHidden(name) && contentTypes[extname(name)] !== undefined)
    .map((name): [string, AppFile] => {
      const path = `/${name.replaceAll('\\', '/')}`;
      const identity = readFileSync(join(folder, name));
      const bodies = new Map([['identity', identity]]);
      for (const encoding of encodings) {
        if (known.has(name + encoding.ending))
          bodies.set(encoding.name, readFileSync(join(folder, name + encoding.ending)));
      }
      const headers = {
        'content-type': contentTypes[extname(name)] ?? '',
        etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
        vary: 'accept-encoding',
        'cache-control': path.startsWith('/assets/') ? `public, max-age=${yearSeconds}, immutable` : 'no-cache',
      };
      return [path, { headers, bodies }];
    });
  return new Map(entries);
}

/** Whether the client takes an encoding (RFC 9110, 12.5.3); a weight of zero refuses it. */
const accepts = (header: string, encoding: string) =>
  new RegExp(`(?:^|[\\s,])${encoding}(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))(?:\\s*;|\\s*,|\\s*$)`, 'i').test(header);

export type Spa = (request: IncomingMessage, response: ServerResponse, path?: string) => void;

/**
 * Serves the built app from memory: it is small, and a build beside the running server changes nothing under it. Hashed
 * assets are kept for good, everything else is revalidated, and a path without an ending of its own gets `index.html`,
 * with 404 where the app has no page.
 */
export function createSpa(folder: string): Spa {
  const files = existsSync(folder) ? readFiles(folder) : new Map<string, AppFile>();
  const index = files.get(indexPath);
  if (!index) {
    return (_request, response) => sendJson(response, 404, { error: 'The app is not built. Run: pnpm build' });
  }
  const applyPagePolicy = createPagePolicy(index.bodies.get('identity')?.toString() ?? '');

  return ({ url = '/', method, headers }, response, path = url.split('?')[0] ?? '/') => {
    const file = files.get(path) ?? (extname(path) === '' ? index : undefined);
    if (!file) {
      sendJson(response, 404, { error: 'Not found' });
      return;
    }
    if (file === index) applyPagePolicy(response);
    const isPage = file !== index || path === indexPath || isAppPath(path);
    if (isPage && headers['if-none-match']?.includes(file.headers.etag ?? '')) {
      response.writeHead(304, file.headers).end();
      return;
    }
    const accepted = headers['accept-encoding'] ?? '';
    const encoding = encodings.find(({ name }) => file.bodies.has(name) && accepts(accepted, name))?.name;
    const body = file.bodies.get(encoding ?? 'identity');
    response.writeHead(isPage ? 200 : 404, {
      ...file.headers,
      ...(encoding && { 'content-encoding': encoding }),
      'content-length': body?.length ?? 0,
    });
    response.end(method === 'HEAD' ? undefined : body);
  };
}
