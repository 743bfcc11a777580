import mongoose, { type Model } from 'mongoose';
import { type RoleHolder, sameRole } from './user-ending-store.ts';
import type { UserRecord } from './user-record.ts';

const { trusted } = mongoose;

export type ProfileChanges = Partial<
  Pick<UserRecord, 'firstName' | 'firstNameKey' | 'lastName' | 'lastNameKey' | 'locale' | 'timeZone'>
>;

/** What those who run the server do to an account, each one command. Each gives the account after it, or null. */
export const adminOperations = (users: Model<UserRecord>) => ({
  /** The copy of who is an administrator. An account that is one never lapses. */
  copyRole: (user: RoleHolder, role: UserRecord['role']): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        { ...sameRole(user), ...(role === 'admin' && { status: 'active' }) },
        {
          $set: { role },
          $inc: { roleVersion: 1 },
          ...(role === 'admin' && { $unset: { unverifiedUntil: '' } }),
        },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>(),

  /** Those whose copy says that they are one. */
  findAdminCopies: async (): Promise<string[]> => {
    const found = await users.find({ role: 'admin' }, { _id: 1 }).lean<Pick<UserRecord, '_id'>[]>();
    return found.map(({ _id }) => _id);
  },

  /** Of these accounts, those that are there and active. */
  async findActive(ids: readonly string[]): Promise<string[]> {
    const found = await users
      .find({ _id: trusted({ $in: [...ids] }), status: 'active' }, { _id: 1 })
      .lean<Pick<UserRecord, '_id'>[]>();
    return found.map(({ _id }) => _id);
  },

  /** Ends every session and voids every code and link that waits: enabling the account later revives none. */
  disable: (user: RoleHolder): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        { ...sameRole(user), status: 'active' },
        {
          $set: { status: 'disabled', role: 'user', sessions: [] },
          $inc: { credentialVersion: 1, roleVersion: 1 },
        },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>(),

  enable: (userId: string): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        { _id: userId, status: 'disabled' },
        { $set: { status: 'active' } },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>(),

  endSessionsOf: (userId: string): Promise<UserRecord | null> =>
    users.findOneAndUpdate({ _id: userId }, { $set: { sessions: [] } }, { returnDocument: 'after' }).lean<UserRecord>(),

  changeProfileOf: (userId: string, changes: ProfileChanges): Promise<UserRecord | null> =>
    users.findOneAndUpdate({ _id: userId }, { $set: changes }, { returnDocument: 'after' }).lean<UserRecord>(),
});
