import type { User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { NamesOfAccount } from '../infra/stores/users/user-names-store.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { addSeconds, daySeconds } from '../time.ts';
import type { Counter } from './limits/counters.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey } from './names.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';
import { toUser } from './to-user.ts';

/** How long a name that was given up stays the account's. */
const heldDays = 30;
const maxRounds = 4;

/**
 * The names of an account after it is renamed. Of the held ones two are kept: the one just given up, and the oldest, so that
 * whoever took an account over cannot rename it until the name of its owner is free.
 */
function renamed({ usernameKey, heldNames = [] }: UserRecord, username: string, now: Date): NamesOfAccount {
  const key = canonicalKey(username);
  const [oldest, ...others] = heldNames.filter((held) => held.key !== key && held.until > now);
  const last =
    usernameKey === key ? others.at(-1) : { key: usernameKey, until: addSeconds(now, heldDays * daySeconds) };
  const held = [oldest, last].filter((name) => name !== undefined);
  return { username, usernameKey: key, nameKeys: [key, ...held.map((name) => name.key)], heldNames: held };
}

/** Giving an account another username. The old one stays the account's for a while, so that nobody can pose as its owner. */
export function createUsernameChange({ stores: { users }, counters, audit, notices, system }: Machinery) {
  /** Renames on behalf of a session of the account, or of none. Throws `USERNAME_TAKEN`, `UNAUTHENTICATED`, `CONFLICT`. */
  async function rename(user: UserRecord, username: string, sessionId?: string): Promise<UserRecord> {
    const key = canonicalKey(username);
    let read = user;
    let hasMadeRoom = false;
    for (let round = 0; round < maxRounds; round += 1) {
      const now = system.now();
      const owner = { userId: user._id, sessionId, now };
      const changed = await users.changeUsername(owner, read, renamed(read, username, now));
      if (changed === 'taken') {
        if (hasMadeRoom) throw new AppError('USERNAME_TAKEN');
        await Promise.all([users.removeLapsed({ usernameKey: key }, now), users.releaseHeldName(key, now)]);
        hasMadeRoom = true;
        continue;
      }
      if (changed) return changed;
      const current =
        sessionId === undefined ? await users.findById(user._id) : await users.findSignedIn(user._id, sessionId, now);
      if (current?.status !== 'active') throw new AppError(sessionId === undefined ? 'CONFLICT' : 'UNAUTHENTICATED');
      read = current;
    }
    throw new AppError('CONFLICT');
  }

  return {
    /** Renames the account for somebody else, whatever its owner may still do. Throws `USERNAME_TAKEN`, `CONFLICT`. */
    rename: (user: UserRecord, username: string): Promise<UserRecord> => rename(user, username),

    /**
     * Renames the account and tells its owner. Going back to a name that it still holds is always possible: it counts as a
     * change of the profile and as no renaming. Throws `USERNAME_TAKEN`, `UNAUTHENTICATED`, `RATE_LIMITED`, `CONFLICT`.
     */
    async change({ username }: { username: string }, viewer: Viewer, request: RequestInfo): Promise<User> {
      const { user } = viewer;
      if (username === user.username) return toUser(user);
      const isOwn = (user.nameKeys ?? [user.usernameKey]).includes(canonicalKey(username));
      const renaming: Counter[] = isOwn ? [] : [['renamingsPerAccount', user._id]];
      await counters.consume(['profileChangesPerAccount', user._id], ...renaming);
      let changed: UserRecord;
      try {
        changed = await rename(user, username, viewer.session._id);
      } catch (error) {
        await counters.settle({ giveBack: counters.idsOf(...renaming) });
        throw error;
      }
      await audit.record('username-changed', user._id, request, { sessionId: viewer.session._id });
      const details = { newUsername: changed.username, heldDays: String(heldDays) };
      await notices.sendTo(changed.email, 'username-changed', user, request, details);
      return toUser(changed);
    },
  };
}

export type UsernameChange = ReturnType<typeof createUsernameChange>;
