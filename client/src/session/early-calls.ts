/** What `before-paint.ts` asked the server for while the app was on its way. */
interface EarlyCalls {
  /** The response to `auth.refresh`; undefined where nothing was asked, or nobody responded. */
  refresh: Promise<Response | undefined>;
  /** The account, as `user.me` gives it. */
  me: Promise<unknown>;
}

declare global {
  interface Window {
    latchkeyEarly?: EarlyCalls;
  }
}

const early = globalThis.window?.latchkeyEarly;
let refresh = early?.refresh;

/** The account as it was asked for before the app was there; undefined where it was not. */
export const earlyMe = early?.me;

/** Whether the session has been renewed before the app was there, and nobody has taken the response yet. */
export const isRenewedEarly = async (): Promise<boolean> => (await refresh) !== undefined;

/** Sends a request, or hands out the response to the renewal that was sent before, once. */
export async function fetchOrTakeEarly(url: string, init: RequestInit): Promise<Response> {
  if (!url.endsWith('/auth.refresh')) return fetch(url, init);
  const sent = refresh;
  refresh = undefined;
  return (await sent) ?? fetch(url, init);
}
