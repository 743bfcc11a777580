import type { AppRouter } from '@latchkey/server';
import type { AppErrorDetails } from '@latchkey/shared/errors';
import { createTRPCClient, httpLink, type Operation, type TRPCClient } from '@trpc/client';
import { type ActivityOptions, listActivity } from './activity.ts';
import type { ConfirmationHandler } from './confirmation.ts';
import { isLatchkeyError } from './errors.ts';
import { type ConnectionOptions, createSession, type SessionOptions } from './latchkey-link.ts';
import { procedureProxy } from './procedures.ts';
import type { SessionState } from './session-state.ts';
import type { HttpLinkOptions } from './transport.ts';
import type { ActivityItem, Procedures } from './types.ts';

export type { ActivityOptions } from './activity.ts';
export type { ConfirmationHandler, ConfirmationRequest } from './confirmation.ts';
export {
  assertNever,
  codeOf,
  isLatchkeyError,
  LatchkeyError,
  type LatchkeyErrorCode,
  type LatchkeyErrorOf,
} from './errors.ts';
export { type LatchkeyLinkOptions, latchkeyLink, type SessionOptions } from './latchkey-link.ts';
export { type Outcome, safe } from './safe.ts';
export type { SessionState, SignedOutReason } from './session-state.ts';
export { memoryStorage, type Storage, webStorage } from './storage.ts';
export { createTokenKeeper, type HeldTokens, isSessionOver, type TokenKeeper } from './tokens.ts';
export type { ActivityItem, CallOptions, LatchkeyCall, Procedures, User } from './types.ts';

export interface LatchkeyClientOptions extends SessionOptions {
  /** Where the server is, as `https://accounts.example.com`. */
  url: string;
}

/** Whether somebody is signed in. */
export interface SessionView {
  get(): SessionState;
  /** Calls back after each change, when the call that brought it is over. Gives back a function that ends it. */
  subscribe(listener: (state: SessionState) => void): () => void;
  /** Looks whether a session is kept and still good, and reads its account. Rejects where the server does not respond. */
  restore(): Promise<SessionState>;
}

export type LatchkeyClient = Omit<Procedures, 'user'> & {
  user: Procedures['user'] & {
    /** The account's events, latest first, page after page: `for await (const event of latchkey.user.activity())`. */
    activity(options?: ActivityOptions): AsyncIterable<ActivityItem>;
  };
  state: SessionView;
  /** Lets somebody else ask for confirmations than `onConfirm` of the options. Gives back a function that ends it. */
  onConfirm(handler: ConfirmationHandler): () => void;
  /**
   * Asks the person to confirm, with the `details` of a `REAUTHENTICATION_REQUIRED`, and tells whether they did. Mutations
   * do so by themselves; a page whose query was refused does when the person says so, and then asks again.
   */
  confirm(details: AppErrorDetails['REAUTHENTICATION_REQUIRED']): Promise<boolean>;
  /** The same client as tRPC makes it, for libraries that build on that. */
  trpc: TRPCClient<AppRouter>;
};

const withActivity = (user: Procedures['user']): LatchkeyClient['user'] =>
  new Proxy(user, {
    get: (target, name) =>
      name === 'activity' ? (options?: ActivityOptions) => listActivity(user, options) : Reflect.get(target, name),
  }) as LatchkeyClient['user'];

const endpointOf = (url: string) => `${url.replace(/\/$/, '')}/trpc`;

/** A client without a session of its own: each call is one request, nothing is kept. */
export function createBareClient({ url, ...options }: ConnectionOptions & { url: string }): TRPCClient<AppRouter> {
  const transport = ({ headers, ...http }: HttpLinkOptions) =>
    httpLink<AppRouter>({ ...http, headers: ({ op }: { op: Operation }) => headers({ opList: [op] }) } as never);
  const { bareLink } = createSession<AppRouter>({ ...options, url: endpointOf(url), transport });
  return createTRPCClient({ links: [bareLink] });
}

/**
 * A typed client of a Latchkey server, for browsers, Node and runtimes like React Native's. After `auth.verifyOtp` it is
 * signed in: it sends the access token, renews it ahead of its end or when it is refused (once, however many calls wait)
 * and tries the call again. What fails, fails with a `LatchkeyError`.
 */
export function createLatchkeyClient({ url, ...options }: LatchkeyClientOptions): LatchkeyClient {
  const session = createSession<AppRouter>({ ...options, url: endpointOf(url) });
  const { client, state, tokens, confirmations } = session;

  const procedures = procedureProxy((kind, path, input, { signal, ...context }) =>
    client[kind](path, input, { ...(signal && { signal }), context }),
  ) as Procedures;

  async function look(): Promise<SessionState> {
    await tokens.load();
    try {
      await procedures.user.me.query();
    } catch (error) {
      if (!isLatchkeyError(error, 'user.me') || error.code === 'NO_RESPONSE') throw error;
      const over = error.code === 'UNAUTHENTICATED' && state.get().status === 'unknown';
      if (over) state.enter({ status: 'signed-out', reason: 'none' });
      if (state.get().status === 'unknown') throw error;
    }
    state.tell();
    return state.get();
  }

  /** Whoever asks while somebody looks waits for the same. */
  let looking: Promise<SessionState> | undefined;
  const view: SessionView = {
    get: state.get,
    subscribe: state.subscribe,
    restore() {
      looking ??= look().finally(() => {
        looking = undefined;
      });
      return looking;
    },
  };

  const own = {
    state: view,
    onConfirm: confirmations.handle,
    confirm: confirmations.ask,
    trpc: createTRPCClient<AppRouter>({ links: [session.link] }),
    user: withActivity(procedures.user),
  };
  return new Proxy(own, {
    get: (target, name) => Reflect.get(target, name) ?? Reflect.get(procedures, name),
  }) as unknown as LatchkeyClient;
}
