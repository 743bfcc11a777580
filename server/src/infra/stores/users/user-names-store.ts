import mongoose, { type Model, Schema } from 'mongoose';
import { isDuplicateKey } from '../../mongo.ts';
import { date, subdocumentOptions, text } from '../schema.ts';
import { lapsed } from './user-ending-store.ts';
import type { HeldNameRecord, UserRecord } from './user-record.ts';
import { liveSession } from './user-sessions-store.ts';

export const heldNameSchema = new Schema<HeldNameRecord>(
  { key: text, until: date },
  { ...subdocumentOptions, _id: false },
);

const { trusted } = mongoose;

/** The names of an account: the one it has, and those it had and keeps from others for a while. */
export type NamesOfAccount = Pick<UserRecord, 'username' | 'usernameKey' | 'nameKeys' | 'heldNames'>;

/** The operations on usernames. Two unique indexes decide who has one: of the names that are used, and of all with the held. */
export const nameOperations = (users: Model<UserRecord>) => ({
  /** Whether an account has the username, or had it and still keeps it from others. */
  async isUsernameTaken(key: string, now: Date): Promise<boolean> {
    const held = { nameKeys: key, heldNames: trusted({ $elemMatch: { key, until: { $gt: now } } }) };
    return (await users.exists({ $or: [{ usernameKey: key }, held], $nor: lapsed(now) })) !== null;
  },

  /** Makes room for whoever wants a username: one that an account has kept for long enough is kept no longer. */
  async releaseHeldName(key: string, now: Date): Promise<void> {
    await users.updateOne(
      { nameKeys: key, heldNames: trusted({ $elemMatch: { key, until: { $lte: now } } }) },
      { $pull: { nameKeys: key, heldNames: { key } } },
    );
  },

  /**
   * Renames the account, on behalf of a session of it where one is given. Gives it after the change, `'taken'`, or null when the session is over or the names are no longer
   * those that were read.
   */
  async changeUsername(
    { userId, sessionId, now }: { userId: string; sessionId?: string | undefined; now: Date },
    read: NamesOfAccount,
    next: NamesOfAccount,
  ): Promise<UserRecord | 'taken' | null> {
    try {
      return await users
        .findOneAndUpdate(
          {
            _id: userId,
            status: 'active',
            usernameKey: read.usernameKey,
            nameKeys: read.nameKeys ?? trusted({ $exists: false }),
            ...(sessionId !== undefined && { sessions: liveSession(sessionId, now) }),
          },
          { $set: next, $unset: { legacyUsernameKey: '' } },
          { returnDocument: 'after' },
        )
        .lean<UserRecord>();
    } catch (error) {
      if (isDuplicateKey(error)) return 'taken';
      throw error;
    }
  },
});
