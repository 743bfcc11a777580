import { onlineManager } from '@tanstack/react-query';
import { pause } from '../session/pause.ts';

const firstDelayMilliseconds = 1_000;
const maxDelayMilliseconds = 15_000;
const patienceMilliseconds = 10_000;

/** Whether anything responds where the app came from. */
async function isReachable(): Promise<boolean> {
  try {
    await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(patienceMilliseconds) });
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells the queries and mutations whether there is a connection. That it is lost is the browser's to say. That it is back
 * a response has to show: a browser calls itself online before the network carries anything, and what waits is sent once.
 */
export function watchConnection() {
  let losses = 0;

  onlineManager.setEventListener((setOnline) => {
    async function lose() {
      losses += 1;
      const own = losses;
      setOnline(false);
      for (let delay = firstDelayMilliseconds; losses === own; delay = Math.min(delay * 2, maxDelayMilliseconds)) {
        await pause(delay).ended;
        // What was asked before the connection was lost again says nothing.
        if ((await isReachable()) && losses === own) return setOnline(true);
      }
    }
    addEventListener('offline', lose);
    if (!navigator.onLine) lose();
    return () => removeEventListener('offline', lose);
  });
}
