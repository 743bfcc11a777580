import { AppError } from '../../errors.ts';
import type { UserRecord } from '../../infra/stores/users/user-record.ts';
import { randomId } from '../../infra/system.ts';
import type { Admins } from '../admins.ts';
import type { Audit } from '../audit/audit.ts';
import { canonicalKey, nameKeyOf } from '../names.ts';
import { type Choices, insertAccount, newAccount } from '../new-account.ts';
import type { Outside } from '../outside.ts';
import type { Passwords } from '../passwords.ts';

/** What stands for the person at the terminal in the record of what happened. */
const actor = 'cli';

/**
 * Making administrators at the terminal of the server: whoever has that has the database as well. Doing it twice does it once.
 * @param origin of the events in the record of what happened
 */
export function createAdminCreation({
  stores: { users },
  admins,
  audit,
  system,
  passwords,
  origin,
}: Pick<Outside, 'system'> & {
  stores: Pick<Outside['stores'], 'users'>;
  admins: Admins;
  audit: Pick<Audit, 'record'>;
  passwords: Pick<Passwords, 'assertStrong' | 'hash'>;
  origin: { ip: string; userAgent: string };
}) {
  return {
    /**
     * The administrator who has the name and the address already, if that is what would be made. Throws `USERNAME_TAKEN` where
     * another account has the name.
     */
    async find({ username, email }: Pick<Choices, 'username' | 'email'>): Promise<UserRecord | undefined> {
      const existing = await users.findByName({ usernameKey: canonicalKey(username) }, system.now());
      if (!existing) return undefined;
      const same = existing.emailKey === canonicalKey(email) && (await admins.isAdmin(existing._id));
      if (!same) throw new AppError('USERNAME_TAKEN');
      return existing;
    },

    /** Makes an account that is an administrator and never lapses. Throws `USERNAME_TAKEN`, `EMAIL_TAKEN`, `PASSWORD_TOO_COMMON`. */
    async create(choices: Choices, password: string): Promise<UserRecord> {
      await passwords.assertStrong(password, choices);
      const passwordHash = await passwords.hash(password);
      const user = newAccount(choices, { id: randomId(system), passwordHash, now: system.now() });
      const taken = await insertAccount(users, user);
      if (taken) throw new AppError(taken === 'emailKey' ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN');
      await audit.record('admin-created', user._id, origin, { actor });
      return (await admins.promote(user._id)).user;
    },

    /**
     * Makes an account an administrator that is there. Tells whether it was none before.
     * @param name a username or an e-mail address
     * Throws `NOT_FOUND`, and `CONFLICT` where the account is disabled.
     */
    async promote(name: string): Promise<{ user: UserRecord; changed: boolean }> {
      const found = await users.findByName(nameKeyOf(name), system.now());
      if (!found) throw new AppError('NOT_FOUND');
      const promoted = await admins.promote(found._id);
      if (promoted.changed) await audit.record('role-changed', found._id, origin, { actor, role: 'admin' });
      return promoted;
    },
  };
}
