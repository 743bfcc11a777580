import { type HeldTokens, isSessionOver } from '@latchkey/client';

/** A message from one tab of the browser to the others. `signInId` tells two sign-ins apart. */
export type TabMessage =
  | { type: 'tokens'; signInId: string; tokens: HeldTokens }
  | { type: 'signed-in'; signInId: string; tokens: HeldTokens }
  | { type: 'signed-out' };

const channelName = 'latchkey-session';
const lockName = 'latchkey-refresh';
const signInIdKey = 'latchkey-session';

/** Longer than any call may take: a tab that was frozen while it holds the lock must not stop the others. */
const lockWaitMilliseconds = 35_000;
/** Tokens sent before a lock was handed on may arrive a moment after the lock. */
const messageDelayMilliseconds = 100;
const pollMilliseconds = 10;

/**
 * The id of the sign-in that this browser last had, in local storage. It is no secret: it says whether asking for a
 * session makes sense at all, and whether two tabs mean the same one.
 */
export const storedSignInId = {
  /** Undefined when there is none, null when storage cannot be read. */
  read(): string | null | undefined {
    try {
      return localStorage.getItem(signInIdKey) ?? undefined;
    } catch {
      return null;
    }
  },
  write(value: string | undefined) {
    try {
      if (value === undefined) localStorage.removeItem(signInIdKey);
      else localStorage.setItem(signInIdKey, value);
    } catch {
      // Without storage every load asks the server.
    }
  },
};

export function openTabChannel(onMessage: (message: TabMessage) => void) {
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener('message', (event: MessageEvent<TabMessage>) => onMessage(event.data));
  return { send: (message: TabMessage) => channel.postMessage(message) };
}

async function messageWithin(
  waitMilliseconds: number,
  newerTokens: () => HeldTokens | undefined,
): Promise<HeldTokens | undefined> {
  for (let waited = 0; waited < waitMilliseconds && !newerTokens(); waited += pollMilliseconds) {
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
  return newerTokens();
}

/** Runs a task while no other tab runs one. Without Web Locks (plain http on a network) the server's grace has to do. */
export async function withRefreshLock<T>(task: (waited: boolean) => Promise<T>): Promise<T> {
  if (!navigator.locks) return task(false);
  const outcome = await navigator.locks.request(lockName, { ifAvailable: true }, async (lock) =>
    lock ? { value: await task(false) } : undefined,
  );
  if (outcome) return outcome.value;
  const patience = AbortSignal.timeout(lockWaitMilliseconds);
  let started = false;
  try {
    return await navigator.locks.request(lockName, { signal: patience }, () => {
      started = true;
      return task(true);
    });
  } catch (error) {
    if (started || !patience.aborted) throw error;
    return task(true);
  }
}

interface SharedRefresh {
  /** Tokens from another tab, when they are newer than those refused. */
  newerTokens: () => HeldTokens | undefined;
  request: () => Promise<HeldTokens>;
}

/** One refresh for all tabs: whoever had to wait for the lock takes the tokens that the holder before sent. */
export function refreshOnce({ newerTokens, request }: SharedRefresh): Promise<HeldTokens> {
  return withRefreshLock(async (waited) => {
    const received = waited ? await messageWithin(messageDelayMilliseconds, newerTokens) : newerTokens();
    if (received) return received;
    const before = storedSignInId.read();
    try {
      return await request();
    } catch (error) {
      // Another tab signed in while this one asked with the cookie of before.
      if (isSessionOver(error) && storedSignInId.read() && storedSignInId.read() !== before) return request();
      throw error;
    }
  });
}
