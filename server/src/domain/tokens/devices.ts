import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import { randomId, type System } from '../../infra/system.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import type { RequestInfo } from '../request.ts';
import type { Site } from '../site.ts';
import { hmac, type Keys } from './keys.ts';
import type { DeviceClaims, Tokens } from './tokens.ts';

/** A browser that many people share is known to the latest so many accounts. */
const keptAccounts = 10;

/** A browser is known for this long after a sign-in. */
const browserTtlSeconds = 90 * daySeconds;
const keptBrowsers = 30;
const macLength = 16;

/** The /24 of an IPv4 address and the /64 of an IPv6 address: what stays the same when a provider hands out another. */
const rangeOf = (ip: string) =>
  ip.includes(':') ? ip.split(':').slice(0, 4).join(':') : ip.split('.').slice(0, 3).join('.');

/**
 * The devices that have signed in to an account before, or have had its password set by a mailed link. A signed token
 * remembers one, in a cookie or, of a client without cookies, in a header: it has failures and an allowance of its own, so
 * whoever locks the name or uses up the network's cannot lock its owner out, and it tells a new device from a known one.
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
  /** The first is written. The other was written on https, too, before the prefix was, for a year at most. */
  const cookieNames = site.secure ? ['__Host-latchkey-device', 'latchkey-device'] : ['latchkey-device'];

  /** The accounts that the caller is known to. */
  function shownBy({ deviceToken, cookies }: RequestInfo): DeviceClaims[] {
    const shown = [deviceToken, ...cookieNames.map((name) => cookies.get(name))];
    return shown.flatMap((token) => (token === undefined ? [] : tokens.verifyDevice(token)));
  }

  const find = (request: RequestInfo, userId: string | undefined): DeviceClaims | undefined =>
    userId === undefined ? undefined : shownBy(request).find((device) => device.userId === userId);

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

    /** The device that calls, if it is known to this account. */
    find,

    /**
     * Makes the device that calls known to an account for a year from now, under the id it has or a new one; what it is
     * known to already stays. Sets the cookie, and gives the token for whoever has none.
     */
    remember(request: RequestInfo, userId: string): string {
      const { deviceId } = find(request, userId) ?? { deviceId: randomId(system) };
      const others = new Map(shownBy(request).map((device) => [device.userId, device]));
      others.delete(userId);
      const latestFirst = [...others.values()].sort((a, b) => b.at.getTime() - a.at.getTime());
      const { token, ttlSeconds } = tokens.signDevice({ userId, deviceId }, latestFirst.slice(0, keptAccounts - 1));
      const cookie = { maxAgeSeconds: ttlSeconds, sameSite: 'lax', secure: site.secure } as const;
      request.cookies.set(`${cookieNames[0]}`, token, cookie);
      return token;
    },
  };
}

export type Devices = ReturnType<typeof createDevices>;
