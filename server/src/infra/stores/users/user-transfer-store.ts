import mongoose, { type Model } from 'mongoose';
import { duplicateField, isDuplicateKey } from '../../mongo.ts';
import { findTakenField } from '../taken-fields.ts';
import type { UserRecord } from './user-record.ts';

const { trusted } = mongoose;

/** What makes an account the same as another, or keeps it from being made. */
export type AccountNames = Pick<
  UserRecord,
  '_id' | 'externalId' | 'usernameKey' | 'nameKeys' | 'emailKey' | 'legacyUsernameKey'
>;

const names = { externalId: 1, usernameKey: 1, nameKeys: 1, emailKey: 1, legacyUsernameKey: 1 } as const;

/** The error of one document of an unordered insert, as the driver and Mongoose together give it. */
interface WriteError {
  index: number;
  err: { code: number; errmsg: string };
}

const errorOf = ({ err }: WriteError) => Object.assign(new Error(err.errmsg), { code: err.code });

/** The operations that move accounts in and out by the hundred. */
export const transferOperations = (users: Model<UserRecord>) => ({
  /** The accounts that have one of the ids, names or addresses. */
  findNamesakes: (wanted: { ids: string[]; externalIds: string[]; nameKeys: string[]; emailKeys: string[] }) =>
    users
      .find(
        {
          $or: [
            { _id: trusted({ $in: wanted.ids }) },
            { externalId: trusted({ $in: wanted.externalIds }) },
            { usernameKey: trusted({ $in: wanted.nameKeys }) },
            { nameKeys: trusted({ $in: wanted.nameKeys }) },
            { emailKey: trusted({ $in: [...wanted.emailKeys, ...wanted.nameKeys] }) },
          ],
        },
        names,
      )
      .lean<AccountNames[]>(),

  /**
   * Inserts in this order and goes on where one is refused. Gives for each the field that was taken, or undefined where
   * the account was made.
   */
  async insertMany(records: UserRecord[]): Promise<(string | undefined)[]> {
    const taken: (string | undefined)[] = records.map(() => undefined);
    // Mongoose takes nothing to insert for a mistake.
    if (records.length === 0) return taken;
    try {
      await users.insertMany(records, { ordered: false, lean: true, throwOnValidationError: true });
    } catch (error) {
      const writeErrors = error instanceof Error && 'writeErrors' in error ? (error.writeErrors as WriteError[]) : [];
      if (writeErrors.length === 0 || !writeErrors.map(errorOf).every(isDuplicateKey)) throw error;
      for (const writeError of writeErrors) {
        const record = records[writeError.index];
        if (!record) continue;
        taken[writeError.index] = duplicateField(errorOf(writeError)) ?? (await findTakenField(users, record));
      }
    }
    return taken;
  },

  /** Accounts in the order of their ids, from behind one of them. */
  listAfter: (userId: string, limit: number): Promise<UserRecord[]> =>
    users
      .find({ _id: trusted({ $gt: userId }) }, { sessions: 0, emailUndos: 0 })
      .sort({ _id: 1 })
      .limit(limit)
      .lean<UserRecord[]>(),
});
