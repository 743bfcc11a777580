import type { AppRouter } from '@latchkey/server';
import { limits } from '@latchkey/shared/limits';
import type { Locale } from '@latchkey/shared/schemas';
import { createTRPCClient, httpBatchLink, httpLink, type TRPCClient } from '@trpc/client';
import { authLink, type TokenDelivery } from './auth-link.ts';
import { createTokenKeeper, type TokenKeeper } from './tokens.ts';

export type { AppErrorCode, AppErrorData } from '@latchkey/shared/errors';
export { codeOf, isLatchkeyError, type LatchkeyError } from './errors.ts';

export type LatchkeyClient = TRPCClient<AppRouter>;

/** A phone in a tunnel gets no answer and no error; after this long it is told so. */
const timeoutMs = 30_000;

export interface LatchkeyClientOptions {
  /** Where the server is, as `https://accounts.example.com`. */
  url: string;
  /** Where the refresh token travels: in an HttpOnly cookie (the default in browsers) or in the body (elsewhere). */
  tokenDelivery?: TokenDelivery;
  /** The language of the person; new accounts get their mails in it. */
  locale?: () => Locale;
  /** The keeper of the tokens, when somebody else shares it. */
  tokens?: TokenKeeper;
}

type FetchInit = Omit<RequestInit, 'signal'> & { signal?: AbortSignal | null | undefined };
type HeaderSource = (options: { opList: { context: Record<string, unknown> }[] }) => Record<string, string>;

function headersFrom(locale: LatchkeyClientOptions['locale']): HeaderSource {
  return ({ opList }) => {
    const token = opList.map((op) => op.context.accessToken).find((value) => typeof value === 'string');
    return {
      ...(locale && { 'Accept-Language': locale() }),
      ...(token && { Authorization: `Bearer ${token}` }),
    };
  };
}

function linkOptions({ url, locale }: Pick<LatchkeyClientOptions, 'url' | 'locale'>) {
  const headers = headersFrom(locale);
  return {
    url: `${url.replace(/\/$/, '')}/trpc`,
    fetch: (input: RequestInfo | URL | string, init?: FetchInit) => {
      // By hand: `AbortSignal.any` is missing in browsers that are otherwise new enough.
      const either = new AbortController();
      for (const signal of [init?.signal, AbortSignal.timeout(timeoutMs)]) {
        signal?.addEventListener('abort', () => either.abort(signal.reason));
      }
      return fetch(input, { ...init, signal: either.signal });
    },
    headers,
  };
}

/** A client without a session of its own: each call is one request, nothing is kept. */
export function createBareClient(options: Pick<LatchkeyClientOptions, 'url' | 'locale'>): LatchkeyClient {
  const { url, fetch, headers } = linkOptions(options);
  return createTRPCClient<AppRouter>({
    links: [httpLink({ url, fetch, headers: ({ op }) => headers({ opList: [op] }) })],
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
      httpBatchLink({ ...linkOptions(options), maxItems: limits.batchSize, maxURLLength: 2000 }),
    ],
  });
}
