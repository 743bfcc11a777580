import { AppError } from '../errors.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId } from '../infra/system.ts';
import type { Outside } from './outside.ts';

/** So often somebody else may decide about the same account in between. */
const maxRounds = 5;

/**
 * Who runs the server. One document decides it, the list, so that of two administrators who remove each other one stays; the
 * roles in accounts are copies.
 *
 * Nobody in the list is anything but an active account, at no moment. Two documents are written for that in an order: making
 * one is a mark in the list, the copy, and the list where the mark still stands; disabling or deleting one is the list, which
 * takes the mark too, and then the account where its `roleVersion` is still the one that was read before the list. That rises
 * with every copy, and so whoever comes second finds either no mark or another version, and begins anew. Whoever stops between
 * two writes leaves an account that is no administrator, with a copy at most that says so: the next change of that
 * account goes by the list, and `repair` mends it at the next start.
 */
export function createAdmins({
  stores: { admins, users },
  system,
}: Pick<Outside, 'system'> & { stores: Pick<Outside['stores'], 'admins' | 'users'> }) {
  /** Makes an account one, as it was read. Null where somebody else decided about it since, or does so now. */
  async function give(user: UserRecord): Promise<UserRecord | null> {
    const mark = randomId(system);
    await admins.join(user._id, mark);
    const copied = await users.copyRole(user, 'admin');
    if (copied && (await admins.admit(user._id, mark))) return copied;
    await admins.giveUp(user._id, mark);
    return null;
  }

  /** Makes the role in an account what it is a copy of. A promotion that has not come to its end comes second. */
  async function mendCopy(userId: string): Promise<void> {
    for (let round = 0; round < maxRounds; round += 1) {
      const user = await users.findById(userId);
      const role = (await admins.has(userId)) ? 'admin' : 'user';
      if (!user || user.role === role) return;
      if (role === 'user' && !(await admins.forgetJoining(userId))) continue;
      if (await users.copyRole(user, role)) return;
    }
  }

  async function giveBack(userId: string): Promise<void> {
    const user = await users.findById(userId);
    // A copy that says otherwise is of somebody who took the right for good.
    if (user?.status === 'active' && user.role === 'admin' && !(await give(user))) await mendCopy(userId);
  }

  /** As `without`, and tells whether it was this call that took the right. */
  async function take<Result>(
    user: UserRecord,
    act: (user: UserRecord) => Promise<Result | null>,
    by?: string,
  ): Promise<{ result: Result; taken: boolean } | null> {
    const userId = user._id;
    let current: UserRecord | null = user;
    let taken = false;
    try {
      for (let round = 0; current && round < maxRounds; round += 1) {
        const { ids, joining } = await admins.read();
        const listed = ids.includes(userId);
        if (by !== undefined && !ids.includes(by) && !(taken && by === userId)) throw new AppError('FORBIDDEN');
        if (listed && ids.length === 1) throw new AppError('LAST_ADMIN');
        if (listed && !(await admins.remove(userId, by))) continue;
        if (!listed && joining[userId] !== undefined && !(await admins.forgetJoining(userId))) continue;
        taken ||= listed;
        const result = await act(current);
        if (result !== null) return { result, taken };
        const version: number | undefined = current.roleVersion;
        current = await users.findById(userId);
        if (current?.roleVersion === version) break;
      }
    } catch (error) {
      if (taken) await giveBack(userId);
      throw error;
    }
    if (taken) await giveBack(userId);
    return null;
  }

  return {
    /**
     * Takes the right from an account where another administrator stays, and does what that was a condition of.
     * @param user as it was read
     * @param act one write that has the `roleVersion` it is given in its condition; it gives null where it could not be
     *   done: then the account has its right back
     * @param by who asks for it, where it is not the account itself: they must still be one
     * Throws `LAST_ADMIN`, and `FORBIDDEN` where `by` is none any more.
     */
    without: async <Result>(
      user: UserRecord,
      act: (user: UserRecord) => Promise<Result | null>,
      by?: string,
    ): Promise<Result | null> => (await take(user, act, by))?.result ?? null,

    isAdmin: (userId: string): Promise<boolean> => admins.has(userId),

    /** Throws `FORBIDDEN`. */
    async assertAdmin(userId: string): Promise<void> {
      if (!(await admins.has(userId))) throw new AppError('FORBIDDEN');
    },

    /**
     * Makes an active account an administrator, which never lapses. Tells whether it was this call that did.
     * Throws `NOT_FOUND`, `CONFLICT` where it is not active.
     */
    async promote(userId: string): Promise<{ user: UserRecord; changed: boolean }> {
      for (let round = 0; round < maxRounds; round += 1) {
        const user = await users.findById(userId);
        if (!user) throw new AppError('NOT_FOUND');
        if (user.status !== 'active') throw new AppError('CONFLICT');
        const changed = !(await admins.has(userId));
        if (!changed && user.role === 'admin') return { user, changed };
        const promoted = await (changed ? give(user) : users.copyRole(user, 'admin'));
        if (promoted) return { user: promoted, changed };
      }
      await mendCopy(userId);
      throw new AppError('CONFLICT');
    },

    /**
     * Takes the right, and nothing else. Tells whether it was this call that did.
     * Throws `NOT_FOUND`, `LAST_ADMIN`, `FORBIDDEN`, `CONFLICT`.
     */
    async demote(user: UserRecord, by: string): Promise<{ user: UserRecord; changed: boolean }> {
      const demoted = await take(user, (current) => users.copyRole(current, 'user'), by);
      if (!demoted) throw new AppError((await users.findById(user._id)) ? 'CONFLICT' : 'NOT_FOUND');
      return { user: demoted.result, changed: demoted.taken };
    },

    /**
     * Drops those that are no active accounts, as after a restored backup, and promotions that came to no end, and makes the
     * roles in accounts what they are copies of.
     */
    async repair(): Promise<void> {
      for (let round = 0; round < maxRounds; round += 1) {
        const { ids, joining } = await admins.read();
        for (const userId of Object.keys(joining)) await admins.forgetJoining(userId);
        const active = await users.findActive(ids);
        if (active.length < ids.length && !(await admins.replace(ids, active))) continue;
        const copies = await users.findAdminCopies();
        const wrong = [...active, ...copies].filter((userId) => !active.includes(userId) || !copies.includes(userId));
        for (const userId of wrong) await mendCopy(userId);
        return;
      }
    },

    /** Whether there is nobody to run the server. */
    isMissing: async (): Promise<boolean> => (await admins.read()).ids.length === 0,
  };
}

export type Admins = ReturnType<typeof createAdmins>;
