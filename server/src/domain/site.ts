import { loopbackHosts } from '@latchkey/shared/loopback';
import { AppError } from '../errors.ts';
import type { RequestInfo } from './request.ts';

/**
 * Where this Latchkey is reached, and from which pages its cookies may be used.
 * @param port gives the port that the server listens on; asked late, as port 0 is only known then
 */
export function createSite(
  config: { publicUrl: string | undefined; allowedOrigins: readonly string[] },
  port: () => number,
) {
  const publicUrl = () => config.publicUrl ?? `http://localhost:${port()}`;
  const ownOrigins = () =>
    config.publicUrl ? [config.publicUrl] : loopbackHosts.map((host) => `http://${host}:${port()}`);
  const allows = (origin: string | undefined) =>
    origin !== undefined && (ownOrigins().includes(origin) || config.allowedOrigins.includes(origin));

  return {
    publicUrl,
    /** Whether browsers reach it over https, so that cookies can insist on it. */
    secure: config.publicUrl?.startsWith('https:') ?? false,
    allows,
    /** Refuses a call that would use a cookie for a page that is not ours. Throws `BAD_ORIGIN` (OWASP CSRF: verify the origin). */
    assertOwnOrigin(request: RequestInfo): void {
      if (!allows(request.origin)) throw new AppError('BAD_ORIGIN');
    },
  };
}

export type Site = ReturnType<typeof createSite>;
