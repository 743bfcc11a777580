import type { User } from '@latchkey/shared/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn } from '../../src/testing/mail.ts';
import { newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { login, register, signUp, wrongCode } from '../flows.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('the whole journey', () => {
  it('registers, signs in with password and mailed code, reads the account, refreshes and signs out', async () => {
    const person = newPerson({ username: 'Ada.L', email: 'Ada@Example.com' });

    const registered = await app.call<{ user: { id: string } }>('auth.register', {
      ...person,
      confirmPassword: person.password,
    });
    expect(registered.status).toBe(200);
    expect(registered.data).toEqual({
      success: true,
      user: {
        id: expect.any(String),
        username: 'Ada.L',
        email: 'Ada@Example.com',
        firstName: 'Ada',
        lastName: 'Lovelace',
      },
      registrationToken: expect.any(String),
    });

    const challenge = await app.call<Record<string, string>>('auth.login', {
      username: 'ada.l',
      password: strongPassword,
    });
    expect(challenge.data).toEqual({
      message: 'OTP sent to your registered email address.',
      challengeId: expect.any(String),
      sentTo: 'A***@Example.com',
      expiresAt: new Date(app.clock.now().getTime() + 300_000).toISOString(),
      resendAvailableAt: new Date(app.clock.now().getTime() + 30_000).toISOString(),
    });

    const mail = await app.mail.waitFor(({ to }) => to.toLowerCase() === 'ada@example.com');
    expect(mail.subject).toBe('Your OTP for Login');
    expect(mail.text).toMatch(/Your OTP is \d{6}\. It is valid for 5 minutes\./);

    const verified = await app.call<Record<string, string> & { user: User }>('auth.verifyOtp', {
      challengeId: challenge.data.challengeId,
      otp: codeIn(mail.text),
    });
    expect(verified.headers.get('cache-control')).toBe('no-store');
    const { accessToken, refreshToken, user } = verified.data;

    const me = await app.call<User>('user.me', undefined, { token: accessToken });
    expect(me.data).toEqual(user);
    expect(me.data).toEqual({
      id: registered.data.user.id,
      username: 'Ada.L',
      email: 'Ada@Example.com',
      firstName: 'Ada',
      lastName: 'Lovelace',
      emailVerified: true,
      role: 'user',
      locale: 'en',
      timeZone: 'UTC',
      dateJoined: app.clock.now().toISOString(),
      lastLoginAt: app.clock.now().toISOString(),
      passwordChangedAt: null,
    });

    const refreshed = await app.call<Record<string, string>>('auth.refresh', { refreshToken });
    expect(Object.keys(refreshed.data).sort()).toEqual([
      'accessToken',
      'accessTokenExpiresAt',
      'refreshToken',
      'refreshTokenExpiresAt',
    ]);

    const signedOut = await app.call('auth.logout', { refreshToken: refreshed.data.refreshToken });
    expect(signedOut.data).toEqual({ success: true });
    expect((await app.call('user.me', undefined, { token: refreshed.data.accessToken })).code).toBe('UNAUTHENTICATED');
    expect((await app.call('auth.refresh', { refreshToken: refreshed.data.refreshToken })).code).toBe(
      'SESSION_EXPIRED',
    );
  });

  it('accepts the e-mail address as the sign-in name', async () => {
    const person = await register(app);
    const { code, challengeId } = await login(app, { ...person, username: person.email.toUpperCase() });
    expect((await app.call('auth.verifyOtp', { challengeId, otp: code })).status).toBe(200);
  });

  it('answers router-level calls as it answers HTTP', async () => {
    const { accessToken } = await signUp(app);
    const caller = app.caller({ accessToken });
    expect((await caller.user.me()).emailVerified).toBe(true);

    const stranger = app.caller();
    await expect(stranger.user.me()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      cause: { code: 'UNAUTHENTICATED' },
    });
  });
});

