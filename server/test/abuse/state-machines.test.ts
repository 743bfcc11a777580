import type { Tokens } from '@latchkey/shared/schemas';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn } from '../../src/testing/mail.ts';
import type { Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { login, refresh, wrongCode } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { stored, storedUser } from '../stored.ts';

const tries = 5;
const mails = 4;
const codeSeconds = 300;
const challengeSeconds = 900;
const resendSeconds = 30;
const runs = { numRuns: 15 };

let app: TestApp;
let person: Person;
const secondsNow = () => app.clock.now().getTime() / 1000;

beforeAll(async () => {
  // Without the limits, which would end the longer sequences early: what is left must hold by itself.
  app = await createTestApp({ env: { RATE_LIMITS: 'off', SESSION_IDLE_SECONDS: '3600', SESSION_MAX_SECONDS: '7200' } });
  person = await app.person();
});
afterAll(() => app[Symbol.asyncDispose]());

type ChallengeStep =
  | { act: 'wrong'; times: number }
  | { act: 'right'; times: number }
  | { act: 'mixed'; wrong: number; right: number }
  | { act: 'old' }
  | { act: 'resend' }
  | { act: 'wait'; seconds: number };

const challengeStep: fc.Arbitrary<ChallengeStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ act: fc.constant('wrong' as const), times: fc.integer({ min: 1, max: 7 }) }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('right' as const), times: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('mixed' as const),
      wrong: fc.integer({ min: 1, max: 6 }),
      right: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ act: 'old' as const }) },
  { weight: 3, arbitrary: fc.constant({ act: 'resend' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({ act: fc.constant('wait' as const), seconds: fc.constantFrom(1, 29, 30, 31, 299, 300) }),
  },
);

/** What the design says about one challenge. */
async function beginChallenge() {
  const { challengeId, code } = await login(app, person);
  const startedAt = secondsNow();
  const seenMails = new Set(app.mail.list().map(({ id }) => id));
  const model = {
    codes: [code],
    attempts: 0,
    sends: 1,
    lastSentAt: startedAt,
    expiresAt: startedAt + codeSeconds,
    consumed: false,
  };
  let compares = 0;
  let opened = 0;

  const isLive = () => !model.consumed && secondsNow() < model.expiresAt;
  const current = () => model.codes.at(-1) ?? '';
  const wrong = () => {
    let code = wrongCode(current());
    while (model.codes.includes(code)) code = wrongCode(code);
    return code;
  };

  /** Answers with these codes all at once and holds what came against the model. */
  async function response(codes: string[]): Promise<void> {
    const left = isLive() ? tries - model.attempts : 0;
    const right = codes.filter((code) => code === current()).length;
    const responses = await Promise.all(codes.map((otp) => app.call('auth.verifyOtp', { challengeId, otp })));
    const { ok = 0, OTP_INVALID: invalid = 0, CHALLENGE_EXPIRED: over = 0 } = tally(responses);
    expect(ok + invalid + over).toBe(codes.length);
    compares += ok + invalid;
    opened += ok;
    if (right === 0 || left === 0) {
      expect([ok, invalid]).toEqual([0, Math.min(left, codes.length)]);
    } else if (codes.length <= left || right === codes.length) {
      expect(ok).toBe(1);
    } else {
      // More answers than tries: the right one may have come too late, but then every try was used.
      expect(ok === 1 || invalid === left).toBe(true);
    }
    model.attempts = Math.min(tries, model.attempts + (left > 0 ? codes.length : 0));
    model.consumed ||= ok === 1;
  }

  async function resend(): Promise<void> {
    const now = secondsNow();
    const reply = await app.call('auth.resendOtp', { challengeId });
    const isOver = model.consumed || now >= startedAt + challengeSeconds || model.attempts >= tries;
    if (isOver || (model.sends >= mails && !isLive())) return expect(reply.code).toBe('CHALLENGE_EXPIRED');
    if (model.sends >= mails) return expect(reply.code).toBe('RATE_LIMITED');
    if (now - model.lastSentAt < resendSeconds) return expect(reply.code).toBe('RESEND_TOO_SOON');
    expect(reply.status).toBe(200);
    const mail = await app.mail.waitFor(({ id, text }) => !seenMails.has(id) && codeIn(text) !== '');
    seenMails.add(mail.id);
    model.codes.push(codeIn(mail.text));
    model.sends += 1;
    model.lastSentAt = now;
    model.expiresAt = Math.min(now + codeSeconds, startedAt + challengeSeconds);
  }

  async function take(step: ChallengeStep): Promise<void> {
    if (step.act === 'wait') app.clock.advance(step.seconds);
    else if (step.act === 'resend') await resend();
    else if (step.act === 'old') await response([model.codes.find((code) => code !== current()) ?? wrong()]);
    else if (step.act === 'wrong') await response(Array(step.times).fill(wrong()));
    else if (step.act === 'right') await response(Array(step.times).fill(current()));
    else await response([...Array(step.wrong).fill(wrong()), ...Array(step.right).fill(current())]);
    expect(compares).toBeLessThanOrEqual(tries);
    expect(opened).toBeLessThanOrEqual(1);
  }
  return { take, sends: () => model.sends };
}

describe('a challenge', { timeout: 60_000 }, () => {
  it('compares at most five codes and opens at most one session, whatever is done to it in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(challengeStep, { minLength: 1, maxLength: 14 }), async (steps) => {
        const before = (await storedUser(app, person)).sessions.map(({ _id }) => _id);
        const challenge = await beginChallenge();
        for (const step of steps) await challenge.take(step);
        const after = (await storedUser(app, person)).sessions.map(({ _id }) => _id);
        expect(after.filter((id) => !before.includes(id)).length).toBeLessThanOrEqual(1);
        expect(challenge.sends()).toBeLessThanOrEqual(mails);
      }),
      runs,
    );
  });
});

