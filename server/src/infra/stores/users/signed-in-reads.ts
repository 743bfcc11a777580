import DataLoader from 'dataloader';
import mongoose, { type Model } from 'mongoose';
import type { UserRecord } from './user-record.ts';

const { trusted } = mongoose;
/** The most accounts that one query asks for: one batch of the driver holds them. */
const maxAccounts = 100;

interface SignedIn {
  userId: string;
  sessionId: string;
  now: Date;
}

/**
 * Reads the account of every call of somebody who is signed in. Calls that came in one turn of the event loop share one
 * query, which is sent after the last of them came; nothing is kept for later calls.
 */
export function createSignedInReads(users: Model<UserRecord>) {
  async function read(calls: readonly SignedIn[]): Promise<(UserRecord | null)[]> {
    const ids = [...new Set(calls.map(({ userId }) => userId))];
    const found = await users.find({ _id: trusted({ $in: ids }), status: 'active' }).lean<UserRecord[]>();
    const accounts = new Map(found.map((user) => [user._id, user]));
    return calls.map(({ userId, sessionId, now }) => {
      const user = accounts.get(userId);
      const session = user?.sessions.find(({ _id }) => _id === sessionId);
      return user && session && session.idleExpiresAt > now && session.expiresAt > now ? user : null;
    });
  }

  const reads = new DataLoader(read, {
    cache: false,
    maxBatchSize: maxAccounts,
    // By a timer and not at once after reading from sockets, as `setImmediate` would: there the driver may hold a
    // connection whose socket is gone and not yet reported closed, and a command that is written to one never returns.
    batchScheduleFn: (send) => setTimeout(send, 0),
  });

  /** The account, while it is active and this session of it has neither been ended nor expired. */
  return (userId: string, sessionId: string, now: Date): Promise<UserRecord | null> =>
    reads.load({ userId, sessionId, now });
}
