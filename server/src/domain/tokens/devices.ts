import { randomId, type System } from '../../infra/system.ts';
import type { RequestInfo } from '../request.ts';
import type { Site } from '../site.ts';
import type { DeviceClaims, Tokens } from './tokens.ts';

const cookieName = 'latchkey-device';

/**
 * The browsers that have signed in to an account before. A signed cookie remembers one: it has failures of its own, so
 * whoever locks the name cannot lock its owner out, and it tells a new device from a known one.
 */
export function createDevices({ tokens, site, system }: { tokens: Tokens; site: Site; system: System }) {
  return {
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
