import type { UserRecord } from '../../infra/user-record.ts';
import { canonicalKey } from '../names.ts';
import type { RequestInfo } from '../request.ts';
import type { Devices } from '../tokens/devices.ts';
import type { Attempt, Counter, Failures } from './failures.ts';

/**
 * The attempts to show a password, and the counter that each stands against. A browser that has signed in to the account before has failures of its
 * own, so whoever locks the name cannot lock its owner out; every other attempt counts against the name as typed.
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
    /** A sign-in, by the name as typed. Throws `RATE_LIMITED`, and what comparing throws. */
    signIn: <Result>(
      name: string,
      user: UserRecord | null,
      request: RequestInfo,
      compare: () => Promise<Result | null>,
    ): Promise<Attempt<Result>> => failures.attempt([counterOf(name, user, request)], compare),

    /**
     * The password of somebody who is signed in, counted as a sign-in and against the account: a thief who renames the
     * account gains no further guess. Throws `RATE_LIMITED`, and what comparing throws.
     */
    confirmation: <Result>(
      user: UserRecord,
      request: RequestInfo,
      compare: () => Promise<Result | null>,
    ): Promise<Attempt<Result>> =>
      failures.attempt([counterOf(user.usernameKey, user, request), ['confirmationsPerAccount', user._id]], compare),

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
