import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@latchkey/shared/limits';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { Services } from '../domain/services.ts';
import type { Site } from '../domain/site.ts';
import type { Logger } from '../infra/logger.ts';
import { appRouter } from '../trpc/app-router.ts';
import type { Context } from '../trpc/context.ts';
import type { ClientAddressOf } from './client-address.ts';
import { sendJson } from './json.ts';
import { readRequest } from './request.ts';

const methods = new Set(['GET', 'HEAD', 'POST']);

export const trpcPath = '/trpc/';

/** Lets the pages of `ALLOWED_ORIGINS` call and read. Gives true where the request was a preflight, which ends here. */
function applyCors(request: IncomingMessage, response: ServerResponse, site: Site): boolean {
  const { origin } = request.headers;
  response.appendHeader('vary', 'origin');
  if (origin !== undefined && site.allows(origin)) {
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-expose-headers', 'retry-after, x-request-id');
  }
  if (request.method !== 'OPTIONS') return false;
  response.setHeader('access-control-allow-methods', 'GET, POST');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, accept-language');
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

/** The name in the metrics of a request that reached no procedure: one of a fixed set. */
export function routeName(path: string): string {
  if (!path.startsWith(trpcPath)) return 'other';
  const procedure = path.slice(trpcPath.length);
  if (procedure.includes(',')) return 'batch';
  return Object.hasOwn(appRouter._def.procedures, procedure) ? procedure : 'unknown procedure';
}

/** The procedures over HTTP: what must be refused before tRPC sees it, then tRPC's own adapter. */
export function createTrpc({
  site,
  services,
  clientAddressOf,
  logger,
}: {
  site: Site;
  services: Services;
  clientAddressOf: ClientAddressOf;
  logger: Logger;
}) {
  const call = createHTTPHandler({
    router: appRouter,
    basePath: trpcPath,
    maxBatchSize: limits.batchSize,
    maxBodySize: limits.bodyBytes,
    // tRPC writes its own `vary` over ours.
    responseMeta: () => ({ headers: new Headers({ vary: 'origin' }) }),
    createContext: ({ req, res }): Context => ({
      ...services,
      request: readRequest(req, res, { logger, clientAddressOf }),
    }),
  });

  return (request: IncomingMessage, response: ServerResponse, path: string): void => {
    response.setHeader('cache-control', 'no-store');
    if (applyCors(request, response, site)) return;
    if (!isDecodable(path)) {
      sendJson(response, 400, { error: 'Malformed path' });
      return;
    }
    // tRPC would send 500 to a method that the fetch standard forbids, as TRACE.
    if (!methods.has(request.method ?? '')) {
      response.setHeader('allow', 'GET, POST');
      sendJson(response, 405, { error: 'Method not allowed' });
      return;
    }
    // Nothing here takes a form, and a form is what another site's page can send without asking.
    if (request.headers['content-type']?.startsWith('multipart/')) {
      sendJson(response, 415, { error: 'Send application/json' });
      return;
    }
    refuseStreaming(request);
    call(request, response);
  };
}