const idleSeconds = 3600;
const maxSeconds = 7200;
const accessSeconds = 600;
const leewaySeconds = 30;
const graceSeconds = 10;

type SessionStep =
  | { act: 'refresh'; back: number; times: number }
  | { act: 'access'; back: number }
  | { act: 'logout'; back: number }
  | { act: 'revoke' }
  | { act: 'wait'; seconds: number };

const back = fc.integer({ min: 0, max: 4 });
const sessionStep: fc.Arbitrary<SessionStep> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      act: fc.constant('refresh' as const),
      back: fc.constantFrom(0, 0, 0, 1, 1, 2, 3),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ act: fc.constant('access' as const), back }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('logout' as const), back }) },
  { weight: 1, arbitrary: fc.constant({ act: 'revoke' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      act: fc.constant('wait' as const),
      seconds: fc.constantFrom(1, 9, 10, 11, 600, 630, 1800, 3599, 3600),
    }),
  },
);

/** The order of things that decides between an answer that was lost and a theft. */
const replayed: fc.Arbitrary<SessionStep[]> = fc
  .record({
    used: fc.boolean(),
    seconds: fc.constantFrom(0, 1, 9, 10, 11, 600),
    back: fc.constantFrom(1, 1, 1, 2),
    times: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ used, seconds, back: steps, times }) => [
    { act: 'refresh', back: 0, times: 1 },
    ...(used ? [{ act: 'access', back: 0 } as const] : []),
    { act: 'wait', seconds },
    { act: 'refresh', back: steps, times },
  ]);
const sessionSteps = fc
  .array(fc.oneof({ weight: 3, arbitrary: sessionStep.map((step) => [step]) }, { weight: 1, arbitrary: replayed }), {
    minLength: 1,
    maxLength: 10,
  })
  .map((scenes) => scenes.flat());

const claimsOf = (token: string): { sid: string; gen: number } =>
  JSON.parse(Buffer.from(`${token.split('.')[1]}`, 'base64url').toString());

