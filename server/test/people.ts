import { randomBytes } from 'node:crypto';
import type { Tokens, User } from '@latchkey/shared/schemas';
import type { CallOptions, TestApp } from './test-app.ts';

export const strongPassword = 'correct horse battery staple';

export interface Person {
  username: string;
  email: string;
  firstName: string;
  lastName: string;
  password: string;
}

export interface Challenge {
  challengeId: string;
  sentTo: string;
  expiresAt: string;
  resendAvailableAt: string | null;
}

export type SignedIn = Person & Tokens & { user: User; refreshToken: string };

/** Somebody nobody has heard of yet. */
export function newPerson(overrides: Partial<Person> = {}): Person {
  const name = `p${randomBytes(5).toString('hex')}`;
  return {
    username: name,
    email: `${name}@example.com`,
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

export async function register(app: TestApp, overrides: Partial<Person> = {}): Promise<Person> {
  const person = newPerson(overrides);
  const answer = await app.call(
    'auth.register',
    { ...person, confirmPassword: person.password },
    { headers: fromNewAddress() },
  );
  void answer.data;
  return person;
}

export const codeIn = (text: string): string => /Your OTP is (\d{6})\./.exec(text)?.[1] ?? '';

/** Signs in with the password. Gives the challenge and the code of its first mail. */
export async function login(
  app: TestApp,
  person: Pick<Person, 'username' | 'email' | 'password'>,
  options: CallOptions = {},
): Promise<Challenge & { code: string }> {
  const before = new Set(app.mailbox?.list().map((mail) => mail.id));
  const { username, password } = person;
  const answer = await app.call<Challenge>(
    'auth.login',
    { username, password },
    { ...options, headers: { ...fromNewAddress(), ...options.headers } },
  );
  const { challengeId, sentTo, expiresAt, resendAvailableAt } = answer.data;
  const mail = await app.waitForMail(
    ({ id, to, text }) => !before.has(id) && to.toLowerCase() === person.email.toLowerCase() && codeIn(text) !== '',
  );
  return { challengeId, sentTo, expiresAt, resendAvailableAt, code: codeIn(mail.text) };
}

/** Signs in with password and mailed code. */
export async function signIn(app: TestApp, person: Person, options: CallOptions = {}): Promise<SignedIn> {
  const { challengeId, code } = await login(app, person, options);
  const answer = await app.call<Tokens & { user: User; refreshToken: string }>(
    'auth.verifyOtp',
    { challengeId, otp: code },
    { ...options, headers: { ...fromNewAddress(), ...options.headers } },
  );
  return { ...person, ...answer.data };
}

/** Registers somebody and signs them in. */
export async function signUp(app: TestApp, options: CallOptions = {}): Promise<SignedIn> {
  return signIn(app, await register(app), options);
}

/** A code that is not `code`. */
export const wrongCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
