import type { AdminUser } from '@latchkey/shared/admin-schemas';
import type { AuditEventType } from '@latchkey/shared/schemas';
import { AppError } from '../../errors.ts';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import type { AccountDeletion } from '../account-deletion.ts';
import type { Admins } from '../admins.ts';
import type { Challenges } from '../challenges.ts';
import type { Machinery } from '../machinery.ts';
import type { RequestInfo } from '../request.ts';
import type { Viewer } from '../sessions.ts';
import { toAdminUser } from './user-list.ts';

const success = { success: true } as const;

/** What is done to whom, and why. */
export interface Action {
  userId: string;
  /** Why, as the record of what happened has it. */
  reason: string;
}

/** Who did it, in which session and why, for the record of what happened. */
export const particularsOf = ({ user, session }: Viewer, reason: string) => ({
  actor: user._id,
  sessionId: session._id,
  reason,
});

/**
 * What those who run the server do to somebody's account. Each is one conditional write, is recorded with who did it, in
 * which session and why, and is told to the owner by mail where it touches how they get in. Doing what is done already
 * changes, records and mails nothing.
 */
export function createUserActions({
  stores: { users },
  admins,
  challenges,
  deletion,
  counters,
  attempts,
  outbox,
  audit,
  notices,
  system,
}: Machinery & { admins: Admins; challenges: Challenges; deletion: AccountDeletion }) {
  async function find(userId: string): Promise<UserRecord> {
    const user = await users.findById(userId);
    if (!user) throw new AppError('NOT_FOUND');
    return user;
  }

  const record = (
    type: AuditEventType,
    { userId, reason }: Action,
    viewer: Viewer,
    request: RequestInfo,
    details: Record<string, string> = {},
  ) => audit.record(type, userId, request, { ...particularsOf(viewer, reason), ...details });

  return {
    /**
     * Shuts an account out, or lets it in again. Shutting out ends its sessions, voids its codes and links, and takes the
     * right of an administrator; letting in again brings none of it back.
     * Throws `NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN`, `CONFLICT`.
     */
    async setStatus(
      { status, ...action }: Action & { status: 'active' | 'disabled' },
      viewer: Viewer,
      request: RequestInfo,
    ): Promise<AdminUser> {
      const before = await find(action.userId);
      if (before.status === status) return toAdminUser(before, system.now());
      const changed =
        status === 'active'
          ? await users.enable(before._id)
          : await admins.without(before, users.disable, viewer.user._id);
      if (!changed) throw new AppError('CONFLICT');
      const kind = status === 'active' ? 'account-enabled' : 'account-disabled';
      await record(kind, action, viewer, request);
      await notices.send(kind, changed, request);
      return toAdminUser(changed, system.now());
    },

    /** Makes an account an administrator, or one no longer. Throws `NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN`, `CONFLICT`. */
    async setRole(
      { role, ...action }: Action & { role: UserRecord['role'] },
      viewer: Viewer,
      request: RequestInfo,
    ): Promise<AdminUser> {
      const before = await find(action.userId);
      const { user, changed } =
        role === 'admin' ? await admins.promote(before._id) : await admins.demote(before, viewer.user._id);
      if (changed) {
        await record('role-changed', action, viewer, request, { role });
        await notices.send(role === 'admin' ? 'role-granted' : 'role-withdrawn', user, request);
      }
      return toAdminUser(user, system.now());
    },

    /** Ends what keeps somebody out who mistyped too often, and the waits for codes and mails. Throws `NOT_FOUND`. */
    async unlock(action: Action, viewer: Viewer, request: RequestInfo) {
      const user = await find(action.userId);
      await counters.settle({ clear: [...attempts.accountRowsOf(user), ...challenges.countersOf(user)] });
      await record('account-unlocked', action, viewer, request);
      await notices.send('account-unlocked', user, request);
      return success;
    },

    /** Ends every session of an account. Throws `NOT_FOUND`. */
    async revokeSessions(action: Action, viewer: Viewer, request: RequestInfo) {
      const user = await users.endSessionsOf(action.userId);
      if (!user) throw new AppError('NOT_FOUND');
      await record('sessions-ended', action, viewer, request);
      await notices.send('sessions-ended', user, request);
      return success;
    },

    /** Has a link to set a new password mailed to the address of an account. Throws `NOT_FOUND`, `CONFLICT` where it is not active. */
    async sendPasswordReset(action: Action, viewer: Viewer, request: RequestInfo) {
      const user = await find(action.userId);
      if (user.status !== 'active') throw new AppError('CONFLICT');
      const { ip, userAgent } = request;
      await outbox.enqueue('password-reset', { to: user.email, locale: user.locale }, { ip, userAgent });
      await record('password-reset-sent', action, viewer, request);
      return success;
    },

    /**
     * Deletes an account as its owner could: one whose address was changed a short while ago is closed until nobody can undo
     * that. Throws `NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN`, `CONFLICT`.
     */
    async deleteUser(action: Action, viewer: Viewer, request: RequestInfo) {
      const user = await find(action.userId);
      const ended = await deletion.endFor(user, viewer.user._id, request);
      if (!ended) throw new AppError((await users.findById(user._id)) ? 'CONFLICT' : 'NOT_FOUND');
      if (ended.closedUntil) {
        await record('account-closed', action, viewer, request);
        return success;
      }
      await record('account-deleted', action, viewer, request);
      await audit.forgetOrigins(user._id);
      await notices.send('account-deleted-by-admin', user, request);
      return success;
    },
  };
}
