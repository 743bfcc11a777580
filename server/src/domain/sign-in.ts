import type { Tokens as TokenAnswer, User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { System } from '../infra/system.ts';
import type { UserRecord, UsersStore } from '../infra/users-store.ts';
import { toUser } from './accounts.ts';
import type { Audit } from './audit.ts';
import type { Challenges, ChallengeView } from './challenges.ts';
import type { Devices } from './devices.ts';
import type { Failures } from './failures.ts';
import { canonicalKey, nameKeyOf } from './names.ts';
import type { Notices } from './notices.ts';
import type { Passwords } from './passwords.ts';
import type { RefreshCookie } from './refresh-cookie.ts';
import type { RequestInfo } from './request.ts';
import type { Sessions, TokenDelivery } from './sessions.ts';

/**
 * Signing in with a password and a mailed code. Unknown name, wrong password and disabled account answer alike, in the
 * same time (ASVS 5.0, 6.3.8).
 */
export function createSignIn({
  users,
  passwords,
  challenges,
  sessions,
  refreshCookie,
  devices,
  failures,
  audit,
  notices,
  system,
}: {
  users: UsersStore;
  passwords: Passwords;
  challenges: Challenges;
  sessions: Sessions;
  refreshCookie: RefreshCookie;
  devices: Devices;
  failures: Failures;
  audit: Audit;
  notices: Notices;
  system: System;
}) {
  /** A browser that has signed in before has failures of its own; every other counts against the name as typed. */
  function reserve(name: string, user: UserRecord | null, request: RequestInfo) {
    const device = devices.find(request, user?._id);
    return device
      ? failures.reserve('signInsPerDevice', device.deviceId)
      : failures.reserve('signInsPerName', canonicalKey(name));
  }

  async function rehash(user: UserRecord, password: string): Promise<void> {
    if (passwords.isOutdated(user.passwordHash)) {
      await users.rehash(user._id, user.passwordHash, await passwords.hash(password));
    }
  }

  /** Everything a sign-in leaves behind once its session is open. */
  async function welcome(before: UserRecord, request: RequestInfo): Promise<void> {
    const device = devices.find(request, before._id);
    const known = device !== undefined || (await audit.knowsBrowser(before._id, request));
    const firstSignIn = before.lastLoginAt === undefined;
    if (!firstSignIn && !known) await notices.send('new-device', before, request);
    await failures.clearSignIns(before, device?.deviceId);
    await audit.record('signed-in', before._id, request);
    devices.remember(request, before._id, device);
  }

  return {
    /**
     * Checks the password and has a code mailed.
     * @param username a username or an e-mail address
     * Throws `INVALID_CREDENTIALS`, `RATE_LIMITED`, `BUSY`.
     */
    async login(
      { username: name, password }: { username: string; password: string },
      request: RequestInfo,
    ): Promise<ChallengeView & { message: string }> {
      const user = await users.findByName(nameKeyOf(name), system.now());
      // Before the compare, so that a used-up share of codes tells nothing about the password, and before anything is
      // counted as a failure, as no password is compared.
      if (user) await challenges.assertRoom('login', user._id);
      const reservation = await reserve(name, user, request);

      const matched = await failures.during(reservation, () => passwords.matches(password, user?.passwordHash));
      if (!user || !matched || user.status !== 'active') {
        await audit.record(
          reservation.lockedUntil ? 'sign-in-locked' : 'sign-in-failed',
          user?._id,
          request,
          user ? {} : { nameHash: audit.fingerprint(name) },
        );
        throw new AppError('INVALID_CREDENTIALS');
      }
      await failures.giveBack(reservation);
      await rehash(user, password);
      const challenge = await challenges.start('login', user, request);
      await audit.record('code-sent', user._id, request);
      return { message: 'OTP sent to your registered email address.', ...challenge };
    },

    /**
     * Opens a session with the mailed code. With `tokenDelivery: 'cookie'` the refresh token is set as a cookie instead
     * of being returned, and a session that such a cookie held is replaced.
     * Throws `OTP_INVALID`, `CHALLENGE_EXPIRED`, `BAD_ORIGIN`, `RATE_LIMITED`.
     */
    async verifyOtp(
      { tokenDelivery, ...answer }: { challengeId: string; otp: string; tokenDelivery: TokenDelivery },
      request: RequestInfo,
    ): Promise<TokenAnswer & { user: User }> {
      if (tokenDelivery === 'cookie') refreshCookie.assertOwnOrigin(request);
      const { userId, credentialVersion } = await challenges.redeem('login', answer, request);
      const now = system.now();
      const session = sessions.create(request);
      const before = await users.openSession({ userId, credentialVersion, now }, session);
      if (!before) throw new AppError('CHALLENGE_EXPIRED');
      if (tokenDelivery === 'cookie') await sessions.endReplaced(userId, request);
      await welcome(before, request);
      const user = toUser({ ...before, emailVerifiedAt: before.emailVerifiedAt ?? now, lastLoginAt: now });
      return { ...sessions.issue(userId, session, tokenDelivery, request), user };
    },
  };
}
