import { AppError } from '../errors.ts';
import { addSeconds, hourSeconds } from '../time.ts';
import type { Challenges, ChallengeView } from './challenges.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey } from './names.ts';
import type { RequestInfo } from './request.ts';

const validSeconds = hourSeconds;
const maxCorrections = 3;

/** Putting right an address that was mistyped at registration: no code reaches its owner, so they could never get in. */
export function createRegistrationEmail({
  stores: { users },
  registrationTokens,
  audit,
  system,
  challenges,
}: Machinery & { challenges: Challenges }) {
  const tooLate = () => new AppError('CHALLENGE_EXPIRED', { resendable: false });

  return {
    /**
     * Moves an account that was registered in the last hour, and that nobody has signed in to, to another address and has
     * a code mailed there. Everything mailed before is void: a code of the first address must not verify the second.
     * Throws `EMAIL_TAKEN`, `CHALLENGE_EXPIRED`, `RATE_LIMITED`.
     */
    async change(
      { registrationToken, email }: { registrationToken: string; email: string },
      request: RequestInfo,
    ): Promise<ChallengeView> {
      const userId = registrationTokens.read(registrationToken);
      const registered = userId === undefined ? null : await users.findById(userId);
      if (!registered) throw tooLate();
      const now = system.now();
      const emailKey = canonicalKey(email);
      // Before anything is written: a refused request leaves the account as it was.
      await challenges.assertRoom({ ...registered, email, emailKey }, request);
      await users.removeLapsed({ emailKey }, now);
      const condition = { userId: registered._id, registeredAfter: addSeconds(now, -validSeconds), maxCorrections };
      const user = await users.correctEmail(condition, { email, emailKey });
      if (user === 'taken') throw new AppError('EMAIL_TAKEN');
      if (!user) throw tooLate();
      await audit.record('registration-email-changed', user._id, request);
      return challenges.start('login', user, request);
    },
  };
}
