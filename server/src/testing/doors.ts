import {
  createTRPCClient,
  type HTTPBatchLinkOptions,
  httpBatchLink,
  type LocalLinkOptions,
  type TRPCClient,
  unstable_localLink,
} from '@trpc/client';
import type { AnyRouter } from '@trpc/server';
import type { RequestInfo } from '../domain/request.ts';
import type { Services } from '../domain/services.ts';
import type { Logger } from '../infra/logger.ts';
import { randomId, type System } from '../infra/system.ts';
import { appRouter } from '../trpc/app-router.ts';
import type { Context } from '../trpc/context.ts';

/** Whoever calls: somebody signed in, or anything of a request that a test wants to say. */
export type RequestOverrides = Partial<Omit<RequestInfo, 'logger'>>;

/** What a door needs of somebody who is signed in. */
export interface Holder {
  accessToken: string;
}

export function createDoors<Router extends AnyRouter>({
  router,
  extend,
  url,
  origin,
  services,
  system,
  logger,
}: {
  router: Router;
  /** Adds what a host's procedures need to the context of ours. */
  extend: (context: Context) => Context;
  url: string;
  origin: string;
  services: Services;
  system: System;
  logger: Logger;
}) {
  /** A request as HTTP would have read it, from an address that is nobody's (RFC 5737). */
  function requestOf(holder: Holder | undefined, overrides: RequestOverrides = {}): RequestInfo {
    const cookies = new Map<string, string>();
    return {
      id: randomId(system),
      logger,
      ip: '198.51.100.7',
      network: '198.51.100.7',
      userAgent: 'test',
      origin,
      bearer: holder?.accessToken,
      locale: 'en',
      cookies: { get: (name) => cookies.get(name), set: (name, value) => void cookies.set(name, value) },
      retryAfter: () => {},
      ...overrides,
    };
  }

  const contextOf = (holder: Holder | undefined, overrides?: RequestOverrides) =>
    extend({ latchkey: services, request: requestOf(holder, overrides) });

  // A router with a transformer is called through the same one. That tRPC's own, which does nothing, is left out makes
  // the local link write and read JSON as the wire does.
  const { transformer } = router._def._config;
  const transforming = transformer === appRouter._def._config.transformer ? {} : { transformer };

  return {
    requestOf,

    /** Calls procedures without HTTP. Errors are `TRPCError`s with an `AppError` as their cause. */
    caller: (holder?: Holder, overrides?: RequestOverrides): ReturnType<Router['createCaller']> =>
      router.createCaller(contextOf(holder, overrides)) as ReturnType<Router['createCaller']>,

    /** Calls procedures without HTTP, with inputs, outputs and errors as they come over the wire. */
    local: (holder?: Holder, overrides?: RequestOverrides): TRPCClient<Router> =>
      createTRPCClient<Router>({
        links: [
          unstable_localLink({
            router,
            createContext: async () => contextOf(holder, overrides),
            ...transforming,
          } as unknown as LocalLinkOptions<Router>),
        ],
      }),

    /** Calls procedures over HTTP. */
    client: (holder?: Holder, headers: Record<string, string> = {}): TRPCClient<Router> =>
      createTRPCClient<Router>({
        links: [
          httpBatchLink({
            url: `${url}/trpc`,
            headers: { ...(holder && { authorization: `Bearer ${holder.accessToken}` }), ...headers },
            ...transforming,
          } as unknown as HTTPBatchLinkOptions<Router['_def']['_config']['$types']>),
        ],
      }),
  };
}

export type Doors<Router extends AnyRouter> = ReturnType<typeof createDoors<Router>>;
