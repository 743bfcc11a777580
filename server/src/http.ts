import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { limits } from '@latchkey/shared/limits';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import helmet from 'helmet';
import { answerJson } from './answer-json.ts';
import { createAppFiles } from './app-files.ts';
import type { DevMails } from './dev-mails.ts';
import type { Services } from './domain/services.ts';
import type { Site } from './domain/site.ts';
import { readRequest } from './http-request.ts';
import type { Logger } from './infra/logger.ts';
import { randomId, type System } from './infra/system.ts';
import type { Operations } from './operations.ts';
import { appRouter } from './trpc/app-router.ts';
import type { Context } from './trpc/context.ts';

const headersTimeoutMilliseconds = 10_000;
const requestTimeoutMilliseconds = 30_000;
/** How often Node looks for requests that are over their time; its own half minute would make the 10 seconds 40. */
const checkMilliseconds = 2_000;
const keepAliveTimeoutMilliseconds = 65_000;
const shutdownMilliseconds = 10_000;
const sweepMilliseconds = 20;
const maxConnections = 5_000;
const yearSeconds = 31_536_000;
const trpcPath = '/trpc/';
const trpcMethods = new Set(['GET', 'HEAD', 'POST']);

/** The security headers of every answer (OWASP HTTP Headers Cheat Sheet). The app needs nothing from elsewhere. */
function securityHeaders(secure: boolean) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The component library sets its variables in style elements; styles can show, not run.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        ...(secure && { upgradeInsecureRequests: [] }),
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
    strictTransportSecurity: secure && { maxAge: yearSeconds, includeSubDomains: true },
  });
}

/** Lets the pages of `ALLOWED_ORIGINS` call and read. Gives true where the request was a preflight and is answered. */
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

/** The name of a request in the metrics: one of a fixed set. */
function routeName(path: string): string {
  if (!path.startsWith(trpcPath)) return 'other';
  const procedure = path.slice(trpcPath.length);
  if (procedure.includes(',')) return 'batch';
  return Object.hasOwn(appRouter._def.procedures, procedure) ? procedure : 'unknown procedure';
}

/** tRPC decodes the path of a call and answers 500 where it cannot. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Keeps an answer in one piece: a streamed one sends its headers before a procedure can set a cookie. */
function refuseStreaming(request: IncomingMessage): void {
  delete request.headers['trpc-accept'];
  request.headers.accept = 'application/json';
}

/**
 * The HTTP server: procedures under `/trpc`, health, the development inbox, and the app for everything else.
 * Rejects with Node's own error where it cannot listen, as with `code: 'EADDRINUSE'`.
 */
export async function startHttp({
  host,
  port,
  site,
  services,
  operations,
  devMails,
  appFolder,
  trustProxyHops,
  system,
  logger,
}: {
  host: string;
  port: number;
  site: Site;
  services: Services;
  operations: Operations;
  devMails: DevMails | undefined;
  appFolder: string;
  trustProxyHops: number;
  system: System;
  logger: Logger;
}) {
  const headers = securityHeaders(site.secure);
  const appFiles = createAppFiles(appFolder);
  const requestIds = new WeakMap<IncomingMessage, string>();

  const trpc = createHTTPHandler({
    router: appRouter,
    basePath: trpcPath,
    maxBatchSize: limits.batchSize,
    maxBodySize: limits.bodyBytes,
    // tRPC writes its own `vary` over ours.
    responseMeta: () => ({ headers: new Headers({ vary: 'origin' }) }),
    createContext: ({ req, res }): Context => {
      const id = requestIds.get(req) ?? '';
      const request = readRequest(req, res, { id, logger: logger.child({ requestId: id }), trustProxyHops });
      return { ...services, request };
    },
  });

  function answerTrpc(request: IncomingMessage, response: ServerResponse, path: string): void {
    response.setHeader('cache-control', 'no-store');
    if (applyCors(request, response, site)) return;
    if (!isDecodable(path)) {
      answerJson(response, 400, { error: 'Malformed path' });
      return;
    }
    // tRPC would answer 500 to a method that the fetch standard forbids, as TRACE.
    if (!trpcMethods.has(request.method ?? '')) {
      response.setHeader('allow', 'GET, POST');
      answerJson(response, 405, { error: 'Method not allowed' });
      return;
    }
    // Nothing here takes a form, and a form is what another site's page can send without asking.
    if (request.headers['content-type']?.startsWith('multipart/')) {
      answerJson(response, 415, { error: 'Send application/json' });
      return;
    }
    refuseStreaming(request);
    trpc(request, response);
  }

  function route(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split('?')[0] ?? '/';
    if (path.startsWith(trpcPath)) {
      answerTrpc(request, response, path);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answerJson(response, 405, { error: 'Method not allowed' });
    } else if (path === '/.well-known/change-password') {
      response.writeHead(302, { location: '/account/password' }).end();
    } else if (path.startsWith('/dev/mails')) {
      if (!devMails?.handle(request, response, path)) answerJson(response, 404, { error: 'Not found' });
    } else if (!operations.handle(request, response, path)) {
      appFiles(request, response);
    }
  }

  /** Whatever goes wrong with one request is that request's alone. */
  function answer(request: IncomingMessage, response: ServerResponse): void {
    try {
      route(request, response);
    } catch (error) {
      logger.error({ requestId: requestIds.get(request), err: error }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else answerJson(response, 500, { error: 'Something went wrong on our side.' });
    }
  }

  const server = createServer({ connectionsCheckingInterval: checkMilliseconds }, (request, response) => {
    const id = randomId(system);
    requestIds.set(request, id);
    response.setHeader('x-request-id', id);
    const startedAt = performance.now();
    response.on('close', () => {
      const milliseconds = Math.round(performance.now() - startedAt);
      // Without the query, which holds the input of a call.
      const path = request.url?.split('?')[0] ?? '/';
      const { method } = request;
      const { statusCode: status } = response;
      operations.observe(routeName(path), status, milliseconds / 1000);
      logger.info(
        { requestId: id, method, path, status, milliseconds, aborted: !response.writableFinished },
        'request',
      );
    });
    headers(request, response, () => answer(request, response));
  });
  server.headersTimeout = headersTimeoutMilliseconds;
  server.requestTimeout = requestTimeoutMilliseconds;
  server.keepAliveTimeout = keepAliveTimeoutMilliseconds;
  server.maxConnections = maxConnections;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

  return {
    port: (server.address() as AddressInfo).port,

    /** Takes no more connections, lets calls under way finish, and cuts what is left after 10 seconds. */
    async close(): Promise<void> {
      devMails?.close();
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // Again and again: a connection whose call was under way is kept alive after it.
      const sweep = setInterval(() => server.closeIdleConnections(), sweepMilliseconds);
      const cut = setTimeout(() => server.closeAllConnections(), shutdownMilliseconds);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}
