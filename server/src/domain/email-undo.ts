import { AppError } from '../errors.ts';
import type { EmailUndoRecord, UserRecord } from '../infra/stores/users/user-record.ts';
import type { AccountDeletion } from './account-deletion.ts';
import type { Challenges } from './challenges.ts';
import type { Machinery } from './machinery.ts';
import type { MintedUndoLink } from './mail/minters.ts';
import { canonicalKey } from './names.ts';
import type { RequestInfo } from './request.ts';
import { hmac, sameMac } from './tokens/keys.ts';

/** For how many days a change of address can be undone. */
export const undoDays = 7;

/**
 * The way back from a change of address, by the notice to the address of before. Its code is the MAC of an entry in the
 * account, so it is minted when the notice is sent and stands nowhere at rest.
 */
export function createEmailUndo({
  stores: { users },
  passwords,
  attempts,
  counters,
  audit,
  notices,
  site,
  keys,
  devices,
  system,
  challenges,
  deletion,
}: Machinery & { challenges: Challenges; deletion: AccountDeletion }) {
  const undoKeys = keys('email-undo');

  /** The account and entry that a code stands for, if one of our keys made it. */
  function readUndoCode(code: string) {
    const [userId, undoId, mac, ...rest] = code.split('.');
    if (!userId || !undoId || !mac || rest.length > 0) return undefined;
    const genuine = undoKeys.all.some(({ key }) => sameMac(mac, hmac(key, `${userId}.${undoId}`)));
    return genuine ? { userId, undoId } : undefined;
  }

  /** What a code can still undo. Of a closed account, too: nothing else reaches one. */
  async function findOpen(code: string): Promise<{ user: UserRecord; undo: EmailUndoRecord } | undefined> {
    const claims = readUndoCode(code);
    const user = claims && (await users.findById(claims.userId));
    const now = system.now();
    const undo = user?.emailUndos.find((entry) => entry._id === claims?.undoId && entry.expiresAt > now);
    return user && undo && user.status !== 'disabled' ? { user, undo } : undefined;
  }

  return {
    /** The link for the notice to the old address. */
    undoLink({ userId, undoId }: { userId: string; undoId: string }): MintedUndoLink {
      const mac = hmac(undoKeys.current.key, `${userId}.${undoId}`);
      const undoUrl = `${site.publicUrl()}/undo-email-change#code=${userId}.${undoId}.${mac}`;
      return { undoUrl, validDays: undoDays };
    },

    /** Whether an undo could still be used; uses nothing up. */
    isUsable: async (code: string): Promise<boolean> => (await findOpen(code)) !== undefined,

    /**
     * Brings the old address back with a new password and ends every session. Undoes every later change with it, so a
     * thief's own undo link is void; an earlier one still works. An account that was closed meanwhile is open again. The
     * browser that undoes is known from now on.
     * Throws `RESET_TOKEN_INVALID`, `PASSWORD_TOO_COMMON`, `BUSY`.
     */
    async undo(
      { code, password }: { code: string; password: string },
      request: RequestInfo,
    ): Promise<{ success: true }> {
      const found = await findOpen(code);
      if (!found) throw new AppError('RESET_TOKEN_INVALID');
      const { user, undo } = found;
      await passwords.assertStrong(password, { ...user, email: undo.email }, request);
      const passwordHash = await passwords.hash(password, request);
      const emailKey = canonicalKey(undo.email);
      const now = system.now();
      // Whoever moved the account away may have registered the old address since, to keep its owner out.
      await users.vacateEmail(emailKey, now);
      const restored = await users.undoEmailChange(user._id, undo, { emailKey, passwordHash, now });
      if (!restored || restored === 'taken') throw new AppError('RESET_TOKEN_INVALID');
      await counters.settle({ clear: [...attempts.rowsOf(restored, request), ...challenges.countersOf(restored)] });
      await audit.record('email-change-undone', restored._id, request);
      await notices.send('password-reset-done', restored, request);
      devices.remember(request, restored._id);
      return { success: true };
    },

    /**
     * Gives up the way back, by the notice to the old address only: whoever reads the new one may be a thief. A closed
     * account that no other way leads back to is deleted with it. Throws `RESET_TOKEN_INVALID`.
     */
    async giveUp({ code }: { code: string }, request: RequestInfo): Promise<{ success: true }> {
      const found = await findOpen(code);
      const user = found && (await users.closeEmailUndo(found.user._id, found.undo._id, system.now()));
      if (!user) throw new AppError('RESET_TOKEN_INVALID');
      await audit.record('email-undo-closed', user._id, request);
      if (user.status === 'closed') await deletion.endClosed(user, request);
      return { success: true };
    },
  };
}
