import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Tokens, User } from '@latchkey/shared/schemas';
import { expect, vi } from 'vitest';
import type { AuditRecord } from '../src/infra/audit-store.ts';
import type { ChallengeRecord } from '../src/infra/challenges-store.ts';
import type { FailuresRecord } from '../src/infra/failures-store.ts';
import type { OutboxJobRecord } from '../src/infra/outbox-store.ts';
import type { UserRecord } from '../src/infra/user-record.ts';
import { fromNewAddress, type Person } from './people.ts';
import type { Answer, CallOptions, TestApp } from './test-app.ts';

/** The same call so many times at once. */
export const atOnce = <Result>(count: number, act: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** How many of the answers carry which application error code; a success counts as `ok`. */
export function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of answers) {
    const kind = status === 200 ? 'ok' : (code ?? String(status));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** What the database holds, for what no procedure shows and for what only an operator could bring about. */
export const stored = (app: TestApp) => ({
  users: app.connection.collection<UserRecord>('users'),
  challenges: app.connection.collection<ChallengeRecord>('challenges'),
  outbox: app.connection.collection<OutboxJobRecord>('outbox'),
  failures: app.connection.collection<FailuresRecord>('failures'),
  audit: app.connection.collection<AuditRecord>('audit'),
});

/** The account as it is stored. */
export async function storedUser(app: TestApp, { username }: Pick<Person, 'username'>): Promise<UserRecord> {
  const user = await stored(app).users.findOne({ usernameKey: username.toLowerCase() });
  if (!user) throw new Error(`nobody is called ${username}`);
  return user;
}

/** Types of the account's events, oldest first. */
export async function auditTypes(app: TestApp, userId: string): Promise<string[]> {
  const events = await stored(app).audit.find({ userId }).sort({ at: 1 }).toArray();
  return events.map(({ type }) => type);
}

/** All mail to an address, oldest first, once the outbox is empty. */
export async function mailsTo(app: TestApp, address: string): Promise<CaughtMail[]> {
  await vi.waitFor(
    async () => {
      if ((await stored(app).outbox.countDocuments()) > 0) throw new Error('mail is still waiting');
    },
    { interval: 10, timeout: 10_000 },
  );
  const mails = app.mailbox?.list() ?? [];
  return mails.filter(({ to }) => to.toLowerCase() === address.toLowerCase()).reverse();
}

/** Waits until each job in the outbox has been tried and put back. */
export const mailTried = (app: TestApp): Promise<void> =>
  vi.waitFor(
    async () => {
      const jobs = await stored(app).outbox.find().toArray();
      if (jobs.some(({ attempts, leaseUntil }) => attempts === 0 || leaseUntil)) throw new Error('mail is under way');
    },
    { interval: 10, timeout: 10_000 },
  );

export const subjectsTo = async (app: TestApp, address: string): Promise<string[]> =>
  (await mailsTo(app, address)).map(({ subject }) => subject);

/** A sign-in with a password, from an address of its own. */
export const guess = (
  app: TestApp,
  username: string,
  password: string,
  { headers, ...options }: CallOptions = {},
): Promise<Answer<{ challengeId: string }>> =>
  app.call('auth.login', { username, password }, { ...options, headers: { ...fromNewAddress(), ...headers } });

/** The second half of a sign-in, from an address of its own. */
export const answerCode = (
  app: TestApp,
  challengeId: string,
  otp: string,
  { headers, ...options }: CallOptions = {},
): Promise<Answer<Tokens & { user: User; refreshToken: string }>> =>
  app.call('auth.verifyOtp', { challengeId, otp }, { ...options, headers: { ...fromNewAddress(), ...headers } });

export const refresh = (app: TestApp, refreshToken: string): Promise<Answer<Tokens & { refreshToken: string }>> =>
  app.call('auth.refresh', { refreshToken }, { headers: fromNewAddress() });

/** The code of `user.me` with this access token: `ok`, or why not. */
export async function accessOf(app: TestApp, token: string): Promise<string> {
  const { status, code } = await app.call('user.me', undefined, { token });
  return status === 200 ? 'ok' : `${code}`;
}

/** Asks for a link to set a new password and takes its token out of the mail. */
export async function resetToken(app: TestApp, email: string): Promise<string> {
  const before = new Set(app.mailbox?.list().map(({ id }) => id));
  const asked = await app.call('auth.requestPasswordReset', { email }, { headers: fromNewAddress() });
  expect(asked.status).toBe(200);
  const mail = await app.waitForMail(({ id, text }) => !before.has(id) && text.includes('token='));
  return tokenIn(mail.text);
}

export const tokenIn = (text: string): string => /#token=([\w-]+)/.exec(text)?.[1] ?? '';

export const resetPassword = (app: TestApp, token: string, password: string): Promise<Answer> =>
  app.call('auth.resetPassword', { token, password, confirmPassword: password }, { headers: fromNewAddress() });

/** Everything that a caller sees of an answer but the time and the number of the request. */
export async function faceOf(app: TestApp, path: string, input: unknown, headers = fromNewAddress()) {
  const response = await fetch(`${app.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  });
  const own = new Set(['date', 'x-request-id']);
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.has(name)),
    body: await response.text(),
  };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds that an act takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
