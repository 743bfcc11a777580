import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits } from '@latchkey/shared/limits';
import type { AnyRouter } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import type { RequestInfo } from '../domain/request.ts';
import type { Site } from '../domain/site.ts';
import type { Logger } from '../infra/logger.ts';
import type { Context } from '../trpc/context.ts';
import type { ClientAddressOf } from './client-address.ts';
import { endBeforeTrpc } from './guard.ts';
import { readRequest } from './request.ts';
import { createSingleCall } from './single-call.ts';

/** What the procedures of a router get for a request. */
export type CreateContext = (request: RequestInfo) => Context;

export const trpcPath = '/trpc/';

/** The name in the metrics of a request that reached no procedure: one of a fixed set. */
export function routeName(path: string, router: AnyRouter): string {
  if (!path.startsWith(trpcPath)) return 'other';
  const procedure = path.slice(trpcPath.length);
  if (procedure.includes(',')) return 'batch';
  return Object.hasOwn(router._def.procedures, procedure) ? procedure : 'unknown procedure';
}

/**
 * The procedures over HTTP: what must be refused before tRPC sees it, then a shorter way for single calls, or tRPC's own
 * adapter.
 * @param adapterOnly sends single calls through the adapter too
 */
export function createTrpc({
  router,
  createContext,
  site,
  clientAddressOf,
  adapterOnly,
  logger,
}: {
  router: AnyRouter;
  createContext: CreateContext;
  site: Site;
  clientAddressOf: ClientAddressOf;
  adapterOnly: boolean;
  logger: Logger;
}) {
  const contextOf = (request: IncomingMessage, response: ServerResponse): Context =>
    createContext(readRequest(request, response, { logger, clientAddressOf }));
  const callSingly = createSingleCall(router, contextOf);
  const call = createHTTPHandler({
    router,
    basePath: trpcPath,
    maxBatchSize: limits.batchSize,
    maxBodySize: limits.bodyBytes,
    // tRPC writes its own `vary` over ours.
    responseMeta: () => ({ headers: new Headers({ vary: 'origin' }) }),
    createContext: async ({ req, res }) => contextOf(req, res),
  });

  return (request: IncomingMessage, response: ServerResponse, path: string): void => {
    if (endBeforeTrpc(request, response, site)) return;
    if (!adapterOnly && callSingly(request, response, path.slice(trpcPath.length))) return;
    call(request, response);
  };
}
