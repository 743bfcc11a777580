/** A path of this app to go to after signing in; undefined for anything that would lead elsewhere. */
export function safePath(candidate: unknown, origin: string): string | undefined {
  if (typeof candidate !== 'string' || !candidate.startsWith('/')) return undefined;
  try {
    // The browser's own reading decides: `//host`, `/\host` and a tab within are other origins to it.
    const url = new URL(candidate, origin);
    const path = `${url.pathname}${url.search}${url.hash}`;
    // Read once more, as whoever goes there will: of `/.//host` the first reading leaves `//host`.
    return url.origin === origin && new URL(path, origin).href === url.href ? path : undefined;
  } catch {
    return undefined;
  }
}