/** What the design says about one session. */
async function beginSession() {
  const first = await app.session(person);
  const openedAt = secondsNow();
  const { sid } = claimsOf(first.refreshToken);
  const model = { generation: 0, seen: true, rotatedAt: openedAt, idleUntil: openedAt + idleSeconds, ended: false };
  const endsAt = openedAt + maxSeconds;
  const refreshTokens = [first.refreshToken];
  const accessTokens = [{ token: first.accessToken, generation: 0, until: openedAt + accessSeconds + leewaySeconds }];
  let reuses = 0;

  const isLive = () => !model.ended && secondsNow() < Math.min(model.idleUntil, endsAt);
  const fromEnd = <Item>(items: readonly Item[], steps: number): Item => {
    const item = items[Math.max(0, items.length - 1 - steps)];
    if (item === undefined) throw new Error('nothing was issued');
    return item;
  };

  /** Every answer brings a token of the one generation that is current now. */
  function keep(response: Tokens & { refreshToken: string }): void {
    expect(claimsOf(response.refreshToken)).toMatchObject({ sid, gen: model.generation });
    expect(claimsOf(response.accessToken)).toMatchObject({ sid, gen: model.generation });
    refreshTokens[model.generation] = response.refreshToken;
    const until = Math.min(secondsNow() + accessSeconds, model.idleUntil, endsAt) + leewaySeconds;
    accessTokens.push({ token: response.accessToken, generation: model.generation, until });
  }

  async function bring(steps: number, times: number): Promise<void> {
    const token = fromEnd(refreshTokens, steps);
    const { gen } = claimsOf(token);
    const responses = await atOnce(times, () => refresh(app, token));
    const counts = tally(responses);
    if (!isLive()) return expect(counts).toEqual({ SESSION_EXPIRED: times });
    const now = secondsNow();
    const inGrace = now <= model.rotatedAt + graceSeconds || !model.seen;
    if (gen < model.generation - 1 || (gen === model.generation - 1 && !inGrace)) {
      // The one that ended it raised the alarm; the others may find nothing any more.
      model.ended = true;
      reuses += 1;
      expect(counts.SESSION_REUSED ?? 0).toBeGreaterThanOrEqual(1);
      return expect((counts.SESSION_REUSED ?? 0) + (counts.SESSION_EXPIRED ?? 0)).toBe(times);
    }
    expect(counts).toEqual({ ok: times });
    if (gen === model.generation) {
      const idleUntil = Math.min(now + idleSeconds, endsAt);
      Object.assign(model, { generation: gen + 1, seen: false, rotatedAt: now, idleUntil });
    }
    for (const { data } of responses) keep(data);
  }

  async function use(steps: number): Promise<void> {
    const { token, generation, until } = fromEnd(accessTokens, steps);
    const response = await app.call('user.me', undefined, { token });
    const works = isLive() && secondsNow() < until;
    expect(response.status).toBe(works ? 200 : 401);
    if (works && generation === model.generation) model.seen = true;
  }

  async function take(step: SessionStep): Promise<void> {
    if (step.act === 'wait') {
      app.clock.advance(step.seconds);
    } else if (step.act === 'refresh') {
      await bring(step.back, step.times);
    } else if (step.act === 'access') {
      await use(step.back);
    } else if (step.act === 'logout') {
      const response = await app.call('auth.logout', { refreshToken: fromEnd(refreshTokens, step.back) });
      expect(response.data).toEqual({ success: true });
      model.ended = true;
    } else {
      const { token, generation, until } = fromEnd(accessTokens, 0);
      const works = isLive() && secondsNow() < until;
      const response = await app.call('session.revoke', { sessionId: sid }, { token });
      expect(response.status).toBe(works ? 200 : 401);
      if (works) model.ended = true;
      expect(generation).toBeLessThanOrEqual(model.generation);
    }
    const session = (await storedUser(app, person)).sessions.find(({ _id }) => _id === sid);
    if (model.ended) expect(session).toBeUndefined();
    else expect(session).toMatchObject({ generation: model.generation, seen: model.seen });
  }

  /** Nothing that was ever issued works once the session is over. */
  async function expectOver(): Promise<void> {
    app.clock.advance(maxSeconds);
    for (const { token } of accessTokens)
      expect((await app.call('user.me', undefined, { token })).code).toBe('UNAUTHENTICATED');
    for (const token of refreshTokens) expect((await refresh(app, token)).code).toBe('SESSION_EXPIRED');
  }
  return { take, expectOver, reuses: () => reuses, userId: first.user.id };
}

describe('a session', { timeout: 60_000 }, () => {
  it('has one live successor at most and never outlives its end, whatever is done to it in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(sessionSteps, async (steps) => {
        const session = await beginSession();
        const alarms = () => stored(app).audit.countDocuments({ userId: session.userId, type: 'refresh-reused' });
        const before = await alarms();
        for (const step of steps) await session.take(step);
        expect((await alarms()) - before).toBe(session.reuses());
        await session.expectOver();
      }),
      runs,
    );
  });
});
