import type { AddressInfo } from 'node:net';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/infra/logger.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallResponse } from '../../src/testing/wire.ts';
import { login, register, resetPassword, resetToken, type SignedIn, signIn, tryPassword, wrongCode } from '../flows.ts';
import { postJson, send } from '../raw-http.ts';
import { mailsTo, stored } from '../stored.ts';

const secondPassword = 'the second fine passphrase of mine';
const thirdPassword = 'the third fine passphrase of mine';
const typedByMistake = 'a password in the wrong field';
const undoIn = (text: string) => /#code=([\w.-]+)/.exec(text)?.[1] ?? '';

/** Text that holds none of the secrets, also not encoded as a URL, as base64 or as JSON would. */
function expectNone(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThanOrEqual(6);
    const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
    for (const form of forms) expect(text.includes(form) ? `${secret} is in the text` : '').toBe('');
  }
}

/** Does everything that an account allows, well and badly. Gives every secret that was typed, mailed or answered. */
async function fullJourney(app: TestApp): Promise<{ secrets: string[]; userId: string }> {
  const secrets = [strongPassword, secondPassword, thirdPassword, typedByMistake];
  const keep = <Value extends string | undefined>(value: Value): Value => {
    if (value === undefined || value === '') throw new Error('a secret is missing');
    secrets.push(value);
    return value;
  };
  const person = await register(app);
  await tryPassword(app, typedByMistake, 'x');
  await tryPassword(app, person.username, secondPassword);

  const { challengeId, code } = await login(app, person);
  keep(code);
  await app.call('auth.verifyOtp', { challengeId, otp: keep(wrongCode(code)) });
  app.clock.advance(30);
  await app.call('auth.resendOtp', { challengeId });
  const resent = await app.mail.waitFor(
    ({ to, text }) => to === person.email && codeIn(text) !== '' && codeIn(text) !== code,
  );
  const verified = await app.call<Record<string, string>>(
    'auth.verifyOtp',
    { challengeId, otp: keep(codeIn(resent.text)), tokenDelivery: 'cookie' },
    { headers: { origin: app.origin } },
  );
  const cookie = keep(verified.cookies['latchkey-refresh']?.value);
  keep(verified.cookies['latchkey-device']?.value);
  keep(verified.data.accessToken);
  const inCookie = await app.call<Record<string, string>>(
    'auth.refresh',
    {},
    { cookies: { 'latchkey-refresh': `${cookie}` }, headers: { origin: app.origin } },
  );
  keep(inCookie.cookies['latchkey-refresh']?.value);
  keep(inCookie.data.accessToken);

  // The other delivery, an old token, a token in the wrong place, and one in an address.
  const session = await signIn(app, person, { headers: { 'user-agent': 'another browser' } });
  let refreshToken: string | undefined = session.refreshToken;
  for (let index = 0; index < 3; index += 1) {
    const response: CallResponse<Record<string, string>> = await app.call('auth.refresh', { refreshToken });
    refreshToken = keep(response.data.refreshToken);
    keep(response.data.accessToken);
  }
  expect((await app.call('auth.refresh', { refreshToken: keep(session.refreshToken) })).code).toBe('SESSION_REUSED');
  await app.call('user.me', undefined, { token: `${refreshToken}` });
  await send(app, `/trpc/auth.refresh?input=${encodeURIComponent(JSON.stringify({ refreshToken }))}`);
  await send(app, `/reset-password?token=${refreshToken}`);
  await postJson(app, '/trpc/auth.login', `{"username":"${person.username}","password":"${strongPassword}"`);
  await postJson(app, '/trpc/auth.login', JSON.stringify({ username: person.username, passwort: strongPassword }));

  // Changes of password and address, and their undoing.
  const owner = await signIn(app, person);
  keep(owner.accessToken);
  const change = (currentPassword: string, password: string) =>
    app.call<SignedIn>(
      'user.changePassword',
      { currentPassword, password, confirmPassword: password },
      { token: owner.accessToken },
    );
  expect((await change(thirdPassword, secondPassword)).status).toBe(401);
  const changed = await change(strongPassword, secondPassword);
  const token = keep(changed.data.accessToken);
  keep(changed.data.refreshToken);
  const { email } = newPerson();
  const asked = await app.call<Record<string, string>>(
    'user.requestEmailChange',
    { email, currentPassword: secondPassword },
    { token },
  );
  const mail = await app.mail.waitFor(({ to }) => to === email);
  const otp = keep(/\b\d{6}\b/.exec(mail.text)?.[0]);
  expect(
    (await app.call('user.confirmEmailChange', { challengeId: asked.data.challengeId, otp }, { token })).status,
  ).toBe(200);
  const notice = await app.mail.waitFor(({ to, text }) => to === person.email && undoIn(text) !== '');
  const undo = { code: keep(undoIn(notice.text)), password: thirdPassword, confirmPassword: thirdPassword };
  expect((await app.call('auth.undoEmailChange', undo)).status).toBe(200);
  const reset = keep(await resetToken(app, person.email));
  expect((await resetPassword(app, reset, strongPassword)).status).toBe(200);
  expect((await resetPassword(app, reset, strongPassword)).code).toBe('RESET_TOKEN_INVALID');

  // An error of ours, with a token and an input at hand.
  const last = await signIn(app, person);
  keep(last.accessToken);
  await stored(app).users.updateOne({ _id: last.user.id }, { $unset: { createdAt: '' } });
  expect((await app.call('user.me', undefined, { token: last.accessToken })).code).toBe('INTERNAL');
  await mailsTo(app, person.email);
  return { secrets, userId: last.user.id };
}

