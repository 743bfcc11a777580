import type { AppRouter } from '@latchkey/server';
import { limits } from '@latchkey/shared/limits';
import { createTRPCClient, httpBatchLink, httpLink, type TRPCClient } from '@trpc/client';
import { authLink, type TokenDelivery } from './auth-link.ts';
import { createTokenKeeper, type TokenKeeper } from './tokens.ts';
import { type TransportOptions, transport } from './transport.ts';

export type { AppErrorCode, AppErrorData } from '@latchkey/shared/errors';
export { codeOf, isLatchkeyError, type LatchkeyError } from './errors.ts';
export { createTokenKeeper, type HeldTokens, isSessionOver, type TokenKeeper } from './tokens.ts';

export type LatchkeyClient = TRPCClient<AppRouter>;

export interface LatchkeyClientOptions extends TransportOptions {
  /** The way the refresh token travels: in an HttpOnly cookie (the default in browsers) or in the body (elsewhere). */
  tokenDelivery?: TokenDelivery;
  /** The keeper of the tokens, when somebody else shares it. */
  tokens?: TokenKeeper;
}

/** Undefined outside browsers. */
declare const document: unknown;

/** A client without a session of its own: each call is one request, nothing is kept. */
export function createBareClient(options: TransportOptions): LatchkeyClient {
  const { headers, ...http } = transport(options);
  return createTRPCClient<AppRouter>({
    links: [httpLink({ ...http, headers: ({ op }) => headers({ opList: [op] }) })],
  });
}

/**
 * A typed client of a Latchkey server, for browsers and for Node. After `auth.verifyOtp` it is signed in: it sends the
 * access token, renews it (once, however many calls wait for it) and tries a call again that was refused because of it.
 * Errors are `LatchkeyError`s; `codeOf(error)` is one of a closed list of codes.
 */
export function createLatchkeyClient(options: LatchkeyClientOptions): LatchkeyClient {
  const delivery = options.tokenDelivery ?? (typeof document === 'undefined' ? 'body' : 'cookie');
  const bare = createBareClient(options);
  const tokens =
    options.tokens ??
    createTokenKeeper({
      fetchTokens: (held) => bare.auth.refresh.mutate(held?.refreshToken ? { refreshToken: held.refreshToken } : {}),
      mayHaveSession: () => delivery === 'cookie',
    });
  return createTRPCClient<AppRouter>({
    links: [
      authLink(tokens, delivery),
      httpBatchLink({ ...transport(options), maxItems: limits.batchSize, maxURLLength: 2000 }),
    ],
  });
}
