import type { ConfirmedOwner } from '../infra/stores/users/user-ending-store.ts';
import type { EmailUndoRecord, UserRecord } from '../infra/stores/users/user-record.ts';
import type { Admins } from './admins.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey } from './names.ts';
import type { WithPassword } from './password-confirmation.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';

/** The ways back from a change of address that are open, the oldest first. */
const openUndosOf = ({ emailUndos }: UserRecord, now: Date): EmailUndoRecord[] =>
  emailUndos.filter(({ expiresAt }) => expiresAt > now).sort((a, b) => a.changedAt.getTime() - b.changedAt.getTime());

const lastMoment = (undos: readonly EmailUndoRecord[]): Date | undefined =>
  undos.length > 0 ? new Date(Math.max(...undos.map(({ expiresAt }) => expiresAt.getTime()))) : undefined;

/**
 * Deleting an account. One whose address was changed a short while ago is closed first, until nobody can undo that any
 * more: a thief who moved it and then deletes it keeps its owner from nothing.
 */
export function createAccountDeletion({
  stores: { users },
  audit,
  notices,
  system,
  admins,
  withPassword,
}: Machinery & { admins: Admins; withPassword: WithPassword }) {
  /**
   * Deletes or closes, as the account is at that very moment.
   * @param roleVersion of the role that was read
   */
  async function end(
    owner: ConfirmedOwner,
    { roleVersion }: UserRecord,
  ): Promise<{ user: UserRecord; closedUntil: Date | undefined } | null> {
    const user = await users.findConfirmed(owner);
    if (!user || user.roleVersion !== roleVersion) return null;
    const closedUntil = lastMoment(openUndosOf(user, owner.now));
    // Noted before it is closed: where that fails, the account is found alive when the time comes, and keeps all.
    if (closedUntil) await audit.forgetOriginsAfter(user._id, closedUntil);
    const ended = closedUntil ? await users.close(owner, user, closedUntil) : await users.remove(owner, user);
    return ended ? { user, closedUntil } : null;
  }

  async function noteDeletion(user: UserRecord, request: RequestInfo, sessionId?: string): Promise<void> {
    await audit.record('account-deleted', user._id, request, { ...(sessionId !== undefined && { sessionId }) });
    await audit.forgetOrigins(user._id);
    await notices.send('account-deleted', user, request);
  }

  /** Tells every address that can still take the account back, and the one that it has. */
  async function tellOfClosing(user: UserRecord, closedUntil: Date, request: RequestInfo): Promise<void> {
    const told = new Map<string, EmailUndoRecord>();
    for (const undo of openUndosOf(user, system.now())) {
      const key = canonicalKey(undo.email);
      // The oldest way back of an address undoes the others with it.
      if (!told.has(key)) told.set(key, undo);
    }
    await Promise.all([
      !told.has(user.emailKey) &&
        notices.sendTo(user.email, 'account-closed', user, request, { until: closedUntil.toISOString() }),
      ...[...told.values()].map(({ _id: undoId, email, expiresAt }) =>
        notices.sendTo(email, 'account-closed-undo', user, request, {
          until: expiresAt.toISOString(),
          userId: user._id,
          undoId,
        }),
      ),
    ]);
  }

  return {
    /**
     * Deletes or closes an account for somebody else, as its owner would have. Tells nobody but those who can take it back.
     * Gives until when it is closed, or null where it is no longer as it was read.
     * @param by who asks for it, who must be allowed to at that very moment
     */
    async endFor(
      user: UserRecord,
      by: string,
      request: RequestInfo,
    ): Promise<{ closedUntil: Date | undefined } | null> {
      const ended = await admins.without(
        user,
        async (current) => {
          const closedUntil = current.status === 'active' ? lastMoment(openUndosOf(current, system.now())) : undefined;
          const done = await (closedUntil ? users.closeFor(current, closedUntil) : users.removeFor(current));
          return done ? { closedUntil } : null;
        },
        by,
      );
      if (ended?.closedUntil) await tellOfClosing(user, ended.closedUntil, request);
      return ended;
    },

    /**
     * Deletes the account for good, or closes it until the moment that it gives.
     * Throws `LAST_ADMIN`, and what confirming the current password throws.
     */
    async deleteAccount(
      { currentPassword }: { currentPassword: string },
      viewer: Viewer,
      request: RequestInfo,
    ): Promise<{ success: true; closedUntil?: string }> {
      const { user, closedUntil } = await withPassword(currentPassword, viewer, request, (owner) =>
        admins.without(viewer.user, (current) => end(owner, current)),
      );
      const sessionId = viewer.session._id;
      if (!closedUntil) {
        await noteDeletion(user, request, sessionId);
        return { success: true };
      }
      await audit.record('account-closed', user._id, request, { sessionId });
      await tellOfClosing(user, closedUntil, request);
      return { success: true, closedUntil: closedUntil.toISOString() };
    },

    /** Deletes a closed account whose last way back was given up; where others are open, it ends with the last of them. */
    async endClosed(user: UserRecord, request: RequestInfo): Promise<void> {
      const now = system.now();
      const until = lastMoment(openUndosOf(user, now));
      if (until) {
        await audit.forgetOriginsAfter(user._id, until);
        await users.closeUntil(user, until);
      } else if (await users.removeClosed(user, now)) {
        await noteDeletion(user, request);
      }
    },
  };
}

export type AccountDeletion = ReturnType<typeof createAccountDeletion>;
