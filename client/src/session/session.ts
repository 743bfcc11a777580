import { codeOf, createBareClient, createLatchkeyClient, createTokenKeeper, type HeldTokens } from '@latchkey/client';
import type { Locale } from '@latchkey/shared/schemas';
import { forgetEmailChanges } from './challenge.ts';
import { forgetDrafts } from './draft.ts';
import { fetchOrTakeEarly, isRenewedEarly } from './early-calls.ts';
import { pause } from './pause.ts';
import { isPassing, type Problem, retryAfterSeconds, toProblem } from './problem.ts';
import { openTabChannel, refreshOnce, storedSignInId, withRefreshLock } from './tabs.ts';

/** Why nobody is signed in; the sign-in page says it. */
export type SignedOutReason =
  | 'none'
  | 'signed-out'
  | 'expired'
  | 'reused'
  | 'account-deleted'
  | 'account-closed'
  | 'password-reset'
  | 'email-restored';

export type SessionState =
  /** Asking whether the cookie still holds a session. `problem` says why that takes longer. */
  | { status: 'restoring'; problem?: Problem }
  | { status: 'signed-in' }
  /** `until` is when a closed account is deleted (ISO 8601). */
  | { status: 'signed-out'; reason: SignedOutReason; until?: string | undefined };

interface SessionOptions {
  url: string;
  locale: () => Locale;
  /** Somebody else is signed in now, or nobody: data of the person before must go. */
  onPersonChange: (now: 'somebody' | 'nobody') => void;
}

const firstDelayMilliseconds = 1_000;
const maxDelayMilliseconds = 30_000;

