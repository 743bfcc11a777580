import { randomId, type System } from '../../infra/system.ts';
import type { UserRecord } from '../../infra/user-record.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import type { RequestInfo } from '../request.ts';
import type { Site } from '../site.ts';
import { hmac, type Keys } from './keys.ts';
import type { DeviceClaims, Tokens } from './tokens.ts';

const cookieName = 'latchkey-device';

/** A browser is known for this long after a sign-in. */
const browserTtlSeconds = 90 * daySeconds;
const keptBrowsers = 30;
const macLength = 16;

/** The /24 of an IPv4 address and the /64 of an IPv6 address: what stays the same when a provider hands out another. */
const rangeOf = (ip: string) =>
  ip.includes(':') ? ip.split(':').slice(0, 4).join(':') : ip.split('.').slice(0, 3).join('.');

/**
 * The browsers that have signed in to an account before. A signed cookie remembers one: it has failures of its own, so
 * whoever locks the name cannot lock its owner out, and it tells a new device from a known one.
 */
export function createDevices({
  tokens,
  keys,
  site,
  system,
}: {
  tokens: Tokens;
  keys: Keys;
  site: Site;
  system: System;
}) {
  const { key } = keys('browser').current;

  return {
    /** Stands for a browser that sends no cookie of ours, as far as its user agent and address range tell. */
    browserOf: ({ ip, userAgent }: Pick<RequestInfo, 'ip' | 'userAgent'>): string =>
      hmac(key, `${rangeOf(ip)} ${userAgent}`).slice(0, macLength),

    /** Whether a browser signed in to the account during the last 90 days. */
    knows({ browsers }: UserRecord, browser: string): boolean {
      const signedInAt = browsers?.[browser];
      return signedInAt !== undefined && addSeconds(signedInAt, browserTtlSeconds) > system.now();
    },

    /** The browsers of an account that need not be remembered: those that are known no longer, and the oldest of many. */
    forgettable({ browsers = {} }: UserRecord): string[] {
      const latestFirst = Object.entries(browsers).sort(([, a], [, b]) => b.getTime() - a.getTime());
      const since = addSeconds(system.now(), -browserTtlSeconds);
      return latestFirst.filter(([, at], index) => index >= keptBrowsers || at < since).map(([browser]) => browser);
    },

    /** The device behind the cookie, if it has signed in to this account before. */
    find(request: RequestInfo, userId: string | undefined): DeviceClaims | undefined {
      const cookie = request.cookies.get(cookieName);
      const device = cookie === undefined ? undefined : tokens.verifyDevice(cookie);
      return device && device.userId === userId ? device : undefined;
    },

    /** Remembers the browser for a year from now, under the id it has or a new one. */
    remember(request: RequestInfo, userId: string, known: DeviceClaims | undefined): void {
      const { token, ttlSeconds } = tokens.signDevice({ userId, deviceId: known?.deviceId ?? randomId(system) });
      request.cookies.set(cookieName, token, { maxAgeSeconds: ttlSeconds, sameSite: 'lax', secure: site.secure });
    },
  };
}

export type Devices = ReturnType<typeof createDevices>;
