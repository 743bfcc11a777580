import mongoose, { type Model } from 'mongoose';
import type { UserRecord } from './user-record.ts';

const { trusted } = mongoose;

export type ProfileChanges = Partial<
  Pick<UserRecord, 'firstName' | 'firstNameKey' | 'lastName' | 'lastNameKey' | 'locale' | 'timeZone'>
>;

/** What those who run the server do to an account, each one command. Each gives the account after it, or null. */
export const adminOperations = (users: Model<UserRecord>) => ({
  /** The copy of who is an administrator. An account that is one never lapses. */
  copyRole: (userId: string, role: UserRecord['role']): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        { _id: userId, status: 'active' },
        { $set: { role }, ...(role === 'admin' && { $unset: { unverifiedUntil: '' } }) },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>(),

  /** Makes the copies what they are copies of. */
  async repairRoles(admins: readonly string[]): Promise<void> {
    await users.updateMany({ role: 'admin', _id: trusted({ $nin: [...admins] }) }, { $set: { role: 'user' } });
    await users.updateMany({ _id: trusted({ $in: [...admins] }), status: 'active' }, { $set: { role: 'admin' } });
  },

  /** Of these accounts, those that are there and active. */
  async findActive(ids: readonly string[]): Promise<string[]> {
    const found = await users
      .find({ _id: trusted({ $in: [...ids] }), status: 'active' }, { _id: 1 })
      .lean<Pick<UserRecord, '_id'>[]>();
    return found.map(({ _id }) => _id);
  },

  /** Ends every session and voids every code and link that waits: enabling the account later revives none. */
  disable: (userId: string): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        { _id: userId, status: 'active' },
        { $set: { status: 'disabled', role: 'user', sessions: [] }, $inc: { credentialVersion: 1 } },
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
