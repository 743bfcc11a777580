import DataLoader from 'dataloader';
import type { UserRecord, UsersCollection } from './users-store.ts';

/** The most accounts that one query asks for. */
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
export function createSignedInReads(users: UsersCollection) {
  async function read(calls: readonly SignedIn[]): Promise<(UserRecord | null)[]> {
    const ids = [...new Set(calls.map(({ userId }) => userId))];
    const found = await users.collection
      .find<UserRecord>({ _id: { $in: ids as never[] }, status: 'active' }, { batchSize: ids.length + 1 })
      .toArray();
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
    batchScheduleFn: (send) => setImmediate(send),
  });

  /** The account, while it is active and this session of it has neither been ended nor expired. */
  return (userId: string, sessionId: string, now: Date): Promise<UserRecord | null> =>
    reads.load({ userId, sessionId, now });
}
