import DataLoader from 'dataloader';
import type { Collection } from 'mongoose';
import type { UserRecord } from './user-record.ts';

/** The most accounts that one query asks for: one batch of the driver holds them. */
const maxAccounts = 100;
/** How long calls wait for a query that left before theirs to return. */
const patienceMilliseconds = 5;

interface SignedIn {
  userId: string;
  sessionId: string;
  now: Date;
}

/**
 * Says when the next query may leave: while one is under way the next gathers calls until that returns, as a query for many
 * costs little more than one for one. It does not wait for one that takes its time.
 */
function createTurns() {
  let underWay = 0;
  let leave: (() => void) | undefined;

  return {
    /**
     * In the next turn of the event loop, not in this one after sockets were read: here the driver may hold a connection
     * whose socket is gone and not yet reported closed, and a command that is written to one never returns.
     */
    wait(send: () => void): void {
      const soon = () => void setImmediate(() => setImmediate(send));
      if (underWay === 0) {
        soon();
        return;
      }
      const once = () => {
        clearTimeout(timer);
        if (leave === once) leave = undefined;
        soon();
      };
      const timer = setTimeout(once, patienceMilliseconds);
      leave = once;
    },
    async take<Result>(query: () => Promise<Result>): Promise<Result> {
      underWay += 1;
      try {
        return await query();
      } finally {
        underWay -= 1;
        leave?.();
      }
    },
  };
}

/**
 * Reads the account of every call of somebody who is signed in. Calls that came together share one query, which is sent
 * after the last of them came; nothing is kept for later calls.
 */
export function createSignedInReads(users: Collection<UserRecord>) {
  const turns = createTurns();

  async function read(calls: readonly SignedIn[]): Promise<(UserRecord | null)[]> {
    const ids = [...new Set(calls.map(({ userId }) => userId))];
    const found = await turns.take(() => users.find({ _id: { $in: ids } }).toArray());
    const accounts = new Map(found.map((user) => [user._id, user]));
    return calls.map(({ userId, sessionId, now }) => {
      const user = accounts.get(userId);
      const session = user?.sessions.find(({ _id }) => _id === sessionId);
      return user?.status === 'active' && session && session.idleExpiresAt > now && session.expiresAt > now
        ? user
        : null;
    });
  }

  const reads = new DataLoader(read, { cache: false, maxBatchSize: maxAccounts, batchScheduleFn: turns.wait });

  /** The account, while it is active and this session of it has neither been ended nor expired. */
  return (userId: string, sessionId: string, now: Date): Promise<UserRecord | null> =>
    reads.load({ userId, sessionId, now });
}
