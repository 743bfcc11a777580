import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@latchkey/shared/limits';
import type { Site } from '../domain/site.ts';
import { randomId, type System } from '../infra/system.ts';
import { readBody } from './body.ts';
import { sendJson } from './json.ts';

type RequestHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

const methods = new Set(['GET', 'HEAD', 'POST']);
const trpcCors = { methods: 'GET, POST', headers: 'authorization, content-type, accept-language, x-latchkey-device' };

/** The name of a request in logs and errors, which its response carries from the first moment on. */
export function nameRequest(response: ServerResponse, system: System): void {
  if (!response.hasHeader('x-request-id')) response.setHeader('x-request-id', randomId(system));
}

/**
 * Lets the pages of `ALLOWED_ORIGINS` call and read. Gives true where the request was a preflight, which ends here.
 * @param allowed the methods and headers that those pages may send
 */
export function applyCors(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
  allowed: { methods: string; headers: string },
): boolean {
  const { origin } = request.headers;
  response.appendHeader('vary', 'origin');
  if (origin !== undefined && site.allows(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-expose-headers', 'retry-after, x-request-id');
  }
  if (request.method !== 'OPTIONS') return false;
  response.setHeader('access-control-allow-methods', allowed.methods);
  response.setHeader('access-control-allow-headers', allowed.headers);
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
  return true;
}

/** tRPC decodes the path of a call and sends 500 where it cannot. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Keeps a response in one piece: a streamed one sends its headers before a procedure can set a cookie. */
function refuseStreaming(request: IncomingMessage): void {
  delete request.headers['trpc-accept'];
  request.headers.accept = 'application/json';
}

/**
 * Refuses what tRPC must not see: preflights are answered, forms and odd methods sent away. Gives true where the
 * response has been sent.
 */
export function endBeforeTrpc(request: IncomingMessage, response: ServerResponse, site: Site): boolean {
  response.setHeader('cache-control', 'no-store');
  if (applyCors(request, response, site, trpcCors)) return true;
  if (!isDecodable(request.url?.split('?')[0] ?? '/')) {
    sendJson(response, 400, { error: 'Malformed path' });
    return true;
  }
  // tRPC would send 500 to a method that the fetch standard forbids, as TRACE.
  if (!methods.has(request.method ?? '')) {
    response.setHeader('allow', 'GET, POST');
    sendJson(response, 405, { error: 'Method not allowed' });
    return true;
  }
  // Nothing here takes a form, and a form is what another site's page can send without asking.
  if (request.headers['content-type']?.startsWith('multipart/')) {
    sendJson(response, 415, { error: 'Send application/json' });
    return true;
  }
  refuseStreaming(request);
  return false;
}

/** Sends a refusal of a body that nobody is going to read: the connection ends with it. */
function refuseBody(response: ServerResponse): void {
  response.setHeader('connection', 'close');
  sendJson(response, 413, { error: `Send at most ${limits.bodyBytes} bytes` });
}

/**
 * Stands before the tRPC handler of somebody's own HTTP server and does there what ours does: CORS for
 * `ALLOWED_ORIGINS`, no forms, no methods but GET and POST, no batch above `limits.batchSize`, no body above
 * `limits.bodyBytes`, no response in pieces, and a request id on every response.
 */
export const createGuard =
  ({ site, system }: { site: Site; system: System }) =>
  (handler: RequestHandler): RequestHandler =>
  async (request, response) => {
    nameRequest(response, system);
    if (endBeforeTrpc(request, response, site)) return;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (searchParams.get('batch') === '1' && pathname.split(',').length > limits.batchSize) {
      sendJson(response, 400, { error: `Send at most ${limits.batchSize} calls in a batch` });
      return;
    }
    if (request.method !== 'POST') {
      await handler(request, response);
      return;
    }
    const body = await readBody(request).catch(() => 'cut' as const);
    if (body === undefined) refuseBody(response);
    // The client hung up in the middle of it.
    else if (body === 'cut') response.destroy();
    // The adapters of tRPC take a body that was read before them from here.
    else await handler(Object.assign(request, { body: body.text }), response);
  };
