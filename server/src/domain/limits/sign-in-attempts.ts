import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import { canonicalKey } from '../names.ts';
import type { RequestInfo } from '../request.ts';
import type { Devices } from '../tokens/devices.ts';
import { type Counter, networkCounters } from './counters.ts';
import type { LimitName } from './rules.ts';

/**
 * The counters that an attempt to sign in stands against. A browser that has signed in to the account before has failures
 * of its own, so whoever locks the name cannot lock its owner out; every other attempt counts against the name as typed.
 */
export function createSignInAttempts({ devices }: { devices: Devices }) {
  /** A change of credentials begins a new row, so that a reset opens this door again. */
  const deviceCounter = (user: UserRecord, request: RequestInfo): Counter | undefined => {
    const device = devices.find(request, user._id);
    return device && ['signInsPerDevice', `${device.deviceId}.${user.credentialVersion}`];
  };

  /** The rows of an account, whatever device it is tried from. */
  const accountRowsOf = (user: UserRecord): Counter[] => [
    ['signInsPerName', user.usernameKey],
    ['signInsPerName', user.emailKey],
    ['confirmationsPerAccount', user._id],
    ['wrongCodesPerAccount', user._id],
  ];

  return {
    accountRowsOf,

    /** The counter of a sign-in by the name as typed, whoever has that name. */
    counterOf: (name: string, user: UserRecord | null, request: RequestInfo): Counter =>
      (user && deviceCounter(user, request)) ?? ['signInsPerName', canonicalKey(name)],

    /**
     * The counters of the network that somebody signs in from. A device that is known to the account has as much room for
     * itself: strangers in the same network do not use that up.
     */
    networksOf(
      name: Extract<LimitName, 'signInsPerAddress' | 'wrongCodesPerAddress'>,
      userId: string | undefined,
      request: RequestInfo,
    ): Counter[] {
      const device = devices.find(request, userId);
      return device ? [[name, `${request.network} ${device.deviceId}`]] : networkCounters(name, request);
    },

    /** The rows that end when somebody gets in by rights: those of the account and of this browser. */
    rowsOf(user: UserRecord, request: RequestInfo): Counter[] {
      const device = deviceCounter(user, request);
      return [...accountRowsOf(user), ...(device ? [device] : [])];
    },
  };
}
