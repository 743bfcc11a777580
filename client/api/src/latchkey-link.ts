import { createTRPCUntypedClient, httpBatchLink, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { authLink, type TokenDelivery, type Tokens } from './auth-link.ts';
import { type ConfirmationHandler, createConfirmations } from './confirmation.ts';
import { createSessionState, type SessionState } from './session-state.ts';
import { memoryStorage, type Storage } from './storage.ts';
import { createDeviceKeeper, createTokenKeeper, type HeldTokens } from './tokens.ts';
import { type Fetch, type HeaderSource, type HttpLinkOptions, transportOptions } from './transport.ts';

/** A phone in a tunnel gets neither response nor error; after this long it is told so. */
const defaultTimeoutMilliseconds = 30_000;

export interface ConnectionOptions {
  /** Headers of every request, or what gives them. */
  headers?: HeaderSource | undefined;
  /** What sends the requests; the runtime's own `fetch` where nothing is given. */
  fetch?: Fetch | undefined;
  /** The language of the person; new accounts get their mails in it. */
  locale?: (() => string) | undefined;
  /** How long one request may take; 30 seconds where nothing is said. */
  timeoutMilliseconds?: number | undefined;
}

export interface SessionOptions extends ConnectionOptions {
  /** Where tokens are kept; in memory where nothing is given. */
  storage?: Storage | undefined;
  /** Where the refresh token travels: in an HttpOnly cookie (in browsers, without a `storage`) or in the body (elsewhere). */
  tokenDelivery?: TokenDelivery | undefined;
  /** Hears when somebody signs in or out, when the call that brought it is over. It may call procedures. */
  onChange?: ((state: SessionState) => void) | undefined;
  /** Asks the person to confirm that it is still them. Without it such calls fail with `REAUTHENTICATION_REQUIRED`. */
  onConfirm?: ConfirmationHandler | undefined;
  /** The keeper of the tokens, when somebody else shares it. */
  tokens?: Tokens | undefined;
}

export interface LatchkeyLinkOptions<Router extends AnyTRPCRouter> extends SessionOptions {
  /** Where tRPC responds, as `https://example.com/trpc`. */
  url: string;
  /** Under which name the host's router holds ours, as `accounts` in `router({ accounts: latchkey.router })`. */
  prefix?: string | undefined;
  /** Sends the calls; `httpBatchLink` where nothing is given. It takes the options that it is handed, and a transformer. */
  transport?: ((options: HttpLinkOptions) => TRPCLink<Router>) | undefined;
}

const isBrowser = () => 'document' in globalThis;

/** Whoever holds no session: each call is one request, and nothing is kept. */
const nobody: Tokens = {
  held: () => undefined,
  load: async () => {},
  token: async () => undefined,
  keep() {},
  drop() {},
  alone: (call) => call(),
};

/** The link, and what it keeps. */
export function createSession<Router extends AnyTRPCRouter>({
  url,
  prefix,
  transport = (options) => httpBatchLink(options as never),
  timeoutMilliseconds = defaultTimeoutMilliseconds,
  storage,
  tokenDelivery,
  onChange,
  onConfirm,
  tokens: sharedTokens,
  ...connection
}: LatchkeyLinkOptions<Router>) {
  const delivery = tokenDelivery ?? (isBrowser() && !storage ? 'cookie' : 'body');
  const kept = storage ?? memoryStorage();
  const state = createSessionState();
  const start = prefix === undefined ? '' : `${prefix}.`;
  const send = transport(transportOptions({ ...connection, url, withCookies: delivery === 'cookie' }));
  const common = {
    devices: delivery === 'body' ? createDeviceKeeper(kept) : undefined,
    delivery,
    timeoutMilliseconds,
    ownPath: (path: string) => (path.startsWith(start) ? path.slice(start.length) : undefined),
  };

  const bareLink = authLink({ ...common, tokens: nobody }, send);
  const bare = createTRPCUntypedClient<Router>({ links: [bareLink] });
  const keeper = createTokenKeeper({
    async fetchTokens(held) {
      try {
        const input = held?.refreshToken ? { refreshToken: held.refreshToken } : {};
        const tokens = (await bare.mutation(`${start}auth.refresh`, input)) as HeldTokens;
        state.renewed();
        return tokens;
      } catch (error) {
        state.lost(error);
        throw error;
      }
    },
    mayHaveSession: () => delivery === 'cookie' && state.get().status !== 'signed-out',
    storage: delivery === 'body' ? kept : undefined,
  });
  const tokens = sharedTokens ?? keeper;

  const confirmations = createConfirmations(async (input) => {
    await client.mutation(`${start}session.confirm`, input);
  });
  const link = authLink({ ...common, tokens, confirmations, state }, send);
  const client = createTRPCUntypedClient<Router>({ links: [link] });

  if (onChange) state.subscribe(onChange);
  if (onConfirm) confirmations.handle(onConfirm);

  return { link, bareLink, client, tokens, state, confirmations };
}

/**
 * Accounts for a tRPC client of your own: it signs every call, renews the access token, and sends the calls. It is the last
 * link of the client.
 */
export const latchkeyLink = <Router extends AnyTRPCRouter>(options: LatchkeyLinkOptions<Router>): TRPCLink<Router> =>
  createSession(options).link;
