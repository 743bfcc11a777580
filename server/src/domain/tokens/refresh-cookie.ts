import type { System } from '../../infra/system.ts';
import { secondsUntil } from '../../time.ts';
import type { RequestInfo } from '../request.ts';
import type { Site } from '../site.ts';

/**
 * The cookie that holds a refresh token where the app runs in a browser: HttpOnly, SameSite=Strict, and with the
 * `__Host-` prefix on https (RFC 6265bis, 4.1.3.2). Whatever reads or sets it first checks that our own page asks.
 */
export function createRefreshCookie({ site, system }: { site: Site; system: System }) {
  const name = () => (site.secure ? '__Host-latchkey-refresh' : 'latchkey-refresh');
  const write = (request: RequestInfo, value: string, maxAgeSeconds: number) =>
    request.cookies.set(name(), value, { maxAgeSeconds, sameSite: 'strict', secure: site.secure });

  return {
    get: (request: RequestInfo): string | undefined => (request.rest ? undefined : request.cookies.get(name())),

    /** Reads the cookie for one of our pages. Throws `BAD_ORIGIN` for any other. */
    take(request: RequestInfo): string | undefined {
      site.assertOwnOrigin(request);
      return request.cookies.get(name());
    },

    set(request: RequestInfo, token: string, expiresAt: Date): void {
      write(request, token, Math.max(0, secondsUntil(expiresAt, system.now())));
    },

    clear: (request: RequestInfo): void => write(request, '', 0),

    /**
     * False by REST, and for a caller that is no browser: it sends an access token, and neither a cookie nor an origin.
     */
    isConcerned: (request: RequestInfo): boolean =>
      !request.rest &&
      (request.bearer === undefined || request.origin !== undefined || request.cookies.get(name()) !== undefined),

    assertOwnOrigin: site.assertOwnOrigin,
  };
}
