import type { Locale } from '@latchkey/shared/schemas';
import type { Logger } from '../infra/logger.ts';

export interface CookieOptions {
  maxAgeSeconds: number;
  sameSite: 'strict' | 'lax';
  secure: boolean;
  /** `/` unless said otherwise. */
  path?: string;
}

/** What a request turned out to be. */
export interface RequestTrace {
  /** Whose session it came with. */
  userId?: string;
  /** The procedures that ran, each of a batch, with the status of each. */
  calls: { procedure: string; status: number }[];
}

/** Who calls, as far as the transport can tell. */
export interface RequestInfo {
  /** Names the request in logs and in masked errors. */
  id: string;
  logger: Logger;
  ip: string;
  /** The address range that limits count: an IPv4 address, or the /64 of an IPv6 address. */
  network: string;
  /** The wider range that limits count beside it: the /48 of an IPv6 address; undefined for IPv4. */
  wideNetwork?: string | undefined;
  /** At most 256 characters. */
  userAgent: string;
  origin: string | undefined;
  bearer: string | undefined;
  /** By which a client without cookies is known again. */
  deviceToken?: string | undefined;
  locale: Locale;
  cookies: {
    get(name: string): string | undefined;
    set(name: string, value: string, options: CookieOptions): void;
  };
  /** Came by the REST face: the sessions that it opens keep one refresh token, and the cookie of it does not concern it. */
  rest?: true;
  /** Filled in with what the transport logs and counts, where it does. */
  trace?: RequestTrace | undefined;
  /** Tells the transport how long to wait before the next call. */
  retryAfter(seconds: number): void;
}
