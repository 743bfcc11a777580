import type { AdminUser, AdminUserDetails, ListUsersInput, lockKinds } from '@latchkey/shared/admin-schemas';
import { AppError } from '../../errors.ts';
import type { Prefixes, UserOrder, UserPosition } from '../../infra/stores/users/user-list-store.ts';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import { addSeconds, daySeconds } from '../../time.ts';
import type { LimitName } from '../limits/rules.ts';
import { isLive, listLive } from '../live-sessions.ts';
import type { Machinery } from '../machinery.ts';
import { canonicalKey } from '../names.ts';
import { toUser } from '../to-user.ts';
import type { AuditList } from './audit-list.ts';
import type { Cursors } from './cursors.ts';

const shownEvents = 20;
/** A lock that ends later than this has no end but a reset. */
const endlessDays = 366;

/** One of the queries that a list is put together from, in this order. */
interface Stage {
  order: UserOrder;
  having?: Prefixes;
  /** What has been found by an earlier one is not found again. */
  without?: Prefixes;
}

/** An account as those see it who run the server. */
export const toAdminUser = (user: UserRecord, now: Date): AdminUser => ({
  ...toUser(user),
  status: user.status,
  sessions: user.sessions.filter((session) => isLive(session, now)).length,
});

/** What a search looks through: usernames, addresses, last and first names, and both names where it has a space in it. */
function stagesOf(search: string): Stage[] {
  const key = canonicalKey(search);
  const single: Stage[] = [
    { order: 'username', having: { usernameKey: key } },
    { order: 'email', having: { emailKey: key }, without: { usernameKey: key } },
    { order: 'name', having: { lastNameKey: key }, without: { usernameKey: key, emailKey: key } },
    {
      order: 'firstName',
      having: { firstNameKey: key },
      without: { usernameKey: key, emailKey: key, lastNameKey: key },
    },
  ];
  const space = key.lastIndexOf(' ');
  if (space < 0) return single;
  // No username and no address has a space in it.
  const names = { firstNameKey: key.slice(0, space).trim(), lastNameKey: key.slice(space + 1) };
  return [...single.slice(2), { order: 'name', having: names, without: { lastNameKey: key, firstNameKey: key } }];
}

const lockOf: Partial<Record<LimitName, (typeof lockKinds)[number]>> = {
  signInsPerName: 'sign-in',
  confirmationsPerAccount: 'confirmation',
  wrongCodesPerAccount: 'code',
};

/** Finding accounts and looking at one: in pages that stay where they are while accounts come and go. */
export function createUserList({
  stores: { users },
  counters,
  attempts,
  system,
  cursors,
  auditList,
}: Machinery & { cursors: Cursors; auditList: AuditList }) {
  const positionOf = (user: UserRecord, order: UserOrder): (string | number)[] =>
    ({
      date: [user.createdAt.getTime(), user._id],
      name: [user.lastNameKey, user.firstNameKey, user._id],
      firstName: [user.firstNameKey, user._id],
      username: [user.usernameKey],
      email: [user.emailKey],
    })[order];

  /** Numbers are times. */
  const readPosition = (position: (string | number)[]): UserPosition =>
    position.map((value) => (typeof value === 'number' ? new Date(value) : value));

  return {
    /** A page of accounts. Throws `VALIDATION` for a cursor of another list. */
    async list({ cursor, limit, search = '', sort, role, status, verified, hasSessions }: ListUsersInput) {
      const filters = { role, status, verified, hasSessions };
      const scope = ['users', canonicalKey(search), sort, role, status, verified, hasSessions] as const;
      const stages: Stage[] = search.trim() === '' ? [{ order: sort }] : stagesOf(search);
      const begun = cursor === undefined ? [0] : (cursors.open(scope, cursor) as [number, ...(string | number)[]]);
      const now = system.now();
      const found: { user: UserRecord; stage: number }[] = [];
      let [stage, ...position] = begun;
      for (; stage < stages.length && found.length <= limit; stage += 1, position = []) {
        const after = position.length > 0 ? readPosition(position) : undefined;
        const wanted = { ...(stages[stage] as Stage), filters, after, limit: limit + 1 - found.length, now };
        const at = stage;
        found.push(...(await users.listPage(wanted)).map((user) => ({ user, stage: at })));
      }
      const page = found.slice(0, limit);
      const last = page.at(-1);
      const order = last && (stages[last.stage] as Stage).order;
      return {
        items: page.map(({ user }) => toAdminUser(user, now)),
        nextCursor:
          found.length > limit && last && order
            ? cursors.seal(scope, [last.stage, ...positionOf(last.user, order)])
            : null,
      };
    },

    /** One account with what keeps its owner out, where it is signed in, and what happened last. Throws `NOT_FOUND`. */
    async get({ userId }: { userId: string }): Promise<AdminUserDetails> {
      const user = await users.findById(userId);
      if (!user) throw new AppError('NOT_FOUND');
      const now = system.now();
      const [full, activity] = await Promise.all([
        counters.findFull(...attempts.accountRowsOf(user)),
        auditList.lastOf(userId, shownEvents),
      ]);
      const endless = addSeconds(now, endlessDays * daySeconds);
      return {
        ...toAdminUser(user, now),
        locks: full.flatMap(({ name, until }) => {
          const kind = lockOf[name];
          return kind ? [{ kind, until: until > endless ? null : until.toISOString() }] : [];
        }),
        devices: listLive(user.sessions, now),
        activity,
      };
    },
  };
}
