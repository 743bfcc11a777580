import { codeOf } from './errors.ts';
import type { User } from './types.ts';

/** Why nobody is signed in. */
export type SignedOutReason = 'none' | 'signed-out' | 'expired' | 'reused';

export type SessionState =
  /** Nothing was called yet, so nobody has looked whether a session is kept. */
  | { status: 'unknown' }
  /** `user` as the last call that gave it said. */
  | { status: 'signed-in'; user: User | undefined }
  | { status: 'signed-out'; reason: SignedOutReason };

const givesUser = new Set(['user.me', 'user.updateProfile', 'user.changeUsername', 'user.confirmEmailChange']);

/** Whether somebody is signed in, from what the calls bring. Listeners hear of it when the call is over and holds nothing. */
export function createSessionState() {
  const listeners = new Set<(state: SessionState) => void>();
  let state: SessionState = { status: 'unknown' };
  let told: SessionState = state;

  /** A listener that reads the account hears nothing of it while it stays the same, and of a sign-out its first reason. */
  function enter(next: SessionState): void {
    const stays = state.status === next.status && next.status === 'signed-out';
    if (!stays && JSON.stringify(next) !== JSON.stringify(state)) state = next;
  }

  return {
    get: (): SessionState => state,

    subscribe(listener: (state: SessionState) => void): () => void {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },

    enter,

    /** What one of our procedures gave. */
    take(path: string, data: unknown): void {
      if (path === 'auth.verifyOtp') enter({ status: 'signed-in', user: (data as { user: User }).user });
      if (path === 'auth.logout' || path === 'user.deleteAccount')
        enter({ status: 'signed-out', reason: 'signed-out' });
      if (givesUser.has(path)) enter({ status: 'signed-in', user: data as User });
    },

    renewed(): void {
      if (state.status !== 'signed-in') enter({ status: 'signed-in', user: undefined });
    },

    /** The session could not be renewed. Only the server's word ends it. */
    lost(error: unknown): void {
      const code = codeOf(error);
      if (code === 'SESSION_REUSED') enter({ status: 'signed-out', reason: 'reused' });
      if (code === 'SESSION_EXPIRED') {
        enter({ status: 'signed-out', reason: state.status === 'unknown' ? 'none' : 'expired' });
      }
    },

    /** No token is left to call with: whoever shares the storage has signed out. */
    gone(): void {
      if (state.status === 'signed-in') enter({ status: 'signed-out', reason: 'signed-out' });
    },

    /** Tells the listeners what has changed. */
    tell(): void {
      if (told === state) return;
      told = state;
      for (const listener of listeners) listener(told);
    },
  };
}

export type SessionStateKeeper = ReturnType<typeof createSessionState>;