/** The session of this browser: one state over all tabs, and the client that acts for it. */
export function createSession({ url, locale, onPersonChange }: SessionOptions) {
  const bare = createBareClient({ url, locale, fetch: fetchOrTakeEarly });
  const listeners = new Set<() => void>();
  // Without an id nobody signed in here: no question to the server, and no wait.
  let state: SessionState =
    storedSignInId.read() === undefined ? { status: 'signed-out', reason: 'none' } : { status: 'restoring' };
  let signInId = storedSignInId.read();
  let tokensFromTab: HeldTokens | undefined;
  let cancelWait: (() => void) | undefined;

  function setState(next: SessionState) {
    state = next;
    for (const listener of listeners) listener();
  }

  const tabs = openTabChannel((message) => {
    if (message.type === 'signed-out') return clear('signed-out');
    if (message.type === 'signed-in' || signInId !== message.signInId) switchTo(message.signInId);
    tokensFromTab = message.tokens;
    keeper.keep(message.tokens);
    setState({ status: 'signed-in' });
  });

  const keeper = createTokenKeeper({
    mayHaveSession: () => state.status !== 'signed-out',
    async fetchTokens(_held, refused) {
      try {
        const request = () => bare.auth.refresh.mutate({});
        const newerTokens = () => (tokensFromTab?.accessToken === refused ? undefined : tokensFromTab);
        const fresh = (await isRenewedEarly()) ? await request() : await refreshOnce({ newerTokens, request });
        const current = storedSignInId.read();
        if (current && current !== signInId) switchTo(current);
        if (fresh !== tokensFromTab) tabs.send({ type: 'tokens', signInId: signInId ?? '', tokens: fresh });
        tokensFromTab = undefined;
        return fresh;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'SESSION_EXPIRED' || code === 'SESSION_REUSED')
          expire(code === 'SESSION_REUSED' ? 'reused' : 'expired');
        throw error;
      }
    },
  });

  /** Other tabs need no word of this sign-out: the session is over for them too, and they learn it with their next call. */
  function expire(reason: 'expired' | 'reused') {
    if (state.status === 'signed-out') return;
    if (storedSignInId.read() === signInId) storedSignInId.write(undefined);
    clear(reason);
  }

  function clear(reason: SignedOutReason, until?: string) {
    // Whoever left on purpose leaves nothing; whose session just ended finds what was typed.
    if (reason !== 'expired' && reason !== 'reused') {
      forgetDrafts();
      forgetEmailChanges();
    }
    tokensFromTab = undefined;
    signInId = undefined;
    keeper.drop();
    cancelWait?.();
    setState({ status: 'signed-out', reason, until });
    onPersonChange('nobody');
  }

  function clearInAllTabs(reason: SignedOutReason, until?: string) {
    storedSignInId.write(undefined);
    tabs.send({ type: 'signed-out' });
    clear(reason, until);
  }

  function switchTo(id: string) {
    signInId = id;
    tokensFromTab = undefined;
    onPersonChange('somebody');
  }

  function startSession(held: HeldTokens): string {
    const id = `${Date.now()}-${Math.random()}`;
    storedSignInId.write(id);
    switchTo(id);
    keeper.keep(held);
    tabs.send({ type: 'signed-in', signInId: id, tokens: { ...held, refreshToken: undefined } });
    setState({ status: 'signed-in' });
    return held.accessToken;
  }

  /** The person stays, and so does what the pages show: only the tokens are others. */
  function goOnWith(held: HeldTokens) {
    tokensFromTab = undefined;
    keeper.keep(held);
    tabs.send({ type: 'tokens', signInId: signInId ?? '', tokens: { ...held, refreshToken: undefined } });
  }

  const client = createLatchkeyClient({
    url,
    locale,
    tokenDelivery: 'cookie',
    tokens: {
      ...keeper,
      // Those of a refresh reach the keeper itself.
      keep: (held, cause) => (cause === 'sign-in' ? startSession(held) : goOnWith(held)),
      // Another tab that refreshed meanwhile would do so with a cookie that is about to be worthless.
      alone: (call) => withRefreshLock(() => keeper.alone(call)),
    },
  });

  /** Asks for the session until there is an answer. A server that does not answer, or is busy, signs nobody out. */
  async function restore() {
    for (
      let delay = firstDelayMilliseconds;
      state.status === 'restoring';
      delay = Math.min(delay * 2, maxDelayMilliseconds)
    ) {
      try {
        await keeper.token();
        if (state.status === 'restoring') setState({ status: 'signed-in' });
      } catch (error) {
        if (state.status !== 'restoring') return;
        const problem = toProblem(error);
        setState({ status: 'restoring', problem });
        const wait = pause(
          (retryAfterSeconds(problem) ?? 0) * 1000 || (isPassing(problem) ? delay : maxDelayMilliseconds),
        );
        cancelWait = wait.end;
        await wait.ended;
        cancelWait = undefined;
      }
    }
  }

  /** A tab that slept may have missed the messages of the others; the stored id says who is signed in now. */
  function catchUp() {
    const current = storedSignInId.read();
    if (document.visibilityState === 'hidden' || current === null || current === signInId) return;
    if (current === undefined) return clear('signed-out');
    switchTo(current);
    keeper.drop();
    setState({ status: 'restoring' });
    void restore();
  }
  addEventListener('pageshow', catchUp);
  document.addEventListener('visibilitychange', catchUp);

  return {
    client,
    get: () => state,
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    restore,
    /** Asks again at once when waiting for a server that did not answer. */
    retryNow: () => cancelWait?.(),
    /** Ends the session. Throws, and stays signed in, when the server could not be asked: the cookie is out of our reach. */
    async signOut() {
      // Not beside a refresh, whose answer would set the cookie again.
      await withRefreshLock(() => bare.auth.logout.mutate({}));
      clearInAllTabs('signed-out');
    },
    /** After the server ended every session of the account: the cookie that is left opens nothing. */
    async leave(reason: SignedOutReason, until?: string) {
      await withRefreshLock(() => bare.auth.logout.mutate({})).catch(() => undefined);
      clearInAllTabs(reason, until);
    },
  };
}

export type Session = ReturnType<typeof createSession>;
