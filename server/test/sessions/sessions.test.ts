import type { SessionItem, User } from '@latchkey/shared/schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createUsersStore } from '../../src/infra/stores/users/users-store.ts';
import { fromNewAddress, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallResponse } from '../../src/testing/wire.ts';
import { accessOf, enterCode, login, refresh, register, type SignedIn, signIn, signUp } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, mailsTo, raise, stored, storedUser } from '../stored.ts';

const minute = 60;
const day = 86_400;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const claimsOf = (token: string): { sub: string; sid: string; gen: number } =>
  JSON.parse(Buffer.from(`${token.split('.')[1]}`, 'base64url').toString());
const generationOf = (token: string) => claimsOf(token).gen;
const list = async (token: string) => (await app.call<SessionItem[]>('session.list', undefined, { token })).data;

/** A refresh that succeeds. */
const renewed = async (refreshToken: string) => (await refresh(app, refreshToken)).data;

describe('the list of sessions', () => {
  it('shows where somebody is signed in, the latest first, and ends what they choose', async () => {
    const person = await register(app);
    const phone = await signIn(app, person, { headers: { 'user-agent': safari, 'x-forwarded-for': '203.0.113.5' } });
    app.clock.advance(minute);
    const laptop = await signIn(app, person, { headers: { 'user-agent': firefox, 'x-forwarded-for': '203.0.113.9' } });

    const sessions = await list(laptop.accessToken);
    expect(sessions.map(({ device, ip, current }) => ({ device, ip, current }))).toEqual([
      { device: 'Firefox on Linux', ip: '203.0.113.9', current: true },
      { device: 'Safari on iOS', ip: '203.0.113.5', current: false },
    ]);

    const revoked = await app.call('session.revoke', { sessionId: sessions[1]?.id }, { token: laptop.accessToken });
    expect(revoked.data).toEqual({ success: true });
    expect(await accessOf(app, phone.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, phone.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect(await accessOf(app, laptop.accessToken)).toBe('ok');
  });

  it("does not end somebody else's session, nor tell whether it exists", async () => {
    const victim = await signUp(app);
    const thief = await signUp(app);
    for (const sessionId of [claimsOf(victim.refreshToken).sid, 'nothing']) {
      const response = await app.call('session.revoke', { sessionId }, { token: thief.accessToken });
      expect([response.status, response.code]).toEqual([404, 'NOT_FOUND']);
    }
    expect(await accessOf(app, victim.accessToken)).toBe('ok');
  });

  it('ends all others at once', async () => {
    const person = await app.account();
    const others = [await app.session(person), await app.session(person)];
    const own = await app.session(person);
    const response = await app.call('session.revokeOthers', undefined, { token: own.accessToken });
    expect(response.data).toEqual({ revoked: 2 });
    for (const { accessToken, refreshToken } of others) {
      expect(await accessOf(app, accessToken)).toBe('UNAUTHENTICATED');
      expect((await refresh(app, refreshToken)).code).toBe('SESSION_EXPIRED');
    }
    expect(await list(own.accessToken)).toHaveLength(1);
  });

  it('keeps the twenty that were used last', async () => {
    const person = await app.account();
    const oldest = await app.session(person);
    app.clock.advance(minute);
    const second = await app.session(person);
    app.clock.advance(minute);
    const { refreshToken } = await renewed(oldest.refreshToken);
    // Eighteen more that were used since, without eighteen mails.
    const { _id, sessions } = await storedUser(app, person);
    const [session] = sessions;
    if (!session) throw new Error('no session');
    const lastSeenAt = app.clock.now();
    const more = Array.from({ length: 18 }, (_, index) => ({ ...session, _id: `more-${index}`, lastSeenAt }));
    await stored(app).users.updateOne({ _id }, { $push: { sessions: { $each: more } } });

    const newest = await app.session(person);
    expect(await list(newest.accessToken)).toHaveLength(20);
    expect(await accessOf(app, second.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, refreshToken)).status).toBe(200);
  });
});

describe('the end of a session', () => {
  it('comes after seven days without a refresh', async () => {
    const kept = await signUp(app);
    const idle = await signUp(app);
    app.clock.advance(7 * day - 1);
    const { refreshToken, accessToken } = await renewed(kept.refreshToken);
    app.clock.advance(1);
    expect((await refresh(app, idle.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect(await accessOf(app, accessToken)).toBe('ok');
    expect((await refresh(app, refreshToken)).status).toBe(200);
  });

  it('comes after thirty days, however often it is refreshed, for its access token too', async () => {
    let { refreshToken } = await signUp(app);
    for (let days = 0; days < 24; days += 6) {
      app.clock.advance(6 * day);
      ({ refreshToken } = await renewed(refreshToken));
    }
    app.clock.advance(6 * day - 5 * minute);
    const last = await renewed(refreshToken);
    const end = new Date(app.clock.now().getTime() + 5 * minute * 1000).toISOString();
    expect([last.accessTokenExpiresAt, last.refreshTokenExpiresAt]).toEqual([end, end]);
    expect(await accessOf(app, last.accessToken)).toBe('ok');
    app.clock.advance(5 * minute);
    expect(await accessOf(app, last.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, last.refreshToken)).code).toBe('SESSION_EXPIRED');
  });

  it('comes with the next call where the account is disabled', async () => {
    const person = await signUp(app);
    await stored(app).users.updateOne({ usernameKey: person.username }, { $set: { status: 'disabled' } });
    expect(await accessOf(app, person.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, person.refreshToken)).code).toBe('SESSION_EXPIRED');
  });
});

describe('refreshing', () => {
  it('with the current generation moves to the next', async () => {
    const { refreshToken } = await signUp(app);
    const next = await renewed(refreshToken);
    expect([generationOf(refreshToken), generationOf(next.refreshToken)]).toEqual([0, 1]);
    expect(generationOf((await renewed(next.refreshToken)).refreshToken)).toBe(2);
  });

  it('gives the account to whoever asks for it, and to nobody else', async () => {
    const { refreshToken } = await signUp(app);
    const { data } = await app.call<{ accessToken: string; refreshToken: string; user: User }>('auth.refresh', {
      refreshToken,
      withUser: true,
    });
    expect(data.user).toEqual((await app.call('user.me', undefined, { token: data.accessToken })).data);
    expect(await renewed(data.refreshToken)).not.toHaveProperty('user');
  });

  it('with the one before answers the same successor within ten seconds, though it was used already', async () => {
    const { refreshToken } = await signUp(app);
    const next = await renewed(refreshToken);
    expect(await accessOf(app, next.accessToken)).toBe('ok');
    app.clock.advance(10);
    expect(generationOf((await renewed(refreshToken)).refreshToken)).toBe(1);
  });

  it('with the one before answers the same successor for as long as nobody has used it', async () => {
    const { refreshToken } = await signUp(app);
    await renewed(refreshToken);
    app.clock.advance(6 * day);
    const again = await renewed(refreshToken);
    expect(generationOf(again.refreshToken)).toBe(1);
    expect(await accessOf(app, again.accessToken)).toBe('ok');
  });

  it('with the one before, once its successor was used and ten seconds have passed, ends that session only', async () => {
    const person = await app.account();
    const stolen = await app.session(person);
    const other = await app.session(person);
    const next = await renewed(stolen.refreshToken);
    expect(await accessOf(app, next.accessToken)).toBe('ok');
    app.clock.advance(11);

    const replay = await refresh(app, stolen.refreshToken);
    expect([replay.status, replay.code]).toEqual([401, 'SESSION_REUSED']);
    expect(await accessOf(app, next.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, next.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect(await accessOf(app, other.accessToken)).toBe('ok');
  });

  it('with one still older ends the session at once', async () => {
    const { refreshToken } = await signUp(app);
    const second = await renewed(refreshToken);
    const third = await renewed(second.refreshToken);
    expect((await refresh(app, refreshToken)).code).toBe('SESSION_REUSED');
    expect((await refresh(app, third.refreshToken)).code).toBe('SESSION_EXPIRED');
  });

  it('ten replays in one batch cause one event and one mail', async () => {
    const person = await signUp(app);
    const second = await renewed(person.refreshToken);
    await renewed(second.refreshToken);
    // One request, so that none of them is over before the last begins.
    const paths = Array.from({ length: 10 }, () => 'auth.refresh').join(',');
    const inputs = Array.from({ length: 10 }, (_, index) => [index, { refreshToken: person.refreshToken }]);
    const response = await fetch(`${app.url}/trpc/${paths}?batch=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...fromNewAddress() },
      body: JSON.stringify(Object.fromEntries(inputs)),
    });
    const responses = (await response.json()) as Pick<CallResponse, 'error'>[];
    const codes = responses.map(({ error }) => error.data.app?.code);
    expect(codes.filter((code) => code === 'SESSION_REUSED').length).toBeGreaterThan(1);
    expect(codes.filter((code) => code !== 'SESSION_REUSED' && code !== 'SESSION_EXPIRED')).toEqual([]);
    const types = await auditTypes(app, (await storedUser(app, person))._id);
    expect(types.filter((type) => type === 'refresh-reused')).toHaveLength(1);
    const alarms = (await mailsTo(app, person.email)).filter(({ subject }) => subject.includes('ended a session'));
    expect(alarms).toHaveLength(1);
  });

  it('with garbage ends nobody’s session', async () => {
    const person = await signUp(app);
    const { refreshToken, accessToken } = person;
    const [header = '', payload = '', signature = ''] = refreshToken.split('.');
    const older = Buffer.from(JSON.stringify({ ...claimsOf(refreshToken), gen: -1 })).toString('base64url');
    const newer = Buffer.from(JSON.stringify({ ...claimsOf(refreshToken), gen: 7 })).toString('base64url');
    const garbage = [
      '',
      'garbage',
      '..',
      `${header}.${payload}.`,
      `${header}.${older}.${signature}`,
      `${header}.${newer}.${signature}`,
      accessToken,
      `${refreshToken}x`,
    ];
    for (const token of garbage) expect((await refresh(app, token)).code).toBe('SESSION_EXPIRED');
    expect(generationOf((await renewed(refreshToken)).refreshToken)).toBe(1);
    const types = await auditTypes(app, (await storedUser(app, person))._id);
    expect(types).not.toContain('refresh-reused');
  });

  it('in storms yields one successor each time, and never an alarm', async () => {
    let { refreshToken, ...person } = await signUp(app);
    for (const generation of [1, 2]) {
      const responses = await atOnce(25, () => refresh(app, refreshToken));
      expect(tally(responses)).toEqual({ ok: 25 });
      expect(new Set(responses.map(({ data }) => generationOf(data.refreshToken)))).toEqual(new Set([generation]));
      refreshToken = responses[0]?.data.refreshToken ?? '';
    }
    const { sessions } = await storedUser(app, person);
    expect(sessions.map(({ generation }) => generation)).toEqual([2]);
  });

  it('cannot turn a generation back with a rotation that lands late', async () => {
    const { refreshToken, ...person } = await signUp(app);
    const { sub: userId, sid: sessionId } = claimsOf(refreshToken);
    const second = await renewed(refreshToken);
    await renewed(second.refreshToken);
    const { idleExpiresAt, ip, userAgent } = (await storedUser(app, person)).sessions[0] ?? {};
    if (!idleExpiresAt || ip === undefined || userAgent === undefined) throw new Error('no session');
    // The write of a call that read the session before the others did.
    const late = createUsersStore(app.connection).rotateSession(
      { userId, sessionId, generation: 0, now: app.clock.now() },
      { idleExpiresAt, ip, userAgent },
    );
    expect(await late).toBe(false);
    expect((await storedUser(app, person)).sessions.map(({ generation }) => generation)).toEqual([2]);
  });

  it('more than sixty times in a minute waits, and ends nothing', async () => {
    const { refreshToken, accessToken } = await signUp(app);
    await stored(app).counters.deleteMany({ _id: /^refreshesPerSession:/ });
    await refresh(app, refreshToken);
    await raise(app, 'refreshesPerSession', 1, 55);
    const responses = await atOnce(10, () => refresh(app, refreshToken));
    expect(tally(responses)).toEqual({ ok: 5, RATE_LIMITED: 5 });
    expect(await accessOf(app, accessToken)).toBe('ok');
  });

  it('while the session is revoked never brings it back', async () => {
    const person = await app.account();
    const owner = await app.session(person);
    for (let round = 0; round < 3; round += 1) {
      const thief = await app.session(person);
      const { sid } = claimsOf(thief.refreshToken);
      const [revoked, ...responses] = await Promise.all([
        app.call('session.revoke', { sessionId: sid }, { token: owner.accessToken }),
        ...Array.from({ length: 6 }, () => refresh(app, thief.refreshToken)),
      ]);
      expect(revoked?.status).toBe(200);
      for (const response of responses) {
        if (response.status === 200) {
          expect(await accessOf(app, response.data.accessToken)).toBe('UNAUTHENTICATED');
          expect((await refresh(app, response.data.refreshToken)).code).toBe('SESSION_EXPIRED');
        } else {
          expect(response.code).toBe('SESSION_EXPIRED');
        }
      }
      expect((await list(owner.accessToken)).map(({ id }) => id)).not.toContain(sid);
    }
  });
});

describe('signing out', () => {
  it('succeeds again and again, and with nothing to end', async () => {
    const { refreshToken, accessToken } = await signUp(app);
    for (const token of [refreshToken, refreshToken, 'garbage']) {
      expect((await app.call('auth.logout', { refreshToken: token })).data).toEqual({ success: true });
    }
    expect(await accessOf(app, accessToken)).toBe('UNAUTHENTICATED');
  });

  it('works with an access token that has expired', async () => {
    const { refreshToken, accessToken } = await signUp(app);
    app.clock.advance(15 * minute);
    expect(await accessOf(app, accessToken)).toBe('UNAUTHENTICATED');
    expect((await app.call('auth.logout', {}, { token: accessToken })).data).toEqual({ success: true });
    expect((await refresh(app, refreshToken)).code).toBe('SESSION_EXPIRED');
  });

  it('works with a refresh token of any generation, and raises no alarm', async () => {
    const person = await signUp(app);
    const second = await renewed(person.refreshToken);
    const third = await renewed(second.refreshToken);
    expect((await app.call('auth.logout', { refreshToken: person.refreshToken })).status).toBe(200);
    expect(await accessOf(app, third.accessToken)).toBe('UNAUTHENTICATED');
    const types = await auditTypes(app, (await storedUser(app, person))._id);
    expect(types.filter((type) => type === 'signed-out')).toHaveLength(1);
    expect(types).not.toContain('refresh-reused');
  });

  it('ends one session and no other', async () => {
    const person = await app.account();
    const one = await app.session(person);
    const other = await app.session(person);
    await app.call('auth.logout', { refreshToken: one.refreshToken });
    expect(await accessOf(app, other.accessToken)).toBe('ok');
  });
});

describe('signing in in a browser', () => {
  async function signInByCookie(person: Person, cookies: Record<string, string> = {}) {
    const { challengeId, code } = await login(app, person);
    return app.call<SignedIn>(
      'auth.verifyOtp',
      { challengeId, otp: code, tokenDelivery: 'cookie' },
      { cookies, headers: { origin: app.origin } },
    );
  }
  const cookieOf = (response: Awaited<ReturnType<typeof signInByCookie>>) => ({
    'latchkey-refresh': `${response.cookies['latchkey-refresh']?.value}`,
  });

  it('over a live cookie of the same account replaces that session', async () => {
    const person = await app.account();
    const first = await signInByCookie(person);
    const elsewhere = await app.session(person);
    const second = await signInByCookie(person, cookieOf(first));
    expect(await accessOf(app, first.data.accessToken)).toBe('UNAUTHENTICATED');
    expect(await accessOf(app, elsewhere.accessToken)).toBe('ok');
    expect(await list(second.data.accessToken)).toHaveLength(2);
  });

  it('over a cookie of another account leaves that one alone', async () => {
    const first = await signInByCookie(await app.account());
    await signInByCookie(await app.account(), cookieOf(first));
    expect(await accessOf(app, first.data.accessToken)).toBe('ok');
  });

  it('a failed refresh never touches the cookie, and signing out clears it', async () => {
    const response = await signInByCookie(await app.account());
    const cookies = cookieOf(response);
    const headers = { origin: app.origin };
    const signedOut = await app.call('auth.logout', {}, { cookies, headers });
    expect(signedOut.cookies['latchkey-refresh']).toMatchObject({ value: '' });
    expect(signedOut.cookies['latchkey-refresh']?.attributes).toMatch(/Max-Age=0/);
    const failed = await app.call('auth.refresh', {}, { cookies, headers });
    expect(failed.code).toBe('SESSION_EXPIRED');
    expect(failed.cookies).toEqual({});
  });
});

describe('a session that opens while the password changes', () => {
  const password = 'a brand new passphrase of mine';
  const change = (owner: SignedIn) =>
    app.call<SignedIn>(
      'user.changePassword',
      { currentPassword: owner.password, password, confirmPassword: password },
      { token: owner.accessToken },
    );

  it('does not outlive the change, whichever comes first', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await signUp(app);
      const { challengeId, code } = await login(app, owner);
      const [changed, opened] = await Promise.all([change(owner), enterCode(app, challengeId, code)]);
      expect(changed.status).toBe(200);
      if (opened.status === 200) expect(await accessOf(app, opened.data.accessToken)).toBe('UNAUTHENTICATED');
      else expect(opened.code).toBe('CHALLENGE_EXPIRED');
      const { sid } = claimsOf(changed.data.refreshToken);
      expect((await storedUser(app, owner)).sessions.map(({ _id }) => _id)).toEqual([sid]);
    }
  });

  it('does not open with a code that was asked for before the change', async () => {
    const owner = await signUp(app);
    const { challengeId, code } = await login(app, owner);
    expect((await change(owner)).status).toBe(200);
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });
});