describe('the log', () => {
  it('of a full journey at its most talkative holds no password, code, token or cookie, and neither does what is stored', async () => {
    await using app = await createTestApp();
    const { secrets, userId } = await fullJourney(app);
    expect(secrets.length).toBeGreaterThan(20);

    const log = app.log.join('');
    expectNone(log, secrets);
    // It does tell of each call and of the error.
    for (const path of ['auth.login', 'auth.verifyOtp', 'auth.refresh', 'user.changePassword', 'auth.resetPassword']) {
      expect(log).toContain(`"path":"/trpc/${path}"`);
    }
    expect(log).toContain('unexpected error');

    const database = app.connection.db;
    const collections = (await database?.listCollections().toArray()) ?? [];
    expect(collections.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['audit', 'challenges', 'counters', 'outbox', 'users']),
    );
    for (const { name } of collections) {
      expectNone(JSON.stringify(await app.connection.collection(name).find().toArray()), secrets);
    }
    const types = await stored(app).audit.distinct('type', { userId });
    expect(types.length).toBeGreaterThanOrEqual(10);
  });

  it('and the outbox hold no code or link of a mail that a server took and then refused', async () => {
    const taken: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      logger: false,
      async onData(stream, _session, callback) {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk);
        taken.push((await PostalMime.parse(Buffer.concat(chunks))).text ?? '');
        callback(
          Object.assign(new Error(`Try again later: ${taken.at(-1)}`.slice(0, 300).replace(/\s+/g, ' ')), {
            responseCode: 451,
          }),
        );
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const { port } = server.server.address() as AddressInfo;
    try {
      await using app = await createTestApp({
        env: {
          SMTP_URL: `smtp://127.0.0.1:${port}`,
          MAIL_FROM: 'Latchkey <no-reply@example.com>',
        },
      });
      const person = await register(app);
      await tryPassword(app, person.username, person.password);
      await app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
      await app.mail.settled();
      expect(taken).toHaveLength(2);
      const code = taken.map(codeIn).find((found) => found !== '');
      const token = taken.map((text) => /token=([\w-]+)/.exec(text)?.[1]).find((found) => found !== undefined);

      const waiting = await stored(app).outbox.find().toArray();
      expect(waiting.map(({ template }) => template).sort()).toEqual([
        expect.stringMatching(/login-code$/),
        'password-reset',
      ]);
      const challenges = await stored(app).challenges.find().toArray();
      expectNone(JSON.stringify([waiting, challenges]), [`${code}`, `${token}`]);
      expect(app.log.join('')).toContain('mail was not sent');
      // The link was taken back: nobody got it.
      expect(challenges.map(({ purpose }) => purpose)).toEqual(['login']);
      expect((await resetPassword(app, `${token}`, secondPassword)).code).toBe('RESET_TOKEN_INVALID');
    } finally {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it('blanks fields that could hold a secret, wherever they stand', () => {
    const lines: string[] = [];
    const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
    const secret = 'do-not-log-me';
    const fields = [
      'password',
      'confirmPassword',
      'currentPassword',
      'otp',
      'token',
      'accessToken',
      'refreshToken',
      'deviceToken',
      'registrationToken',
      'refresh',
      'access',
      'confirm_password',
      'authorization',
      'cookie',
      'passwordHash',
    ];
    for (const field of fields) {
      logger.info({ [field]: secret }, 'flat');
      logger.info({ input: { [field]: secret } }, 'nested');
      logger.info({ request: { headers: { [field]: secret } } }, 'deeper');
    }
    expect(lines).toHaveLength(3 * fields.length);
    expectNone(lines.join(''), [secret]);
    for (const line of lines) expect(line).toContain('[redacted]');
  });
});
