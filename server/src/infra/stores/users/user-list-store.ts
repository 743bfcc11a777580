import mongoose, { type Model } from 'mongoose';
import type { UserRecord } from './user-record.ts';

const { trusted } = mongoose;
const countedAccounts = 1_000;

/** Behind every key that begins with the same letters. */
const endOf = (prefix: string) => `${prefix}\u{10ffff}`;

/** The orders of the list, each by the fields of an index, with `_id` last where the fields before it are not unique. */
export const userOrders = {
  date: { fields: ['createdAt', '_id'], direction: -1 },
  name: { fields: ['lastNameKey', 'firstNameKey', '_id'], direction: 1 },
  firstName: { fields: ['firstNameKey', '_id'], direction: 1 },
  username: { fields: ['usernameKey'], direction: 1 },
  email: { fields: ['emailKey'], direction: 1 },
} as const satisfies Record<string, { fields: readonly (keyof UserRecord)[]; direction: 1 | -1 }>;

export type UserOrder = keyof typeof userOrders;
type KeyField = (typeof userOrders)[UserOrder]['fields'][number];

/** Where a page ended: the values of the fields of its order. */
export type UserPosition = (string | Date)[];

export interface UserFilters {
  role?: UserRecord['role'] | undefined;
  status?: UserRecord['status'] | undefined;
  verified?: boolean | undefined;
  hasSessions?: boolean | undefined;
}

/** What the fields of an account must begin with. */
export type Prefixes = Partial<Record<'usernameKey' | 'emailKey' | 'firstNameKey' | 'lastNameKey', string>>;

const begins = (prefixes: Prefixes) =>
  Object.entries(prefixes).map(([field, prefix]) => ({ [field]: trusted({ $gte: prefix, $lt: endOf(prefix) }) }));

function conditionsOf({ role, status, verified, hasSessions }: UserFilters, now: Date) {
  const live = { $elemMatch: { idleExpiresAt: { $gt: now }, expiresAt: { $gt: now } } };
  return [
    ...(role === undefined ? [] : [{ role }]),
    ...(status === undefined ? [] : [{ status }]),
    // Missing is told by null, which an index has.
    ...(verified === undefined ? [] : [{ emailVerifiedAt: verified ? trusted({ $exists: true }) : null }]),
    ...(hasSessions === undefined ? [] : [{ sessions: trusted(hasSessions ? live : { $not: live }) }]),
  ];
}

/** Everything behind a position: later by the first field in which they differ, and by the first field alone, for the index. */
function behind(fields: readonly KeyField[], direction: 1 | -1, position: UserPosition) {
  const later = direction === 1 ? '$gt' : '$lt';
  const [first] = fields;
  const cases = fields.map((field, index) => ({
    ...Object.fromEntries(fields.slice(0, index).map((before, at) => [before, position[at]])),
    [field]: trusted({ [later]: position[index] }),
  }));
  return [{ [`${first}`]: trusted({ [`${later}e`]: position[0] }) }, { $or: cases }];
}

type NamedAccount = Pick<UserRecord, '_id' | 'username'>;

const namesOf = (users: Model<UserRecord>, ids: readonly string[]) =>
  users.find({ _id: trusted({ $in: [...ids] }) }, { username: 1 });

/** The list of accounts: each page is one query along an index, without a regular expression. */
export const listOperations = (users: Model<UserRecord>) => ({
  /**
   * A page in an order.
   * @param having what the fields of every account must begin with
   * @param without of these, none may begin so
   * @param after where the page before it ended
   */
  listPage({
    order,
    having = {},
    without = {},
    filters,
    after,
    limit,
    now,
  }: {
    order: UserOrder;
    having?: Prefixes;
    without?: Prefixes;
    filters: UserFilters;
    after?: UserPosition | undefined;
    limit: number;
    now: Date;
  }): Promise<UserRecord[]> {
    const { fields, direction } = userOrders[order];
    const sort = Object.fromEntries(fields.map((field) => [field, direction]));
    const conditions = [
      ...begins(having),
      ...conditionsOf(filters, now),
      ...(after ? behind(fields, direction, after) : []),
      ...(Object.keys(without).length > 0 ? [{ $nor: begins(without) }] : []),
    ];
    // Without a hint: whether to go along the order or to what a filter finds is for the database, which knows what is rare.
    return users
      .find(conditions.length > 0 ? { $and: conditions } : {}, {
        passwordHash: 0,
        browsers: 0,
        emailUndos: 0,
        heldNames: 0,
      })
      .sort(sort)
      .limit(limit)
      .lean<UserRecord[]>();
  },

  /** About how many accounts there are, as the database keeps it. */
  estimateCount: (): Promise<number> => users.estimatedDocumentCount(),

  /** How many are disabled, counted up to a thousand. */
  countDisabled: (): Promise<number> => users.countDocuments({ status: 'disabled' }, { limit: countedAccounts }),

  /** The usernames of some accounts, by id. */
  async usernamesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const found = await namesOf(users, ids).lean<NamedAccount[]>();
    return new Map(found.map(({ _id, username }) => [_id, username]));
  },

  /** The same for what takes as long as it takes. */
  streamUsernames: (ids: readonly string[]): AsyncIterable<NamedAccount> =>
    namesOf(users, ids).lean<NamedAccount[]>().cursor(),

  /** Accounts that an earlier version made, without the keys that their names are found by. */
  listWithoutNameKeys: (limit: number) =>
    users
      .find({ lastNameKey: trusted({ $exists: false }) }, { firstName: 1, lastName: 1 })
      .limit(limit)
      .lean<Pick<UserRecord, '_id' | 'firstName' | 'lastName'>[]>(),

  async setNameKeys(keys: readonly Pick<UserRecord, '_id' | 'firstNameKey' | 'lastNameKey'>[]): Promise<void> {
    await users.bulkWrite(
      keys.map(({ _id, ...$set }) => ({
        updateOne: { filter: { _id, lastNameKey: trusted({ $exists: false }) }, update: { $set } },
      })),
      { ordered: false },
    );
  },
});
