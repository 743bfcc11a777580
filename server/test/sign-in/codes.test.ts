import { createHash, randomBytes } from 'node:crypto';
import { limits } from '@latchkey/shared/limits';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createChallengesStore } from '../../src/infra/stores/challenges-store.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { fromNewAddress, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { enterCode, login, register, resetPassword, resetToken, signIn, tryPassword, wrongCode } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, mailsTo, raise, stored, storedUser } from '../stored.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

async function newChallenge() {
  const person = await app.account();
  return { person, ...(await login(app, person)) };
}

async function newestCode(email: string): Promise<string> {
  return codeIn((await mailsTo(app, email)).at(-1)?.text ?? '');
}

describe('tries of one challenge', () => {
  it('of twenty parallel right answers exactly one opens a session', async () => {
    const { person, challengeId, code } = await newChallenge();
    const responses = await atOnce(20, () => enterCode(app, challengeId, code));
    expect(tally(responses)).toEqual({ ok: 1, CHALLENGE_EXPIRED: 19 });
    expect((await storedUser(app, person)).sessions).toHaveLength(1);
  });

  it('of fifty parallel wrong answers five are compared', async () => {
    const { person, challengeId, code } = await newChallenge();
    const responses = await atOnce(50, () => enterCode(app, challengeId, wrongCode(code)));
    expect(tally(responses)).toEqual({ OTP_INVALID: limits.otpTries, CHALLENGE_EXPIRED: 45 });
    const left = responses.flatMap((response) => (response.code === 'OTP_INVALID' ? [response.error.data.app] : []));
    expect(new Set(left)).toEqual(
      new Set([0, 1, 2, 3, 4].map((attemptsLeft) => ({ code: 'OTP_INVALID', details: { attemptsLeft } }))),
    );
    const { _id } = await storedUser(app, person);
    expect((await auditTypes(app, _id)).filter((type) => type === 'code-failed')).toHaveLength(5);
  });

  it('a right answer in the middle of fifty parallel ones is one of five that are compared', async () => {
    const { person, challengeId, code } = await newChallenge();
    const responses = await atOnce(50, (index) => enterCode(app, challengeId, index === 25 ? code : wrongCode(code)));
    const { ok = 0, OTP_INVALID = 0, CHALLENGE_EXPIRED = 0 } = tally(responses);
    expect(ok + OTP_INVALID).toBeLessThanOrEqual(limits.otpTries);
    expect(ok + OTP_INVALID + CHALLENGE_EXPIRED).toBe(50);
    expect((await storedUser(app, person)).sessions).toHaveLength(ok);
  });

  it('a right answer after five wrong ones comes too late', async () => {
    const { person, challengeId, code } = await newChallenge();
    for (let index = 0; index < 5; index += 1) await enterCode(app, challengeId, wrongCode(code));
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await storedUser(app, person)).sessions).toEqual([]);
  });

  it('a right answer after four wrong ones still counts', async () => {
    const { challengeId, code } = await newChallenge();
    for (let index = 0; index < 4; index += 1) await enterCode(app, challengeId, wrongCode(code));
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
  });

  it('a code that was used once is used up', async () => {
    const { challengeId, code } = await newChallenge();
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });

  it('a try before a code exists costs one, and the code mailed later is good', async () => {
    const person = await app.account();
    await app.mailWorker.stop();
    const { challengeId } = (await tryPassword(app, person.username, person.password)).data;
    const early = await enterCode(app, challengeId, '000000');
    expect(early.error.data.app).toEqual({ code: 'OTP_INVALID', details: { attemptsLeft: 4 } });
    app.mailWorker.start();
    const code = await newestCode(person.email);
    const next = await enterCode(app, challengeId, wrongCode(code));
    expect(next.error.data.app).toEqual({ code: 'OTP_INVALID', details: { attemptsLeft: 3 } });
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
  });
});

