import type { IncomingMessage, ServerResponse } from 'node:http';
import { appErrorMessages } from '@latchkey/shared/errors';
import { callTRPCProcedure, TRPCError } from '@trpc/server';
import type { RequestInfo } from '../../domain/request.ts';
import type { Site } from '../../domain/site.ts';
import { AppError } from '../../errors.ts';
import type { Logger } from '../../infra/logger.ts';
import { appRouter } from '../../trpc/app-router.ts';
import type { ClientAddressOf } from '../client-address.ts';
import { applyCors } from '../guard.ts';
import { readRequest } from '../request.ts';
import type { CreateContext } from '../trpc.ts';
import type { ChallengeCookie } from './challenge-cookie.ts';
import { type Fields, isMissing, readFields } from './fields.ts';
import { openApiDocument } from './openapi.ts';
import { plain, problem, type Refusal, RefusedRequest, refuse, sendRefusal } from './problem.ts';
import { refusalOf, statusOf } from './refusals.ts';
import type { RestCall, RestReply, RestRoute } from './route.ts';
import { findRoutes, isOpen } from './routes.ts';

export const restPath = '/api/';
const documentPath = '/api/openapi.json';

const cors = {
  methods: 'GET, POST, PUT, PATCH, DELETE',
  headers: 'authorization, content-type, accept-language, x-reason, x-latchkey-device',
};

/** What a call does with its client, as the route may tell. */
interface Exchange {
  request: RequestInfo;
  fields: Fields;
  params: Record<string, string>;
  query: URLSearchParams;
  reason: string | undefined;
}

const queryOf = ({ url = '' }: IncomingMessage) => new URLSearchParams(url.split('?')[1]);

/** Headers are bytes, which those of a text in UTF-8 may be. */
function reasonOf({ headers: { 'x-reason': reason } }: IncomingMessage): string | undefined {
  return typeof reason === 'string' ? Buffer.from(reason, 'latin1').toString() : undefined;
}

/** The route of a request and what stands in its path. Throws `RefusedRequest` where there is none. */
function routeOf(method: string, path: string): { route: RestRoute; params: Record<string, string> } {
  const found = findRoutes(path.replace(/\/$/, ''));
  if (found.size === 0) throw refuse('unknown');
  const entry = found.get(method === 'HEAD' ? 'GET' : method);
  if (entry && isOpen(entry.route)) return { route: entry.route, params: entry.params };
  const open = [...found.values()].flatMap(({ route }) => (isOpen(route) ? [route.method] : []));
  const headers = { allow: open.join(', ') };
  if (entry && 'refused' in entry.route) {
    const { status, body } = entry.route.refused;
    throw new RefusedRequest({ ...plain(status, body), headers });
  }
  throw refuse('method', headers);
}

/**
 * Procedures for clients that know URLs and statuses, among them those of the tutorial's server: a table of calls over
 * the procedures, with their limits, their record and their errors.
 */
export function createRest({
  createContext,
  site,
  clientAddressOf,
  challengeCookie,
  logger,
}: {
  createContext: CreateContext;
  site: Site;
  clientAddressOf: ClientAddressOf;
  challengeCookie: ChallengeCookie;
  logger: Logger;
}) {
  /** A page that is not ours may read what CORS lets it and change nothing; what sends no `Origin` is no page. */
  function assertOrigin({ method, headers: { origin } }: IncomingMessage): void {
    if (method === 'GET' || method === 'HEAD' || origin === undefined || site.allows(origin)) return;
    const error = new AppError('BAD_ORIGIN');
    throw new RefusedRequest(problem(statusOf(error), error.code, error.message));
  }

  async function call(route: RestRoute, { request, ...told }: Exchange): Promise<unknown> {
    const exchange: RestCall = {
      ...told,
      publicUrl: site.publicUrl(),
      challengeOf: (username) => challengeCookie.find(request, username),
    };
    const ctx = createContext(request);
    const run = (input: unknown) =>
      callTRPCProcedure({
        router: appRouter,
        path: route.procedure,
        type: route.method === 'GET' ? 'query' : 'mutation',
        ctx,
        getRawInput: async () => input,
        signal: undefined,
        batchIndex: 0,
      });
    const reply: RestReply = {
      callAgain: run,
      rememberChallenge: (challengeId, username) => challengeCookie.set(request, challengeId, username),
      forgetChallenge: () => challengeCookie.clear(request),
    };
    if (route.missing?.fields.some((name) => isMissing(told.fields[name]))) {
      throw new RefusedRequest(plain(400, route.missing.body));
    }
    const output: unknown = await run(route.toInput?.(exchange));
    return route.toOutput ? route.toOutput(output as never, reply, exchange) : output;
  }

  /** How a call is refused that failed. What nobody expected stays in the log. */
  function toRefusal(error: unknown, route: RestRoute, { bearer, id }: RequestInfo): Refusal {
    if (error instanceof RefusedRequest) return error.refusal;
    if (error instanceof TRPCError && error.cause instanceof AppError) {
      return refusalOf(error.cause, route, bearer !== undefined);
    }
    logger.error({ requestId: id, err: error }, 'unexpected error');
    return problem(500, 'INTERNAL', appErrorMessages.INTERNAL);
  }

  async function respond(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    assertOrigin(request);
    const { route, params } = routeOf(request.method ?? '', path);
    const fields = route.method === 'GET' ? {} : await readFields(request);
    const caller: RequestInfo = Object.assign(readRequest(request, response, { logger, clientAddressOf }), {
      rest: true as const,
      // No query of a URL makes a batch of it.
      retryAfter: (seconds: number) => void response.setHeader('retry-after', seconds),
    });
    try {
      const body = await call(route, {
        request: caller,
        fields,
        params,
        query: queryOf(request),
        reason: reasonOf(request),
      });
      response.statusCode = route.status ?? 200;
      if (route.status === 204) response.end();
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    } catch (error) {
      sendRefusal(response, toRefusal(error, route, caller));
    }
  }

  let document: string | undefined;

  function sendDocument(response: ServerResponse): void {
    document ??= JSON.stringify(openApiDocument());
    response.setHeader('content-type', 'application/json').end(document);
  }

  return (request: IncomingMessage, response: ServerResponse, path: string): void => {
    response.setHeader('cache-control', 'no-store');
    if (applyCors(request, response, site, cors)) return;
    if (path === documentPath && request.method === 'GET') {
      sendDocument(response);
      return;
    }
    respond(request, response, path).catch((error: unknown) => {
      if (error instanceof RefusedRequest) sendRefusal(response, error.refusal);
      // The client hung up in the middle of its body.
      else response.destroy();
    });
  };
}