describe('one-time codes', () => {
  it('tell how many tries are left and end after five', async () => {
    const person = await app.account();
    const { challengeId, code } = await login(app, person);
    for (const attemptsLeft of [4, 3, 2, 1, 0]) {
      const response = await app.call('auth.verifyOtp', { challengeId, otp: wrongCode(code) });
      expect(response.status).toBe(401);
      expect(response.error.data.app).toEqual({ code: 'OTP_INVALID', details: { attemptsLeft } });
    }
    expect((await app.call('auth.verifyOtp', { challengeId, otp: code })).code).toBe('CHALLENGE_EXPIRED');
  });

  it('expire after five minutes', async () => {
    const { challengeId, code } = await login(app, await app.account());
    app.clock.advance(300);
    expect((await app.call('auth.verifyOtp', { challengeId, otp: code })).code).toBe('CHALLENGE_EXPIRED');
  });

  it('are replaced by a resend, which waits 30 seconds and happens at most three times', async () => {
    const person = await app.account();
    const { challengeId, code } = await login(app, person);
    const early = await app.call('auth.resendOtp', { challengeId });
    expect([early.status, early.code]).toEqual([429, 'RESEND_TOO_SOON']);

    const seen = new Set([code]);
    let newest = code;
    for (const left of [2, 1, 0]) {
      app.clock.advance(30);
      const response = await app.call<{ resendAvailableAt: string | null }>('auth.resendOtp', { challengeId });
      expect(response.data.resendAvailableAt === null).toBe(left === 0);
      const mail = await app.mail.waitFor(
        ({ to, text }) => to === person.email && codeIn(text) !== '' && !seen.has(codeIn(text)),
      );
      newest = codeIn(mail.text);
      seen.add(newest);
    }
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('RATE_LIMITED');
    expect((await app.call('auth.verifyOtp', { challengeId, otp: code })).code).toBe('OTP_INVALID');
    expect((await app.call('auth.verifyOtp', { challengeId, otp: newest })).status).toBe(200);
  });
});

describe('races', () => {
  it('of ten parallel registrations of one name exactly one succeeds', async () => {
    const person = newPerson();
    const responses = await Promise.all(
      Array.from({ length: 10 }, () => app.call('auth.register', { ...person, confirmPassword: person.password })),
    );
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(1);
    for (const response of responses.filter(({ status }) => status !== 200)) {
      expect(response.status).toBe(409);
      expect(['User already exists!', 'Email already taken!']).toContain(response.error.message);
    }
  });

  it('twenty parallel refreshes share one successor', async () => {
    const { refreshToken } = await signUp(app);
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => app.call<{ refreshToken: string }>('auth.refresh', { refreshToken })),
    );
    const generations = responses.map(
      ({ data }) => JSON.parse(Buffer.from(`${data.refreshToken.split('.')[1]}`, 'base64url').toString()).gen,
    );
    expect(new Set(generations)).toEqual(new Set([1]));
    const next = responses.at(0)?.data.refreshToken;
    expect((await app.call('auth.refresh', { refreshToken: next })).status).toBe(200);
  });
});

describe('cookie mode', () => {
  it('keeps the refresh token in an HttpOnly cookie and out of the body', async () => {
    const person = await app.account();
    const { challengeId, code } = await login(app, person);
    const verified = await app.call(
      'auth.verifyOtp',
      { challengeId, otp: code, tokenDelivery: 'cookie' },
      { headers: { origin: app.origin } },
    );
    expect(verified.data).not.toHaveProperty('refreshToken');
    const cookie = verified.cookies['latchkey-refresh'];
    expect(cookie?.attributes).toMatch(/HttpOnly/);
    expect(cookie?.attributes).toMatch(/SameSite=Strict/i);
    expect(cookie?.attributes).toMatch(/Path=\//);

    const cookies = { 'latchkey-refresh': `${cookie?.value}` };
    const refreshed = await app.call('auth.refresh', {}, { cookies, headers: { origin: app.origin } });
    expect(refreshed.status).toBe(200);
    expect(refreshed.cookies['latchkey-refresh']?.value).not.toBe(cookie?.value);
  });

  it.each([['https://evil.example'], ['null'], [undefined]])('refuses the origin %s', async (origin) => {
    const person = await app.account();
    const { challengeId, code } = await login(app, person);
    const headers = origin === undefined ? {} : { origin };
    const response = await app.call('auth.verifyOtp', { challengeId, otp: code, tokenDelivery: 'cookie' }, { headers });
    expect([response.status, response.code]).toEqual([403, 'BAD_ORIGIN']);
    expect(Object.keys(response.cookies)).toEqual([]);
    // Nothing was done: the code is still good.
    expect((await app.call('auth.verifyOtp', { challengeId, otp: code })).status).toBe(200);
  });
});