describe('codes across challenges', () => {
  it("one person's code is wrong for another person's challenge", async () => {
    const thief = await newChallenge();
    const victim = await newChallenge();
    expect((await enterCode(app, victim.challengeId, thief.code)).code).toBe('OTP_INVALID');
    expect((await enterCode(app, thief.challengeId, thief.code)).status).toBe(200);
  });

  it('a code is wrong for another challenge of the same person', async () => {
    const first = await newChallenge();
    const second = await login(app, first.person);
    expect((await enterCode(app, second.challengeId, first.code)).code).toBe('OTP_INVALID');
    expect((await enterCode(app, second.challengeId, second.code)).status).toBe(200);
  });

  it('a code to confirm an address signs nobody in, and a code to sign in confirms no address', async () => {
    const owner = await app.account();
    const { accessToken } = await app.session(owner);
    const email = `new-${owner.email}`;
    const change = await app.call<{ challengeId: string }>(
      'user.requestEmailChange',
      { email, currentPassword: owner.password },
      { token: accessToken },
    );
    const mail = await app.mail.waitFor(({ to }) => to === email);
    const changeCode = /Your code is (\d{6})/.exec(mail.text)?.[1] ?? '';
    const asSignIn = await enterCode(app, change.data.challengeId, changeCode);
    expect(asSignIn.code).toBe('CHALLENGE_EXPIRED');

    const { challengeId, code } = await login(app, owner);
    const asChange = await app.call('user.confirmEmailChange', { challengeId, otp: code }, { token: accessToken });
    expect(asChange.code).toBe('CHALLENGE_EXPIRED');
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
  });
});

describe('resending', () => {
  it('never refills the tries', async () => {
    const { person, challengeId, code } = await newChallenge();
    for (let index = 0; index < 3; index += 1) await enterCode(app, challengeId, wrongCode(code));
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() })).status).toBe(200);
    const newer = await newestCode(person.email);
    for (const attemptsLeft of [1, 0]) {
      const response = await enterCode(app, challengeId, wrongCode(newer));
      expect(response.error.data.app).toEqual({ code: 'OTP_INVALID', details: { attemptsLeft } });
    }
    expect((await enterCode(app, challengeId, newer)).code).toBe('CHALLENGE_EXPIRED');
    app.clock.advance(30);
    const again = await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() });
    expect(again.code).toBe('CHALLENGE_EXPIRED');
  });

  it('makes the older code wrong as soon as the newer is mailed', async () => {
    const { person, challengeId, code } = await newChallenge();
    app.clock.advance(30);
    await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() });
    const newer = await newestCode(person.email);
    expect((await enterCode(app, challengeId, code)).code).toBe('OTP_INVALID');
    expect((await enterCode(app, challengeId, newer)).status).toBe(200);
  });

  it('of ten parallel requests one sends a mail', async () => {
    const { person, challengeId } = await newChallenge();
    app.clock.advance(30);
    const responses = await atOnce(10, () =>
      app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() }),
    );
    expect(tally(responses)).toEqual({ ok: 1, RESEND_TOO_SOON: 9 });
    expect(await mailsTo(app, person.email)).toHaveLength(2);
  });

  it('brings an expired code back to life with a new one, and tells when that is so', async () => {
    const { person, challengeId, code } = await newChallenge();
    app.clock.advance(300);
    const late = await enterCode(app, challengeId, code);
    expect(late.error.data.app).toEqual({ code: 'CHALLENGE_EXPIRED', details: { resendable: true } });
    expect((await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() })).status).toBe(200);
    expect((await enterCode(app, challengeId, await newestCode(person.email))).status).toBe(200);
    const used = await enterCode(app, challengeId, code);
    expect(used.error.data.app).toEqual({ code: 'CHALLENGE_EXPIRED', details: { resendable: false } });
  });

  it('does not offer a new code for a challenge that is over, or that had all its tries', async () => {
    const tried = await newChallenge();
    for (let index = 0; index < 5; index += 1) await enterCode(app, tried.challengeId, wrongCode(tried.code));
    const { challengeId, code } = await newChallenge();
    app.clock.advance(300);
    const exhausted = await enterCode(app, tried.challengeId, tried.code);
    expect(exhausted.error.data.app).toEqual({ code: 'CHALLENGE_EXPIRED', details: { resendable: false } });
    app.clock.advance(600);
    const over = await enterCode(app, challengeId, code);
    expect(over.error.data.app).toEqual({ code: 'CHALLENGE_EXPIRED', details: { resendable: false } });
    expect((await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() })).code).toBe(
      'CHALLENGE_EXPIRED',
    );
  });

  it('does not keep a challenge alive for more than fifteen minutes', async () => {
    const { person, challengeId } = await newChallenge();
    for (let index = 0; index < 3; index += 1) {
      app.clock.advance(299);
      const response = await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() });
      expect(response.status).toBe(200);
    }
    const code = await newestCode(person.email);
    app.clock.advance(3);
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });

  it('that the hourly share of codes refuses changes nothing', async () => {
    const person = await app.account();
    const challenge = await login(app, person);
    await atOnce(9, () => tryPassword(app, person.username, person.password));
    app.clock.advance(30);
    const { challengeId } = challenge;
    const before = await stored(app).challenges.findOne({ _id: challengeId });
    const refused = await app.call('auth.resendOtp', { challengeId }, { headers: fromNewAddress() });
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(await stored(app).challenges.findOne({ _id: challengeId })).toEqual(before);
  });
});

