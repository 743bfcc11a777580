import type { Tokens, User } from '@latchkey/shared/schemas';
import { expect } from 'vitest';
import { fromNewAddress, newPerson, type Person } from '../src/testing/people.ts';
import type { TestApp } from '../src/testing/test-app.ts';
import type { CallOptions, CallResponse } from '../src/testing/wire.ts';

export interface Challenge {
  challengeId: string;
  sentTo: string;
  expiresAt: string;
  resendAvailableAt: string | null;
}

export type SignedIn = Person & Tokens & { user: User; refreshToken: string };

/** An account as its owner makes it, not yet verified. */
export async function register(app: TestApp, overrides: Partial<Person> = {}): Promise<Person> {
  const person = newPerson(overrides);
  const registered = await app.call(
    'auth.register',
    { ...person, confirmPassword: person.password },
    { headers: fromNewAddress() },
  );
  expect(registered.status, registered.code).toBe(200);
  return person;
}

/** A sign-in with a password, from an address of its own. */
export const tryPassword = (
  app: TestApp,
  username: string,
  password: string,
  { headers, ...options }: CallOptions = {},
): Promise<CallResponse<Challenge>> =>
  app.call('auth.login', { username, password }, { ...options, headers: { ...fromNewAddress(), ...headers } });

/** The second half of a sign-in, from an address of its own. */
export const enterCode = (
  app: TestApp,
  challengeId: string,
  otp: string,
  { headers, ...options }: CallOptions = {},
): Promise<CallResponse<Tokens & { user: User; refreshToken: string; deviceToken?: string }>> =>
  app.call('auth.verifyOtp', { challengeId, otp }, { ...options, headers: { ...fromNewAddress(), ...headers } });

/** Signs in with the password. Gives the challenge and the code of its first mail. */
export async function login(
  app: TestApp,
  person: Pick<Person, 'username' | 'email' | 'password'>,
  options: CallOptions = {},
): Promise<Challenge & { code: string }> {
  const { data } = await tryPassword(app, person.username, person.password, options);
  const { challengeId, sentTo, expiresAt, resendAvailableAt } = data;
  return { challengeId, sentTo, expiresAt, resendAvailableAt, code: await app.mail.codeFor(person) };
}

/** Signs in with password and mailed code. */
export async function signIn(app: TestApp, person: Person, options: CallOptions = {}): Promise<SignedIn> {
  const { challengeId, code } = await login(app, person, options);
  return { ...person, ...(await enterCode(app, challengeId, code, options)).data };
}

/** Registers somebody and signs them in with the mailed code. */
export const signUpByCode = async (app: TestApp, options: CallOptions = {}): Promise<SignedIn> =>
  signIn(app, await register(app), options);

/** Somebody with a proved address who is signed in: as after {@link signUpByCode}, without the hash and the mail. */
export const signUp = (app: TestApp): Promise<SignedIn> => app.person();

/** A code that is not `code`. */
export const wrongCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

export const refresh = (app: TestApp, refreshToken: string): Promise<CallResponse<Tokens & { refreshToken: string }>> =>
  app.call('auth.refresh', { refreshToken }, { headers: fromNewAddress() });

/** The code of `user.me` with this access token: `ok`, or why not. */
export async function accessOf(app: TestApp, token: string): Promise<string> {
  const { status, code } = await app.call('user.me', undefined, { token });
  return status === 200 ? 'ok' : `${code}`;
}

export const tokenIn = (text: string): string => /#token=([\w-]+)/.exec(text)?.[1] ?? '';

/** Asks for a link to set a new password and takes its token out of the mail. */
export async function resetToken(app: TestApp, email: string): Promise<string> {
  const before = new Set(app.mail.list().map(({ id }) => id));
  const asked = await app.call('auth.requestPasswordReset', { email }, { headers: fromNewAddress() });
  expect(asked.status).toBe(200);
  const mail = await app.mail.waitFor(({ id, text }) => !before.has(id) && text.includes('token='));
  return tokenIn(mail.text);
}

export const resetPassword = (app: TestApp, token: string, password: string): Promise<CallResponse> =>
  app.call('auth.resetPassword', { token, password, confirmPassword: password }, { headers: fromNewAddress() });

/** The code of an error that a call at router level throws, or `ok`. */
export const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: { cause?: { code?: string } }) => error.cause?.code ?? 'no code',
  );
