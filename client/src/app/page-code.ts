const firstDelayMilliseconds = 1_000;
const maxDelayMilliseconds = 8_000;

/** `waiting`: code of a page could not be loaded and is tried again. `stale`: only a fresh load helps. */
export type PageCodeState = 'there' | 'waiting' | 'stale';

const wakers = new Set<() => void>();
const listeners = new Set<() => void>();
let isStale = false;

function announce() {
  for (const listener of listeners) listener();
}

/**
 * As many times code fails while the server responds, until only a fresh load can help: the code itself, and once more where
 * it needs other code, which the browser keeps in mind as failed.
 */
const patience = 2;

/** The page as the server has it now; undefined where it does not respond. */
async function pageOfServer(): Promise<string | undefined> {
  try {
    const response = await fetch('/', { cache: 'no-cache' });
    return response.ok ? await response.text() : undefined;
  } catch {
    return undefined;
  }
}

/** Whether this page was built with what the server has now. */
function isOfBuild(page: string): boolean {
  const entry = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  return entry != null && page.includes(entry);
}

/** Asks under another address: browsers keep in mind that a module failed, and do not fetch it again. */
function loadAgain<Code>(error: unknown, failures: number, load: () => Promise<Code>): Promise<Code> {
  const address = error instanceof Error ? /https?:\/\/\S+?\.js/.exec(error.message)?.[0] : undefined;
  return address ? import(/* @vite-ignore */ `${address}?again=${failures}`) : load();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    // Where the browser knows that there is no connection, only its return is worth a try.
    const timer = navigator.onLine ? setTimeout(wake, milliseconds) : undefined;
    function wake() {
      clearTimeout(timer);
      removeEventListener('online', wake);
      wakers.delete(wake);
      announce();
      resolve();
    }
    addEventListener('online', wake);
    wakers.add(wake);
    announce();
  });
}

/** Loads the code of a page. Without a connection it waits for one: the page that is shown stays, with what was typed. */
export async function loadPageCode<Code>(load: () => Promise<Code>): Promise<Code> {
  let attempt = load;
  let refusals = 0;
  for (let failures = 1, delay = firstDelayMilliseconds; ; failures += 1) {
    // Nothing is asked for in vain: what failed once can be had under another address, but not what it needs.
    while (!navigator.onLine && (await pageOfServer()) === undefined) await pause(delay);
    try {
      return await attempt();
    } catch (error) {
      const page = await pageOfServer();
      if (page !== undefined) refusals += 1;
      isStale = page !== undefined && (!isOfBuild(page) || refusals >= patience);
      await pause(delay);
      delay = Math.min(delay * 2, maxDelayMilliseconds);
      const tries = failures;
      attempt = () => loadAgain(error, tries, load);
    }
  }
}

export const pageCode = {
  get: (): PageCodeState => (wakers.size === 0 ? 'there' : isStale ? 'stale' : 'waiting'),
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  },
  /** Tries again at once. */
  retryNow() {
    for (const wake of [...wakers]) wake();
  },
};
