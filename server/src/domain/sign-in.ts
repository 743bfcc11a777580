import type { Tokens as SessionTokens, User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { TokenDelivery, UserRecord } from '../infra/stores/users/user-record.ts';
import type { Challenges, ChallengeView, TypedCode } from './challenges.ts';
import type { HashCaller } from './hashing/queue.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey, nameKeyOf } from './names.ts';
import type { RequestInfo } from './request.ts';
import type { Sessions } from './sessions.ts';
import { toUser } from './to-user.ts';

/**
 * Signing in with a password and a mailed code. Unknown name, wrong password and disabled account are refused alike, in
 * the same time (ASVS 5.0, 6.3.8).
 */
export function createSignIn({
  stores: { users },
  passwords,
  decoys,
  devices,
  counters,
  refreshCookie,
  attempts,
  audit,
  system,
  challenges,
  sessions,
}: Machinery & { challenges: Challenges; sessions: Sessions }) {
  async function rehash(user: UserRecord, password: string, caller: HashCaller): Promise<void> {
    if (passwords.isOutdated(user.passwordHash)) {
      await users.rehash(user._id, user.passwordHash, await passwords.hash(password, caller));
    }
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
      const found = await users.findForSignIn(nameKeyOf(name), system.now());
      const known = found && devices.find(request, found._id) ? found._id : undefined;
      const caller = { network: request.network, knownAccount: known };
      const attempted = {
        failures: [attempts.counterOf(name, found, request)],
        calls: attempts.networksOf('signInsPerAddress', found?._id, request),
        // Before the compare, so that a used-up share of codes tells nothing about the password.
        room: challenges.sharesOf(found?.emailKey ?? canonicalKey(name)),
      };
      const {
        result: user,
        locked,
        counted,
      } = await counters.attempt(attempted, async () => {
        const matched = await passwords.matches(password, decoys.hashFor(name, found), caller);
        return matched && found?.status === 'active' ? found : null;
      });
      if (!user) {
        await audit.record(
          locked ? 'sign-in-locked' : 'sign-in-failed',
          found?._id,
          request,
          found ? {} : { nameHash: audit.fingerprint(name) },
        );
        throw new AppError('INVALID_CREDENTIALS');
      }
      const [challenge] = await Promise.all([
        challenges.start('login', user, request),
        counters.settle({ giveBack: counted }),
        rehash(user, password, caller),
      ]);
      return { message: 'OTP sent to your registered email address.', ...challenge };
    },

    /**
     * Opens a session with the mailed code. With `tokenDelivery: 'cookie'` the refresh token is set as a cookie instead
     * of being returned, and a session that such a cookie held is replaced. By REST the session keeps one refresh token.
     * Throws `OTP_INVALID`, `CHALLENGE_EXPIRED`, `BAD_ORIGIN`, `RATE_LIMITED`.
     */
    async verifyOtp(
      { tokenDelivery, ...code }: TypedCode & { tokenDelivery: TokenDelivery },
      request: RequestInfo,
    ): Promise<SessionTokens & { deviceToken?: string; user: User }> {
      if (tokenDelivery === 'cookie') refreshCookie.assertOwnOrigin(request);
      const delivery = request.rest ? 'rest' : tokenDelivery;
      const [challenge, held] = await Promise.all([
        challenges.redeem('login', code, request),
        delivery === 'cookie' ? sessions.heldBy(request) : undefined,
      ]);
      const { user, tokens } = await sessions.open(challenge, delivery, request, held);
      return { ...tokens, user: toUser(user) };
    },
  };
}
