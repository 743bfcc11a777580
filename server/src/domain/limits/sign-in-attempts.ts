import type { UserRecord } from '../../infra/users-store.ts';
import { canonicalKey } from '../names.ts';
import type { RequestInfo } from '../request.ts';
import type { Devices } from '../tokens/devices.ts';
import type { Counter, Failures, Reservation } from './failures.ts';

/**
 * Which counter a wrong password stands against. A browser that has signed in to the account before has failures of its
 * own, so whoever locks the name cannot lock its owner out; every other counts against the name as typed.
 */
export function createSignInAttempts({ failures, devices }: { failures: Failures; devices: Devices }) {
  /** A change of credentials begins a new row, so that a reset opens this door again. */
  const deviceCounter = (user: UserRecord, request: RequestInfo): Counter | undefined => {
    const device = devices.find(request, user._id);
    return device && ['signInsPerDevice', `${device.deviceId}.${user.credentialVersion}`];
  };
  const counterOf = (name: string, user: UserRecord | null, request: RequestInfo): Counter =>
    (user && deviceCounter(user, request)) ?? ['signInsPerName', canonicalKey(name)];

  return {
    /** Counts a sign-in before its password is compared. Throws `RATE_LIMITED`. */
    reserve: (name: string, user: UserRecord | null, request: RequestInfo): Promise<Reservation> =>
      failures.reserve(counterOf(name, user, request)),

    /**
     * Counts the password of somebody who is signed in, as a sign-in and against the account: a thief who renames the
     * account gains no further guess. Throws `RATE_LIMITED`.
     */
    reserveConfirmation: (user: UserRecord, request: RequestInfo): Promise<Reservation> =>
      failures.reserve(counterOf(user.usernameKey, user, request), ['confirmationsPerAccount', user._id]),

    giveBack: failures.giveBack,
    during: failures.during,

    /** Somebody got in by rights: the rows of failures of the account and of this browser are over. */
    async clear(user: UserRecord, request: RequestInfo): Promise<void> {
      const device = deviceCounter(user, request);
      await failures.clear(
        ['signInsPerName', user.usernameKey],
        ['signInsPerName', user.emailKey],
        ['confirmationsPerAccount', user._id],
        ...(device ? [device] : []),
      );
    },
  };
}

export type SignInAttempts = ReturnType<typeof createSignInAttempts>;
