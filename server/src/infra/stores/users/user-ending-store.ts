import mongoose, { type Model } from 'mongoose';
import type { UserRecord } from './user-record.ts';
import { liveSession } from './user-sessions-store.ts';

const { trusted } = mongoose;

/**
 * Accounts that are over, whether they were swept already or not: never verified in time, or closed for as long as a way
 * led back. They hold no name and sign nobody in.
 */
export const lapsed = (now: Date) => [
  { unverifiedUntil: trusted({ $lte: now }) },
  { closedUntil: trusted({ $lte: now }) },
];

/** Somebody who is signed in and has just shown the password behind `passwordHash`. */
export interface ConfirmedOwner {
  userId: string;
  sessionId: string;
  passwordHash: string;
  now: Date;
}

export const confirmed = ({ userId, sessionId, passwordHash, now }: ConfirmedOwner) => ({
  _id: userId,
  status: 'active' as const,
  passwordHash,
  sessions: liveSession(sessionId, now),
});

export type RoleHolder = Pick<UserRecord, '_id' | 'roleVersion'>;

/** While nobody has changed the role of the account since it was read. */
export const sameRole = ({ _id, roleVersion }: RoleHolder) => ({ _id, roleVersion: roleVersion ?? null });

type NameKey = { usernameKey: string } | { emailKey: string };

const closing = (closedUntil: Date) => ({
  $set: { status: 'closed' as const, closedUntil, role: 'user' as const, sessions: [] },
  $inc: { credentialVersion: 1, roleVersion: 1 },
});

/** The operations that end an account, at once or after a while, or make room where one has ended. */
export const endingOperations = (users: Model<UserRecord>) => ({
  /** Makes room for a name: an account that has lapsed holds none, neither its own nor one that it had. */
  async removeLapsed(key: NameKey, now: Date): Promise<void> {
    const holders = 'usernameKey' in key ? [key, { nameKeys: key.usernameKey }] : [key];
    await users.deleteOne({ $and: [{ $or: holders }, { $or: lapsed(now) }] });
  },

  /** Makes room for whoever has proved an address: an account that never did, or is over, holds it no longer. */
  async vacateEmail(emailKey: string, now: Date): Promise<void> {
    await users.deleteOne({ emailKey, $or: [{ unverifiedUntil: trusted({ $exists: true }) }, ...lapsed(now)] });
  },

  /** Deletes the account, if its credentials and its role are still those that were read. */
  async remove(owner: ConfirmedOwner, { credentialVersion, ...holder }: UserRecord): Promise<boolean> {
    const result = await users.deleteOne({ ...confirmed(owner), ...sameRole(holder), credentialVersion });
    return result.deletedCount === 1;
  },

  /** Closes the account: sessions, codes, links and rights end, its data and names stay until then. */
  async close(
    owner: ConfirmedOwner,
    { credentialVersion, ...holder }: UserRecord,
    closedUntil: Date,
  ): Promise<boolean> {
    const result = await users.updateOne(
      { ...confirmed(owner), ...sameRole(holder), credentialVersion },
      closing(closedUntil),
    );
    return result.modifiedCount === 1;
  },

  /** As `remove`, for somebody else than the owner. */
  async removeFor({ credentialVersion, status, ...holder }: UserRecord): Promise<boolean> {
    return (await users.deleteOne({ ...sameRole(holder), credentialVersion, status })).deletedCount === 1;
  },

  /** As `close`, for somebody else than the owner. */
  async closeFor({ credentialVersion, status, ...holder }: UserRecord, closedUntil: Date): Promise<boolean> {
    const result = await users.updateOne({ ...sameRole(holder), credentialVersion, status }, closing(closedUntil));
    return result.modifiedCount === 1;
  },

  /** Takes an open way back away. Gives the account after that, or null where it was not open. */
  closeEmailUndo: (userId: string, undoId: string, now: Date): Promise<UserRecord | null> =>
    users
      .findOneAndUpdate(
        {
          _id: userId,
          status: trusted({ $in: ['active', 'closed'] }),
          emailUndos: trusted({ $elemMatch: { _id: undoId, expiresAt: { $gt: now } } }),
        },
        { $pull: { emailUndos: { _id: undoId } } },
        { returnDocument: 'after' },
      )
      .lean<UserRecord>(),

  /** Lets a closed account end earlier, where the last way back does. */
  async closeUntil({ _id, credentialVersion }: UserRecord, closedUntil: Date): Promise<void> {
    await users.updateOne({ _id, status: 'closed', credentialVersion }, { $min: { closedUntil } });
  },

  /** Deletes a closed account that no way leads back to. Whether it was this call that did. */
  async removeClosed({ _id, credentialVersion }: UserRecord, now: Date): Promise<boolean> {
    const result = await users.deleteOne({
      _id,
      status: 'closed',
      credentialVersion,
      emailUndos: trusted({ $not: { $elemMatch: { expiresAt: { $gt: now } } } }),
    });
    return result.deletedCount === 1;
  },
});
