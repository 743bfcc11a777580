import { randomBytes } from 'node:crypto';
import type { Locale, Tokens, User } from '@latchkey/shared/schemas';
import type { AnyRouter } from '@trpc/server';
import { canonicalKey, storedNames } from '../domain/names.ts';
import type { Stores } from '../domain/outside.ts';
import type { Services } from '../domain/services.ts';
import { toUser } from '../domain/to-user.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId, type System } from '../infra/system.ts';
import type { Doors, RequestOverrides } from './doors.ts';

/** The password of everybody whom the kit makes, and its hash at cost 4: nobody has to wait for either. */
export const strongPassword = 'correct horse battery staple';
const strongPasswordHash = 'v1:$2b$04$7AcjD2zW8Wmax15g.F7whuSzB6jkyC6xYfxRGvLOug96t.vvD65Ke';

export interface Person {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  password: string;
}

export interface AccountOptions {
  email?: string;
  role?: UserRecord['role'];
  status?: UserRecord['status'];
  /** Whether the address has been proved; true unless said otherwise. */
  emailVerified?: boolean;
  locale?: Locale;
}

/** Somebody nobody has heard of yet. */
export function newPerson(overrides: Partial<Person> = {}): Person {
  const username = `p${randomBytes(5).toString('hex')}`;
  return {
    username,
    email: `${username}@example.com`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    password: strongPassword,
    ...overrides,
  };
}

/** A fresh client address, so that a test's calls do not meet another's limits. */
export const fromNewAddress = (): Record<string, string> => ({
  'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}`,
});

const unverifiedMilliseconds = 7 * 86_400_000;

/** Makes accounts and sessions as a registration and a sign-in leave them, without hashing a password or mailing a code. */
export function createPeople<Router extends AnyRouter>({
  stores: { users },
  services: { sessions, admins },
  doors,
  system,
  secure,
}: {
  stores: Pick<Stores, 'users'>;
  services: Pick<Services, 'sessions' | 'admins'>;
  doors: Doors<Router>;
  system: System;
  /** Whether browsers reach the app over https. */
  secure: boolean;
}) {
  /** An account that nobody is signed in to. */
  async function account(name?: string, options: AccountOptions = {}): Promise<Person & { id: string }> {
    const { role = 'user', status = 'active', emailVerified = true, locale = 'en' } = options;
    const isAdmin = role === 'admin' && status === 'active';
    const named = name === undefined ? {} : { username: name, email: `${name}@example.com` };
    const person = newPerson({ ...named, ...(options.email !== undefined && { email: options.email }) });
    const now = system.now();
    const user: UserRecord = {
      _id: randomId(system),
      username: person.username,
      usernameKey: canonicalKey(person.username),
      nameKeys: [canonicalKey(person.username)],
      email: person.email,
      emailKey: canonicalKey(person.email),
      ...storedNames(person),
      locale,
      passwordHash: strongPasswordHash,
      credentialVersion: 0,
      role: isAdmin ? 'user' : role,
      status,
      ...(emailVerified
        ? { emailVerifiedAt: now }
        : { unverifiedUntil: new Date(now.getTime() + unverifiedMilliseconds) }),
      createdAt: now,
      sessions: [],
      emailUndos: [],
    };
    const taken = await users.insert(user);
    if (taken !== undefined)
      throw new Error(`${taken} of ${person.username} is taken: call every person by another name`);
    if (isAdmin) await admins.promote(user._id);
    return { ...person, id: user._id };
  }

  /**
   * One more session of an account, as after a sign-in from another device.
   * @param overrides from where it is signed in
   */
  async function session<Owner extends Person>(owner: Owner, overrides: RequestOverrides = {}) {
    const found = await users.findByName({ usernameKey: canonicalKey(owner.username) }, system.now());
    if (!found) throw new Error(`nobody is called ${owner.username}`);
    const cookies: Record<string, string> = {};
    const request = doors.requestOf(undefined, {
      cookies: {
        get: (name) => cookies[name],
        set(name, value) {
          cookies[name] = value;
        },
      },
      ...overrides,
    });
    const { _id: userId, credentialVersion } = found;
    const opened = await sessions.open({ userId, credentialVersion, counted: [] }, 'body', request);
    const tokens = opened.tokens as Tokens & { refreshToken: string; deviceToken: string };
    cookies[secure ? '__Host-latchkey-refresh' : 'latchkey-refresh'] = tokens.refreshToken;
    const user: User = toUser(opened.user);
    return {
      ...owner,
      ...tokens,
      user,
      /** What a browser keeps: the refresh token, and that it has signed in before. */
      cookies,
      headers: { authorization: `Bearer ${tokens.accessToken}` },
      caller: doors.caller(tokens, overrides),
      client: doors.client(tokens),
    };
  }

  return {
    account,
    session,

    /** Somebody with an account who is signed in to it. */
    person: async (name?: string, options?: AccountOptions) => session(await account(name, options)),
  };
}
