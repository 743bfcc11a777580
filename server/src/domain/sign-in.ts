import type { Tokens as TokenAnswer, User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { System } from '../infra/system.ts';
import type { UserRecord, UsersStore } from '../infra/users-store.ts';
import { toUser } from './accounts.ts';
import type { Audit } from './audit.ts';
import type { Challenges, ChallengeView } from './challenges.ts';
import type { Decoys } from './hashing/decoys.ts';
import type { HashCaller } from './hashing/queue.ts';
import type { SignInAttempts } from './limits/sign-in-attempts.ts';
import type { Notices } from './mail/notices.ts';
import { canonicalKey, nameKeyOf } from './names.ts';
import type { Passwords } from './passwords.ts';
import type { RequestInfo } from './request.ts';
import type { Sessions, TokenDelivery } from './sessions.ts';
import type { Devices } from './tokens/devices.ts';
import type { RefreshCookie } from './tokens/refresh-cookie.ts';

/**
 * Signing in with a password and a mailed code. Unknown name, wrong password and disabled account answer alike, in the
 * same time (ASVS 5.0, 6.3.8).
 */
export function createSignIn({
  users,
  passwords,
  decoys,
  challenges,
  sessions,
  refreshCookie,
  devices,
  attempts,
  audit,
  notices,
  system,
}: {
  users: UsersStore;
  passwords: Passwords;
  decoys: Decoys;
  challenges: Challenges;
  sessions: Sessions;
  refreshCookie: RefreshCookie;
  devices: Devices;
  attempts: SignInAttempts;
  audit: Audit;
  notices: Notices;
  system: System;
}) {
  async function rehash(user: UserRecord, password: string, caller: HashCaller): Promise<void> {
    if (passwords.isOutdated(user.passwordHash)) {
      await users.rehash(user._id, user.passwordHash, await passwords.hash(password, caller));
    }
  }

  /** Everything a sign-in leaves behind once its session is open. */
  async function welcome(before: UserRecord, request: RequestInfo): Promise<void> {
    const device = devices.find(request, before._id);
    const known = device !== undefined || (await audit.knowsBrowser(before._id, request));
    const firstSignIn = before.lastLoginAt === undefined;
    if (!firstSignIn && !known) await notices.send('new-device', before, request);
    await attempts.clear(before, request);
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
      await challenges.assertRoom('login', user?._id ?? canonicalKey(name));
      const reservation = await attempts.reserve(name, user, request);

      const known = user && devices.find(request, user._id) ? user._id : undefined;
      const caller = { network: request.network, knownAccount: known };
      const hash = decoys.hashFor(name, user);
      const matched = await attempts.during(reservation, () => passwords.matches(password, hash, caller));
      if (!user || !matched || user.status !== 'active') {
        await audit.record(
          reservation.locks ? 'sign-in-locked' : 'sign-in-failed',
          user?._id,
          request,
          user ? {} : { nameHash: audit.fingerprint(name) },
        );
        throw new AppError('INVALID_CREDENTIALS');
      }
      await attempts.giveBack(reservation);
      await rehash(user, password, caller);
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
      // Before the new one is opened: it takes the place of this session, not of the oldest of another device.
      if (tokenDelivery === 'cookie') await sessions.endReplaced(userId, request);
      const before = await users.openSession({ userId, credentialVersion, now }, session);
      if (!before) throw new AppError('CHALLENGE_EXPIRED');
      await welcome(before, request);
      const user = toUser({ ...before, emailVerifiedAt: before.emailVerifiedAt ?? now, lastLoginAt: now });
      return { ...sessions.issue(userId, session, tokenDelivery, request), user };
    },
  };
}
