import { fieldMessages, type User } from '@latchkey/shared/schemas';
import { AppError, ValidationError } from '../errors.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId } from '../infra/system.ts';
import { addSeconds, daySeconds } from '../time.ts';
import type { Challenges, ChallengeView, TypedCode } from './challenges.ts';
import { undoDays } from './email-undo.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey, maskEmail } from './names.ts';
import type { WithPassword } from './password-confirmation.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';
import { toUser } from './to-user.ts';

/** Moving an account to another address: a code to the new one confirms it, a notice to the old one can undo it. */
export function createEmailChange({
  stores: { users },
  counters,
  audit,
  notices,
  system,
  challenges,
  withPassword,
}: Machinery & { challenges: Challenges; withPassword: WithPassword }) {
  /** Throws `EMAIL_TAKEN` where somebody has shown the address to be theirs. */
  async function assertFree(email: string): Promise<void> {
    const holder = await users.findByName({ emailKey: canonicalKey(email) }, system.now());
    if (holder && holder.unverifiedUntil === undefined) throw new AppError('EMAIL_TAKEN');
  }

  /**
   * Moves the account with the mailed code, ends its other sessions, or all where none of them asked for it, and tells both
   * addresses.
   * @param particulars what the record of the event has beside it
   */
  async function move(
    before: UserRecord,
    code: TypedCode,
    request: RequestInfo,
    { sessionId, particulars = {} }: { sessionId?: string; particulars?: Record<string, string> },
  ): Promise<UserRecord> {
    const redeemed = await challenges.redeem('email-change', code, request, before._id);
    const { email, credentialVersion, counted } = redeemed;
    await counters.settle({ giveBack: counted });
    if (email === undefined) throw new AppError('CHALLENGE_EXPIRED', { resendable: false });
    const now = system.now();
    const emailKey = canonicalKey(email);
    const undo = {
      _id: randomId(system),
      email: before.email,
      changedAt: now,
      expiresAt: addSeconds(now, undoDays * daySeconds),
    };
    // Whoever holds the address without having shown that it is theirs gives way to its owner.
    await users.vacateEmail(emailKey, now);
    const change = { userId: before._id, sessionId, credentialVersion, now };
    const user = await users.changeEmail(change, { email, emailKey, undo });
    if (user === 'taken') throw new AppError('EMAIL_TAKEN');
    if (!user) {
      const isSignedIn = sessionId === undefined || (await users.findSignedIn(before._id, sessionId, now));
      throw isSignedIn ? new AppError('CHALLENGE_EXPIRED', { resendable: false }) : new AppError('UNAUTHENTICATED');
    }
    await audit.record('email-changed', user._id, request, particulars);
    await notices.send('email-changed', user, request);
    const details = { newEmail: maskEmail(email), userId: user._id, undoId: undo._id };
    await notices.sendTo(before.email, 'email-changed-undo', user, request, details);
    return user;
  }

  return {
    /**
     * Has a code mailed to the new address for somebody else than the owner. Throws `EMAIL_TAKEN`, `RATE_LIMITED`.
     * @param particulars what the record of the event has beside it
     */
    async requestFor(user: UserRecord, email: string, request: RequestInfo, particulars: Record<string, string>) {
      await counters.consume(['emailChangesPerAccount', user._id]);
      await assertFree(email);
      return challenges.start('email-change', user, request, email, particulars);
    },

    /** Moves the account with the code that its owner read at the new address, and ends all its sessions. */
    confirmFor: (user: UserRecord, code: TypedCode, request: RequestInfo, particulars: Record<string, string>) =>
      move(user, code, request, { particulars }),

    /**
     * Has a code mailed to the new address.
     * Throws `VALIDATION` for the address that the account has, `EMAIL_TAKEN`, `RATE_LIMITED`, and what confirming the current password throws.
     */
    async request(
      { email, currentPassword }: { email: string; currentPassword: string },
      viewer: Viewer,
      request: RequestInfo,
    ): Promise<ChallengeView> {
      if (canonicalKey(email) === viewer.user.emailKey) throw new ValidationError({ email: [fieldMessages.sameEmail] });
      const user = await withPassword(currentPassword, viewer, request, (owner) => users.findConfirmed(owner));
      // Before the look-up: without it this would tell of any number of addresses whether they have an account.
      await counters.consume(['emailChangesPerAccount', user._id]);
      await assertFree(email);
      return challenges.start('email-change', user, request, email);
    },

    /**
     * Moves the account with the mailed code, ends every other session and tells both addresses.
     * Throws `OTP_INVALID`, `CHALLENGE_EXPIRED`, `EMAIL_TAKEN`, `UNAUTHENTICATED`, `RATE_LIMITED`.
     */
    confirm: async (code: TypedCode, { user, session }: Viewer, request: RequestInfo): Promise<User> =>
      toUser(
        await move(user, code, request, {
          sessionId: session._id,
          particulars: { sessionId: session._id },
        }),
      ),
  };
}

export type EmailChange = ReturnType<typeof createEmailChange>;
