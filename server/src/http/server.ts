import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AnyRouter } from '@trpc/server';
import type { Config } from '../config.ts';
import { auditExportPath } from '../domain/admin/audit-export.ts';
import type { Site } from '../domain/site.ts';
import { StartupError } from '../errors.ts';
import type { Logger } from '../infra/logger.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { System } from '../infra/system.ts';
import { createAuditDownload } from './audit-download.ts';
import { refuseBrokenRequest } from './broken-request.ts';
import { createClientAddress } from './client-address.ts';
import { limitConnections } from './connections.ts';
import type { DevInbox } from './dev-inbox.ts';
import { nameRequest } from './guard.ts';
import { createReadiness, sendHealth } from './health.ts';
import { sendJson } from './json.ts';
import { isLoopback } from './loopback.ts';
import { createMetricsPage } from './metrics.ts';
import { createRequestLog, pathOf } from './request-log.ts';
import type { ChallengeCookie } from './rest/challenge-cookie.ts';
import { createRest, restPath } from './rest/rest.ts';
import { createSecurityHeaders } from './security-headers.ts';
import type { Spa } from './spa.ts';
import { TracedResponse } from './traced-response.ts';
import { type CreateContext, createTrpc, trpcPath } from './trpc.ts';

/** Shows the REST face, and tries it. */
const referencePath = '/api/docs';

const headersTimeoutMilliseconds = 10_000;
const requestTimeoutMilliseconds = 30_000;
/** How often Node looks for requests that are over their time; its own half minute would make the 10 seconds 40. */
const checkMilliseconds = 2_000;
const keepAliveTimeoutMilliseconds = 65_000;
const shutdownMilliseconds = 8_000;
const sweepMilliseconds = 20;
const maxConnections = 5_000;

/** One line for an operator where the address cannot be had; any other failure as it is. */
function explainListenFailure(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const line = {
    EADDRINUSE: `Port ${port} is taken. Set PORT to another one.`,
    EACCES: `Port ${port} needs more rights than this process has. Set PORT to another one.`,
    EADDRNOTAVAIL: `HOST ${host} is not an address of this machine.`,
    ENOTFOUND: `HOST ${host} is not an address of this machine.`,
    EAI_AGAIN: `HOST ${host} is not an address of this machine.`,
  }[error.code ?? ''];
  return line === undefined ? error : new StartupError(line, { cause: error });
}

/**
 * The HTTP server: procedures under `/trpc` and, for clients without tRPC, under `/api`, health, the development inbox, and the app for everything else.
 * Throws `StartupError` where it cannot listen.
 * @param adapterOnly sends every call through tRPC's adapter, for tests that compare
 */
export async function startHttp({
  config,
  site,
  router,
  createContext,
  pingDatabase,
  challengeCookie,
  metrics,
  devInbox,
  spa,
  hashAddress,
  adapterOnly = false,
  system,
  logger,
}: {
  config: Config;
  site: Site;
  router: AnyRouter;
  createContext: CreateContext;
  pingDatabase: () => Promise<void>;
  challengeCookie: ChallengeCookie;
  metrics: Metrics;
  devInbox: DevInbox | undefined;
  spa: Spa;
  /** Names a client's address in the log where it must not be shown. */
  hashAddress: (ip: string) => string;
  adapterOnly?: boolean | undefined;
  system: System;
  logger: Logger;
}) {
  const { host, port, trustProxyHops } = config;
  const applySecurityHeaders = createSecurityHeaders({
    secure: site.secure,
    includeSubDomains: config.hstsIncludeSubdomains,
  });
  const clientAddressOf = createClientAddress({ hops: trustProxyHops, logger });
  const logRequest = createRequestLog({
    clientAddressOf,
    showAddress: { on: (ip: string) => ip, hash: hashAddress, off: () => undefined }[config.logClientAddress],
    metrics,
    router,
    logger,
  });
  const trpc = createTrpc({ router, createContext, site, clientAddressOf, adapterOnly, logger });
  const rest = createRest({ createContext, site, clientAddressOf, challengeCookie, logger });
  const sendReadiness = createReadiness({ pingDatabase, logger });
  const sendMetrics = createMetricsPage({ metrics, token: config.metricsToken, local: isLoopback(host), logger });
  const auditDownload = createAuditDownload({ createContext, clientAddressOf, logger });

  function route(request: IncomingMessage, response: ServerResponse): void {
    const path = pathOf(request);
    if (path.startsWith(trpcPath)) {
      trpc(request, response, path);
    } else if (path.startsWith(restPath) && path !== referencePath) {
      rest(request, response, path);
    } else if (devInbox && path === '/dev/mails' && request.method === 'DELETE') {
      devInbox.handle(request, response, path);
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendJson(response, 405, { error: 'Method not allowed' });
    } else if (path === '/.well-known/change-password') {
      response.writeHead(302, { location: '/account/password' }).end();
    } else if (path === '/healthz') {
      sendHealth(response);
    } else if (path === '/readyz') {
      void sendReadiness(response);
    } else if (path === '/metrics') {
      void sendMetrics(request, response);
    } else if (path === auditExportPath && request.method === 'GET') {
      void auditDownload.send(request, response);
    } else if (path.startsWith('/dev/mails')) {
      if (devInbox) devInbox.handle(request, response, path);
      else sendJson(response, 404, { error: 'Not found' });
    } else {
      spa(request, response, path === referencePath ? '/rest-reference.html' : path);
    }
  }

  /** A failure stays with the request in which it happened. */
  function handle(request: IncomingMessage, response: ServerResponse): void {
    try {
      route(request, response);
    } catch (error) {
      logger.error({ requestId: response.getHeader('x-request-id'), err: error }, 'unexpected error');
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'Something went wrong on our side.' });
    }
  }

  const server = createServer(
    { connectionsCheckingInterval: checkMilliseconds, ServerResponse: TracedResponse },
    (request, response) => {
      nameRequest(response, system);
      logRequest(request, response);
      applySecurityHeaders(response);
      handle(request, response);
    },
  );
  server.on('clientError', refuseBrokenRequest);
  server.headersTimeout = headersTimeoutMilliseconds;
  server.requestTimeout = requestTimeoutMilliseconds;
  server.keepAliveTimeout = keepAliveTimeoutMilliseconds;
  server.maxConnections = maxConnections;
  limitConnections(server, { capped: trustProxyHops === 0 });

  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error) => reject(explainListenFailure(error, host, port));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });

  return {
    port: (server.address() as AddressInfo).port,

    /** Takes no more connections, lets calls under way finish, and cuts what is left after 8 seconds. */
    async close(): Promise<void> {
      devInbox?.close();
      auditDownload.close();
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
