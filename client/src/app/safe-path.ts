/** A path of this app to go to after signing in; undefined for anything that would lead elsewhere. */
export function safePath(candidate: unknown, origin: string): string | undefined {
  if (typeof candidate !== 'string' || !candidate.startsWith('/')) return undefined;
  try {
    // The browser's own reading decides: `//host`, `/\host` and a tab within are other origins to it.
    const url = new URL(candidate, origin);
    return url.origin === origin ? `${url.pathname}${url.search}${url.hash}` : undefined;
  } catch {
    return undefined;
  }
}
