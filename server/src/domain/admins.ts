import { AppError } from '../errors.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import type { Outside } from './outside.ts';

/**
 * Who runs the server. One document decides it, so that of two administrators who remove each other one stays; the roles in
 * accounts are copies. Every administrator is an active account: disabling or deleting one takes the right first.
 */
export function createAdmins({ stores: { admins, users } }: { stores: Pick<Outside['stores'], 'admins' | 'users'> }) {
  /**
   * Takes the right from an account where another administrator stays, and does what that was a condition of.
   * @param act gives null where it could not be done: then the account has its right back
   * @param by who asks for it, where it is not the account itself: they must still be one
   * Throws `LAST_ADMIN`, and `FORBIDDEN` where `by` is none any more.
   */
  async function without<Result>(
    userId: string,
    act: () => Promise<Result | null>,
    by?: string,
  ): Promise<Result | null> {
    let ids = await admins.list();
    const removed = ids.includes(userId) && (await admins.remove(userId, by));
    if (ids.includes(userId) && !removed) ids = await admins.list();
    if (by !== undefined && !ids.includes(by)) throw new AppError('FORBIDDEN');
    if (!removed && ids.includes(userId)) throw new AppError('LAST_ADMIN');
    const result = await act().catch(async (error: unknown) => {
      if (removed) await admins.add(userId);
      throw error;
    });
    if (result === null && removed) await admins.add(userId);
    // Somebody may have made it one in between.
    if (result !== null) await admins.remove(userId);
    return result;
  }

  return {
    without,

    isAdmin: (userId: string): Promise<boolean> => admins.has(userId),

    /** Throws `FORBIDDEN`. */
    async assertAdmin(userId: string): Promise<void> {
      if (!(await admins.has(userId))) throw new AppError('FORBIDDEN');
    },

    /** Makes an active account an administrator, which never lapses. Throws `NOT_FOUND`, `CONFLICT` where it is not active. */
    async promote(userId: string): Promise<UserRecord> {
      const user = await users.findById(userId);
      if (!user) throw new AppError('NOT_FOUND');
      if (user.status !== 'active') throw new AppError('CONFLICT');
      await admins.add(userId);
      const promoted = await users.copyRole(userId, 'admin');
      if (promoted) return promoted;
      await admins.remove(userId);
      throw new AppError('CONFLICT');
    },

    /** Takes the right, and nothing else. Throws `NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN`. */
    async demote(userId: string, by: string): Promise<UserRecord> {
      const demoted = await without(
        userId,
        async () => (await users.copyRole(userId, 'user')) ?? users.findById(userId),
        by,
      );
      if (!demoted) throw new AppError('NOT_FOUND');
      return demoted;
    },

    /** Drops those that are no active accounts, as after a restored backup, and makes the roles in accounts what they are copies of. */
    async repair(): Promise<void> {
      const listed = await admins.list();
      const active = await users.findActive(listed);
      if (active.length < listed.length) await admins.keepOnly(active);
      await users.repairRoles(active);
    },

    /** Whether there is nobody to run the server. */
    isMissing: async (): Promise<boolean> => (await admins.list()).length === 0,
  };
}

export type Admins = ReturnType<typeof createAdmins>;
