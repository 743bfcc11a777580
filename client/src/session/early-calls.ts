/** What `before-app/` asked the server for while the app was on its way; nothing where it did not ask. */
export interface EarlyCalls {
  /** The response to `auth.refresh`; undefined where nobody responded. */
  refresh: Promise<Response | undefined>;
  /** What `user.me` gives; refused where the session was not renewed. */
  me: Promise<unknown>;
  /** What `session.list` gives, where the page shows it. */
  sessions?: Promise<unknown>;
}

declare global {
  interface Window {
    latchkeyEarly?: EarlyCalls;
  }
}

/** The calls that were sent before the app was there. */
export const early: Partial<EarlyCalls> = globalThis.window?.latchkeyEarly ?? {};
let { refresh } = early;

/** Whether the session has been renewed before the app was there, and nobody has taken the response yet. */
export const isRenewedEarly = async (): Promise<boolean> => (await refresh) !== undefined;

/** Sends a request, or hands out the response to the renewal that was sent before, once. */
export async function fetchOrTakeEarly(url: string, init: RequestInit): Promise<Response> {
  if (!url.endsWith('/auth.refresh')) return fetch(url, init);
  const sent = refresh;
  refresh = undefined;
  return (await sent) ?? fetch(url, init);
}
