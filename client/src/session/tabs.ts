import { type HeldTokens, isSessionOver } from '@latchkey/client';

/** What tabs of one browser tell each other. `marker` names the sign-in, so that nobody mixes up two of them. */
export type TabMessage =
  | { type: 'tokens'; marker: string; tokens: HeldTokens }
  | { type: 'signed-in'; marker: string; tokens: HeldTokens }
  | { type: 'signed-out' };

const channelName = 'latchkey-session';
const lockName = 'latchkey-refresh';
const markerKey = 'latchkey-session';

/** Longer than any call may take; a tab that was frozen with the lock in its hands must not stop the others. */
const lockWaitMs = 35_000;
/** Tokens told before a lock was handed on may arrive a moment after the lock. */
const messageDelayMs = 100;
const pollMs = 10;

/**
 * The name of the sign-in that this browser last had, in local storage. It holds no secret: it says whether asking for a
 * session makes sense at all, and whether two tabs mean the same one.
 */
export const marker = {
  /** Undefined when there is none, null when storage cannot be read. */
  read(): string | null | undefined {
    try {
      return localStorage.getItem(markerKey) ?? undefined;
    } catch {
      return null;
    }
  },
  write(value: string | undefined) {
    try {
      if (value === undefined) localStorage.removeItem(markerKey);
      else localStorage.setItem(markerKey, value);
    } catch {
      // Without storage every load asks the server.
    }
  },
};

export function openTabChannel(onMessage: (message: TabMessage) => void) {
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener('message', (event: MessageEvent<TabMessage>) => onMessage(event.data));
  return { tell: (message: TabMessage) => channel.postMessage(message) };
}

async function newsWithin(waitMs: number, news: () => HeldTokens | undefined): Promise<HeldTokens | undefined> {
  for (let waited = 0; waited < waitMs && !news(); waited += pollMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  return news();
}

/** Runs a task while no other tab runs one. Without Web Locks (plain http on a network) the server's grace has to do. */
export async function alone<T>(task: (waited: boolean) => Promise<T>): Promise<T> {
  if (!navigator.locks) return task(false);
  const outcome = await navigator.locks.request(lockName, { ifAvailable: true }, async (lock) =>
    lock ? { value: await task(false) } : undefined,
  );
  if (outcome) return outcome.value;
  const patience = AbortSignal.timeout(lockWaitMs);
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
  /** Tokens that another tab told, when they are newer than those refused. */
  news: () => HeldTokens | undefined;
  request: () => Promise<HeldTokens>;
}

/** One refresh for all tabs: whoever had to wait for the lock takes what the holder before told. */
export function refreshOnce({ news, request }: SharedRefresh): Promise<HeldTokens> {
  return alone(async (waited) => {
    const told = waited ? await newsWithin(messageDelayMs, news) : news();
    if (told) return told;
    const before = marker.read();
    try {
      return await request();
    } catch (error) {
      // Another tab signed in while this one asked with the cookie of before.
      if (isSessionOver(error) && marker.read() && marker.read() !== before) return request();
      throw error;
    }
  });
}
