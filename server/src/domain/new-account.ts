import type { Locale } from '@latchkey/shared/schemas';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import type { UsersStore } from '../infra/stores/users/users-store.ts';
import { canonicalKey, storedNames } from './names.ts';

/** What somebody chose for their account. */
export interface Choices {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  locale: Locale;
}

/** An account that nobody has signed in to. */
export const newAccount = (
  choices: Choices,
  { id, passwordHash, now }: { id: string; passwordHash: string; now: Date },
): UserRecord => ({
  _id: id,
  username: choices.username,
  usernameKey: canonicalKey(choices.username),
  nameKeys: [canonicalKey(choices.username)],
  email: choices.email,
  emailKey: canonicalKey(choices.email),
  ...storedNames(choices),
  locale: choices.locale,
  passwordHash,
  credentialVersion: 0,
  role: 'user',
  status: 'active',
  createdAt: now,
  sessions: [],
  emailUndos: [],
});

/**
 * Inserts, and where a name is held by an account that lapsed, or was held for long enough, inserts again in its place. Gives
 * the field that is taken, or undefined when the account was made.
 */
export async function insertAccount(
  users: Pick<UsersStore, 'insert' | 'removeLapsed' | 'releaseHeldName'>,
  user: UserRecord,
): Promise<string | undefined> {
  if ((await users.insert(user)) === undefined) return undefined;
  await users.removeLapsed({ usernameKey: user.usernameKey }, user.createdAt);
  await users.removeLapsed({ emailKey: user.emailKey }, user.createdAt);
  await users.releaseHeldName(user.usernameKey, user.createdAt);
  return users.insert(user);
}
