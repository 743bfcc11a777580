import type { AccountRecord } from '@latchkey/shared/account-record';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import type { UsersStore } from '../../infra/stores/users/users-store.ts';
import { isUnusable } from '../hashing/schemes.ts';

const pageSize = 500;

const moment = (date: Date | undefined) => date?.toISOString() ?? null;

/** The order of the fields is the order in the file: an account that came back is written the same. */
const toRecord = (user: UserRecord, withHashes: boolean): AccountRecord => ({
  id: user._id,
  externalId: user.externalId ?? null,
  username: user.username,
  legacyUsername: user.legacyUsernameKey !== undefined,
  ...(user.heldNames &&
    user.heldNames.length > 0 && {
      heldUsernames: user.heldNames.map(({ key, until }) => ({ username: key, until: until.toISOString() })),
    }),
  email: user.email,
  firstName: user.firstName,
  lastName: user.lastName,
  locale: user.locale,
  ...(user.timeZone !== undefined && { timeZone: user.timeZone }),
  role: user.role,
  status: user.status,
  createdAt: user.createdAt.toISOString(),
  lastLoginAt: moment(user.lastLoginAt),
  emailVerifiedAt: moment(user.emailVerifiedAt),
  unverifiedUntil: moment(user.unverifiedUntil),
  closedUntil: moment(user.closedUntil),
  ...(withHashes && { passwordHash: isUnusable(user.passwordHash) ? null : user.passwordHash }),
});

/** Every account that has not lapsed, as a line of JSON each, in the order of ids. */
export async function* exportAccounts(
  users: Pick<UsersStore, 'listAfter'>,
  { withHashes, now }: { withHashes: boolean; now: Date },
): AsyncGenerator<string> {
  let last = '';
  for (;;) {
    const page = await users.listAfter(last, pageSize);
    for (const user of page) {
      const endsAt = user.unverifiedUntil ?? user.closedUntil;
      if (!endsAt || endsAt > now) yield `${JSON.stringify(toRecord(user, withHashes))}\n`;
    }
    const end = page.at(-1);
    if (!end) return;
    last = end._id;
  }
}
