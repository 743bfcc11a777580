import { codeOf, createBareClient, createLatchkeyClient, createTokenKeeper, type HeldTokens } from '@latchkey/client';
import type { Locale } from '@latchkey/shared/schemas';
import { isPassing, type Problem, retryAfterSeconds, toProblem } from './problem.ts';
import { alone, marker, openTabChannel, refreshOnce } from './tabs.ts';

/** Why nobody is signed in; the sign-in page says it. */
export type SignedOutReason =
  | 'none'
  | 'signed-out'
  | 'expired'
  | 'reused'
  | 'account-deleted'
  | 'password-reset'
  | 'email-restored';

export type SessionState =
  /** Asking whether the cookie still holds a session. `problem` says why that takes longer. */
  | { status: 'restoring'; problem?: Problem }
  | { status: 'signed-in' }
  | { status: 'signed-out'; reason: SignedOutReason };

interface SessionOptions {
  url: string;
  locale: () => Locale;
  /** Somebody else is signed in now, or nobody: what was read for the person before must go. */
  onPersonChange: (now: 'somebody' | 'nobody') => void;
}

const firstDelayMs = 1_000;
const maxDelayMs = 30_000;

/** The session of this browser: one state over all tabs, and the client that acts for it. */
export function createSession({ url, locale, onPersonChange }: SessionOptions) {
  const bare = createBareClient({ url, locale });
  const listeners = new Set<() => void>();
  // Without a marker nobody signed in here: no question to the server, and no wait.
  let state: SessionState =
    marker.read() === undefined ? { status: 'signed-out', reason: 'none' } : { status: 'restoring' };
  let known = marker.read();
  let told: HeldTokens | undefined;
  let cancelWait: (() => void) | undefined;

  function enter(next: SessionState) {
    state = next;
    for (const listener of listeners) listener();
  }

  const tabs = openTabChannel((message) => {
    if (message.type === 'signed-out') return forget('signed-out');
    if (message.type === 'signed-in' || known !== message.marker) adopt(message.marker);
    told = message.tokens;
    keeper.keep(message.tokens);
    enter({ status: 'signed-in' });
  });

  const keeper = createTokenKeeper({
    mayHaveSession: () => state.status !== 'signed-out',
    async fetchTokens(_held, refused) {
      try {
        const fresh = await refreshOnce({
          news: () => (told && told.accessToken !== refused ? told : undefined),
          request: () => bare.auth.refresh.mutate({}),
        });
        const current = marker.read();
        if (current && current !== known) adopt(current);
        if (fresh !== told) tabs.tell({ type: 'tokens', marker: known ?? '', tokens: fresh });
        told = undefined;
        return fresh;
      } catch (error) {
        const code = codeOf(error);
        if (code === 'SESSION_EXPIRED' || code === 'SESSION_REUSED')
          end(code === 'SESSION_REUSED' ? 'reused' : 'expired');
        throw error;
      }
    },
  });

  /** Other tabs need no word of this sign-out: the session is over for them too, and they learn it with their next call. */
  function end(reason: 'expired' | 'reused') {
    if (state.status === 'signed-out') return;
    if (marker.read() === known) marker.write(undefined);
    forget(reason);
  }

  function forget(reason: SignedOutReason) {
    told = undefined;
    known = undefined;
    keeper.drop();
    cancelWait?.();
    enter({ status: 'signed-out', reason });
    onPersonChange('nobody');
  }

  function left(reason: SignedOutReason) {
    marker.write(undefined);
    tabs.tell({ type: 'signed-out' });
    forget(reason);
  }

  function adopt(name: string) {
    known = name;
    told = undefined;
    onPersonChange('somebody');
  }

  function signedIn(held: HeldTokens): string {
    const name = `${Date.now()}-${Math.random()}`;
    marker.write(name);
    adopt(name);
    keeper.keep(held);
    tabs.tell({ type: 'signed-in', marker: name, tokens: { ...held, refreshToken: undefined } });
    enter({ status: 'signed-in' });
    return held.accessToken;
  }

  const client = createLatchkeyClient({
    url,
    locale,
    tokenDelivery: 'cookie',
    // What the link is told to keep comes from a sign-in: refreshes go the way of the keeper itself.
    tokens: { ...keeper, keep: signedIn },
  });

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        removeEventListener('online', done);
        cancelWait = undefined;
        resolve();
      }
      addEventListener('online', done);
      cancelWait = done;
    });
  }

  /** Asks for the session until there is an answer. A server that does not answer, or is busy, signs nobody out. */
  async function restore() {
    for (let delay = firstDelayMs; state.status === 'restoring'; delay = Math.min(delay * 2, maxDelayMs)) {
      try {
        await keeper.token();
        if (state.status === 'restoring') enter({ status: 'signed-in' });
      } catch (error) {
        if (state.status !== 'restoring') return;
        const problem = toProblem(error);
        enter({ status: 'restoring', problem });
        await pause((retryAfterSeconds(problem) ?? 0) * 1000 || (isPassing(problem) ? delay : maxDelayMs));
      }
    }
  }

  /** A tab that slept may have missed what the others told: the marker says what is so now. */
  function catchUp() {
    const current = marker.read();
    if (document.visibilityState === 'hidden' || current === null || current === known) return;
    if (current === undefined) return forget('signed-out');
    adopt(current);
    keeper.drop();
    enter({ status: 'restoring' });
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
      await alone(() => bare.auth.logout.mutate({}));
      left('signed-out');
    },
    /** After the server ended every session of the account: the cookie that is left opens nothing. */
    async leave(reason: SignedOutReason) {
      await alone(() => bare.auth.logout.mutate({})).catch(() => undefined);
      left(reason);
    },
  };
}

export type Session = ReturnType<typeof createSession>;
