import type { AdminUser, UpdateUserInput } from '@latchkey/shared/admin-schemas';
import { fieldMessages } from '@latchkey/shared/schemas';
import { AppError, ValidationError } from '../../errors.ts';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import type { ChallengeView } from '../challenges.ts';
import type { EmailChange } from '../email-change.ts';
import type { Machinery } from '../machinery.ts';
import { changedNames } from '../names.ts';
import type { RequestInfo } from '../request.ts';
import type { Viewer } from '../sessions.ts';
import type { UsernameChange } from '../username-change.ts';
import { particularsOf } from './user-actions.ts';
import { toAdminUser } from './user-list.ts';

/** Changing what an account says of somebody, on their behalf. Nothing here lets who does it sign in as them. */
export function createUserChanges({
  stores: { users },
  audit,
  notices,
  system,
  emailChange,
  usernameChange,
}: Machinery & { emailChange: EmailChange; usernameChange: UsernameChange }) {
  /** Gives the account after the change, or as it was where nothing changes. */
  async function changeProfile(
    user: UserRecord,
    { firstName, lastName, locale }: Pick<UpdateUserInput, 'firstName' | 'lastName' | 'locale'>,
    record: (type: 'profile-updated') => Promise<void>,
  ): Promise<UserRecord> {
    const changes = { ...changedNames({ firstName, lastName }), ...(locale !== undefined && { locale }) };
    if (Object.keys(changes).length === 0) return user;
    const changed = await users.changeProfileOf(user._id, changes);
    if (!changed) throw new AppError('NOT_FOUND');
    await record('profile-updated');
    return changed;
  }

  async function rename(
    user: UserRecord,
    username: string | undefined,
    request: RequestInfo,
    record: (type: 'username-changed') => Promise<void>,
  ): Promise<UserRecord> {
    if (username === undefined || username === user.username) return user;
    const renamed = await usernameChange.rename(user, username);
    await record('username-changed');
    await notices.sendTo(renamed.email, 'username-changed-by-admin', user, request, { newUsername: renamed.username });
    return renamed;
  }

  return {
    /**
     * Changes what is given and nothing else. A new address takes two calls: one that has a code mailed to it, and one with
     * that code, which only the owner of the address can have told; the old address can undo it for a week.
     * Throws `NOT_FOUND`, `USERNAME_TAKEN`, `EMAIL_TAKEN`, `OTP_INVALID`, `CHALLENGE_EXPIRED`, `RATE_LIMITED`, `CONFLICT`.
     */
    async update(
      { userId, reason, username, email, challengeId, otp, ...profile }: UpdateUserInput,
      viewer: Viewer,
      request: RequestInfo,
    ): Promise<AdminUser & { emailChange?: ChallengeView }> {
      const particulars = particularsOf(viewer, reason);
      if ((challengeId === undefined) !== (otp === undefined)) {
        throw new ValidationError({ [otp === undefined ? 'otp' : 'challengeId']: [fieldMessages.required] });
      }
      const found = await users.findById(userId);
      if (!found) throw new AppError('NOT_FOUND');
      const record = (type: 'profile-updated' | 'username-changed') => audit.record(type, userId, request, particulars);
      let user = await rename(found, username, request, record);
      user = await changeProfile(user, profile, record);
      if (challengeId !== undefined && otp !== undefined) {
        user = await emailChange.confirmFor(user, { challengeId, otp }, request, particulars);
      }
      const moves = email !== undefined && email !== user.email;
      const requested = moves ? await emailChange.requestFor(user, email, request, particulars) : undefined;
      return { ...toAdminUser(user, system.now()), ...(requested && { emailChange: requested }) };
    },
  };
}
