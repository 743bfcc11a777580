import type { Model } from 'mongoose';
import type { UserRecord } from './users/user-record.ts';

/** The fields that no two accounts share, in the order of their indexes. */
const uniqueFields = ['_id', 'usernameKey', 'emailKey', 'externalId', 'legacyUsernameKey'] as const;
const firstField = 'usernameKey';

/**
 * Finds out by one read which field of an account another one has, for servers that do not say so: the username where
 * nobody has one any more, or where another account only holds it.
 */
export async function findTakenField(
  users: Model<UserRecord>,
  user: Pick<UserRecord, (typeof uniqueFields)[number]>,
): Promise<string> {
  const given = uniqueFields.filter((field) => user[field] !== undefined);
  const others = await users
    .find(
      { $or: given.map((field) => ({ [field]: user[field] })) },
      Object.fromEntries(given.map((field) => [field, 1])),
    )
    .lean<Partial<UserRecord>[]>();
  return given.find((field) => others.some((other) => other[field] === user[field])) ?? firstField;
}