describe('budgets over all challenges', () => {
  // What is raised is the one count that the test has begun.
  beforeEach(() => stored(app).counters.deleteMany({ _id: /^wrongCodesPer/ }));

  const failOnce = async ({ challengeId, code }: Awaited<ReturnType<typeof login>>, headers = fromNewAddress()) =>
    expect((await enterCode(app, challengeId, wrongCode(code), { headers })).code).toBe('OTP_INVALID');

  /**
   * So many wrong answers in a row, of which the first and the last are given: those between are put into the count.
   * @param before how many there were in the row
   */
  async function answerWrongly(person: Person, count: number, before = 0) {
    const challenge = await login(app, person);
    await failOnce(challenge);
    await raise(app, 'wrongCodesPerAccount', before + 1, before + count - 1);
    await failOnce(challenge);
  }

  it('ten wrong codes in a row lock an account for 15 minutes, twice as long each time; even the right one waits', async () => {
    const person = await app.account();
    for (const [row, seconds] of [900, 1800, 3600].entries()) {
      await answerWrongly(person, 10, 10 * row);
      const { challengeId, code } = await login(app, person);
      app.clock.advance(60);
      const refused = await enterCode(app, challengeId, code);
      expect(refused.status).toBe(429);
      const retryAfterSeconds = seconds - 60;
      expect(refused.error.data.app).toEqual({ code: 'RATE_LIMITED', details: { retryAfterSeconds } });
      expect(refused.headers.get('retry-after')).toBe(String(retryAfterSeconds));
      // The refusal cost no try.
      expect(await stored(app).challenges.findOne({ _id: challengeId })).toMatchObject({ attempts: 0 });
      app.clock.advance(3600);
    }
    const later = await login(app, person);
    expect((await enterCode(app, later.challengeId, later.code)).status).toBe(200);
  });

  it('the hundredth wrong code in a row locks an account until a reset', async () => {
    const person = await app.account();
    const { _id } = await storedUser(app, person);
    // As after nine locks that were sat out.
    await answerWrongly(person, 100);
    app.clock.advance(60 * 24 * 3600);
    const { challengeId, code } = await login(app, person);
    expect((await enterCode(app, challengeId, code)).code).toBe('RATE_LIMITED');
    expect(await auditTypes(app, _id)).toContain('sign-in-locked');

    const password = 'another long passphrase';
    await resetPassword(app, await resetToken(app, person.email), password);
    await signIn(app, { ...person, password });
  });

  it('of twenty parallel wrong codes on four challenges ten are compared', async () => {
    const person = await app.account();
    const challenges: Awaited<ReturnType<typeof login>>[] = [];
    for (let index = 0; index < 4; index += 1) challenges.push(await login(app, person));
    const responses = await atOnce(20, (index) => {
      const { challengeId = '', code = '' } = challenges[index % 4] ?? {};
      return enterCode(app, challengeId, wrongCode(code));
    });
    expect(tally(responses)).toEqual({ OTP_INVALID: 10, RATE_LIMITED: 10 });
  });

  it('a session that was opened ends the row of wrong codes', async () => {
    const person = await app.account();
    await answerWrongly(person, 9);
    const right = await login(app, person);
    expect((await enterCode(app, right.challengeId, right.code)).status).toBe(200);
    await answerWrongly(person, 9);
    const { challengeId, code } = await login(app, person);
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
  });

  it('an address has fifty over all accounts, and a success there clears nothing', async () => {
    const headers = fromNewAddress();
    await failOnce(await newChallenge(), headers);
    await raise(app, 'wrongCodesPerAddress', 1, 48);
    await failOnce(await newChallenge(), headers);
    const own = await newChallenge();
    expect((await enterCode(app, own.challengeId, own.code, { headers })).status).toBe(200);

    const last = await newChallenge();
    await failOnce(last, headers);
    const refused = await enterCode(app, last.challengeId, last.code, { headers });
    expect(refused.status).toBe(429);
    expect(refused.error.data.app).toMatchObject({ code: 'RATE_LIMITED' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Elsewhere the same challenge is as good as ever.
    expect((await enterCode(app, last.challengeId, last.code)).status).toBe(200);
  });
});

describe('codes at rest', () => {
  it('are a MAC in the challenge, and the outbox holds no secret', async () => {
    const person = await app.account();
    await app.mailWorker.stop();
    const { challengeId } = (await tryPassword(app, person.username, person.password)).data;
    const waiting = await stored(app).challenges.findOne({ _id: challengeId });
    expect(waiting).not.toHaveProperty('codeHash');
    const job = await stored(app).outbox.findOne({ challengeId });
    expect(Object.keys(job ?? {}).sort()).toEqual(
      [
        '_id',
        'attempts',
        'challengeId',
        'data',
        'expiresAt',
        'lane',
        'locale',
        'runAt',
        'sends',
        'template',
        'to',
      ].sort(),
    );
    expect(job?.data).toEqual({});
    app.mailWorker.start();

    const code = await newestCode(person.email);
    const { codeHash, keyId, ...rest } = (await stored(app).challenges.findOne({ _id: challengeId })) ?? {};
    expect(Buffer.from(`${codeHash}`, 'base64url')).toHaveLength(32);
    expect(keyId).toMatch(/^[\w-]{8}$/);
    expect(JSON.stringify(rest)).not.toContain(code);
    // No digest without a key: a million codes are hashed in a second.
    for (const text of [code, challengeId + code, code + challengeId]) {
      expect(codeHash).not.toBe(createHash('sha256').update(text).digest('base64url'));
    }
  });
});

describe('two workers minting for one challenge', () => {
  it('a worker whose lease lapsed mails a code that no longer works', async () => {
    // A mail server that takes the mail of the first worker and answers when it is told to.
    const slowCodes: string[] = [];
    const releases: (() => void)[] = [];
    const slow = new SMTPServer({
      logger: false,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData(stream, _session, callback) {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        stream.on('end', () => {
          slowCodes.push(codeIn(text));
          releases.push(() => callback());
        });
      },
    });
    await new Promise<void>((resolve) => slow.listen(0, '127.0.0.1', resolve));
    const address = slow.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using database = await openTestDatabase();
    const shared = { MONGODB_URI: database.uri, AUTH_SECRETS: randomBytes(32).toString('hex') };
    try {
      await using first = await createTestApp({
        env: {
          ...shared,
          SMTP_URL: `smtp://127.0.0.1:${port}`,
          MAIL_FROM: 'no-reply@example.com',
        },
      });
      await using second = await createTestApp({ env: shared });
      const person = await register(first);
      const { challengeId } = (await tryPassword(first, person.username, person.password)).data;
      await vi.waitFor(() => expect(slowCodes).toHaveLength(1), { interval: 5, timeout: 30_000 });
      const [staleCode = ''] = slowCodes;

      second.clock.advance(61);
      await second.mailWorker.wake();
      const mail = await second.mail.waitFor(({ to }) => to === person.email);
      for (const release of releases) release();

      expect(staleCode).toMatch(/^\d{6}$/);
      expect((await enterCode(second, challengeId, staleCode)).code).toBe('OTP_INVALID');
      expect((await enterCode(second, challengeId, codeIn(mail.text))).status).toBe(200);
    } finally {
      await new Promise<void>((resolve) => slow.close(resolve));
    }
  });

  it('the code of an earlier attempt or an earlier request cannot be stored over a later one', async () => {
    const { challengeId, code } = await newChallenge();
    const store = createChallengesStore(app.connection);
    const now = app.clock.now();
    const mint = (sends: number, attempt: number) =>
      store.storeCode(challengeId, {
        purpose: 'login',
        sends,
        attempt,
        codeHash: `${sends}.${attempt}`,
        keyId: 'k',
        shares: [],
        now,
      });
    expect(await mint(1, 1)).toBeUndefined();
    expect(await mint(2, 1)).toBeUndefined();
    expect((await enterCode(app, challengeId, wrongCode(code))).code).toBe('OTP_INVALID');

    expect(await mint(1, 3)).toMatchObject({ mailAttempt: 3 });
    expect(await mint(1, 2)).toBeUndefined();
    expect(await stored(app).challenges.findOne({ _id: challengeId })).toMatchObject({
      codeHash: '1.3',
      mailAttempt: 3,
    });
    expect((await enterCode(app, challengeId, code)).code).toBe('OTP_INVALID');
  });

  it('no code is stored for a challenge that is over', async () => {
    const { challengeId, code } = await newChallenge();
    await enterCode(app, challengeId, code);
    const late = createChallengesStore(app.connection).storeCode(challengeId, {
      purpose: 'login',
      sends: 1,
      attempt: 9,
      codeHash: 'late',
      keyId: 'k',
      shares: [],
      now: app.clock.now(),
    });
    expect(await late).toBeUndefined();
  });
});
