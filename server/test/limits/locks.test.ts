import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hasher } from '../../src/domain/outside.ts';
import { nativeHasher } from '../../src/domain/passwords.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { fromNewAddress, newPerson, type Person, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallOptions } from '../../src/testing/wire.ts';
import { visibleResponse } from '../abuse/observed.ts';
import {
  accessOf,
  codeOf,
  enterCode,
  login,
  resetPassword,
  resetToken,
  signIn,
  signUp,
  tryPassword,
  wrongCode,
} from '../flows.ts';
import { atOnce, countEach, tally } from '../parallel.ts';
import { auditTypes, mailsTo, raise, stored, storedUser } from '../stored.ts';

const minute = 60;
const hour = 60 * minute;
const wrong = 'not the password of anybody';
const newPassword = 'a brand new passphrase of mine';

let app: TestApp;
/** How many passwords have been compared with a hash. */
let compared = 0;
beforeAll(async () => {
  const hasher: Hasher = {
    ...nativeHasher,
    compare(message, hash) {
      compared += 1;
      return nativeHasher.compare(message, hash);
    },
  };
  app = await createTestApp({ hasher });
});
afterAll(() => app[Symbol.asyncDispose]());

/** Somebody who has just registered. */
const newcomer = () => app.account(undefined, { emailVerified: false });

/** How a wrong password ends, from an address of its own and without HTTP. */
function guessOnce(username: string, at = app): Promise<string> {
  const ip = `${fromNewAddress()['x-forwarded-for']}`;
  return codeOf(at.caller(undefined, { ip, network: ip }).auth.login({ username, password: wrong }));
}

/** How so many wrong passwords for a name end that are under way at once. */
async function guess(username: string, count: number): Promise<Record<string, number>> {
  return countEach(await atOnce(count, () => guessOnce(username)));
}

/**
 * Locks a name as ten wrong passwords in a row do, by the first and the last of them: those between are put into its count.
 * @param before how many there were in the row
 */
async function lock(
  name: string,
  { at = app, before = 0, ...options }: { at?: TestApp; before?: number } & CallOptions = {},
) {
  const fail = async () => expect((await tryPassword(at, name, wrong, options)).code).toBe('INVALID_CREDENTIALS');
  await fail();
  const counted = { _id: /^signInsPer(Name|Device):/, used: before + 1 };
  await stored(at).counters.updateMany(counted, { $set: { used: before + 9 } });
  await fail();
}

/** Signs in and gives what a browser would keep. */
async function signInWithBrowser(person: Person, cookies: Record<string, string> = {}) {
  const { challengeId, code } = await login(app, person, { cookies });
  const response = await enterCode(app, challengeId, code, { cookies });
  return { 'latchkey-device': `${response.cookies['latchkey-device']?.value}`, token: response.data.accessToken };
}

describe('ten wrong passwords in a row', () => {
  it('lock a name for 15 minutes, twice as long each time up to a day, and from the fiftieth on until a reset', async () => {
    const person = await app.account();
    let before = 0;
    for (const seconds of [900, 1800, 3600, 2 * hour]) {
      await lock(person.username, { before });
      before += 10;
      const refused = await tryPassword(app, person.username, person.password);
      expect(refused.status).toBe(429);
      expect(refused.error.data.app).toEqual({ code: 'RATE_LIMITED', details: { retryAfterSeconds: seconds } });
      expect(refused.headers.get('retry-after')).toBe(String(seconds));
      app.clock.advance(seconds - 1);
      expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
      app.clock.advance(1);
    }
    await lock(person.username, { before });
    app.clock.advance(400 * 24 * hour);
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
  });

  it('end by themselves: after the lock the right password signs in', async () => {
    const person = await newcomer();
    expect(await guess(person.username, 9)).toEqual({ INVALID_CREDENTIALS: 9 });
    expect((await tryPassword(app, person.username, wrong)).code).toBe('INVALID_CREDENTIALS');
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
    app.clock.advance(15 * minute);
    await signIn(app, person);
  });

  it('are counted while they are under way: of a hundred parallel guesses ten are compared', async () => {
    const person = await newcomer();
    expect(await guess(person.username, 100)).toEqual({ INVALID_CREDENTIALS: 10, RATE_LIMITED: 90 });
  });

  it('count for a name as typed, in any writing of it', async () => {
    const person = await newcomer();
    const fullWidth = [...person.username].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0));
    const writings = [person.username, person.username.toUpperCase(), ` ${person.username} `, fullWidth.join('')];
    const responses = await atOnce(10, (index) => tryPassword(app, `${writings[index % writings.length]}`, wrong));
    expect(tally(responses)).toEqual({ INVALID_CREDENTIALS: 10 });
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
  });

  it('are not made more by calls that the lock refuses', async () => {
    const person = await newcomer();
    await lock(person.username);
    app.clock.advance(14 * minute);
    const refused = await tryPassword(app, person.username, wrong);
    expect(await guess(person.username, 19)).toEqual({ RATE_LIMITED: 19 });
    expect(refused.error.data.app).toEqual({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 60 } });
    app.clock.advance(minute);
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
  });

  it('lock before anything is hashed', async () => {
    const name = newPerson().username;
    compared = 0;
    expect(await guess(name, 10)).toEqual({ INVALID_CREDENTIALS: 10 });
    expect(compared).toBe(10);
    expect(await guess(name, 5)).toEqual({ RATE_LIMITED: 5 });
    expect(compared).toBe(10);
  });
});

describe('a lock', () => {
  it('answers alike for known and unknown names and for right and wrong passwords', async () => {
    const person = await newcomer();
    const nobody = newPerson();
    await lock(person.username);
    await lock(nobody.username);
    const faces = [];
    for (const [username, password] of [
      [person.username, wrong],
      [person.username, person.password],
      [nobody.username, wrong],
      [nobody.username, person.password],
    ]) {
      faces.push(await visibleResponse(app, 'auth.login', { username, password }));
    }
    expect(faces[0]?.status).toBe(429);
    for (const face of faces) expect(face).toEqual(faces[0]);
  });

  it('is opened by a reset', async () => {
    const person = await newcomer();
    await lock(person.username);
    await lock(person.email);
    const password = newPassword;
    expect((await resetPassword(app, await resetToken(app, person.email), password)).status).toBe(200);
    expect((await tryPassword(app, person.username, password)).status).toBe(200);
    expect((await tryPassword(app, person.email, password)).status).toBe(200);
  });

  it('of the fiftieth failure is opened by a reset as well', async () => {
    const person = await app.account();
    await lock(person.username);
    // As after four locks, which the first test of this file sits out.
    await stored(app).counters.updateMany({ _id: /^signInsPerName:/, used: 10 }, { $set: { used: 49 } });
    expect((await tryPassword(app, person.username, wrong)).code).toBe('INVALID_CREDENTIALS');
    app.clock.advance(60 * 24 * hour);
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
    const password = newPassword;
    await resetPassword(app, await resetToken(app, person.email), password);
    expect((await tryPassword(app, person.username, password)).status).toBe(200);
  });

  it('does not keep out the browser that has signed in before, and its sign-in ends the lock', async () => {
    const person = await app.person();
    await lock(person.username);
    await lock(person.email);
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
    await signInWithBrowser(person, person.cookies);
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
    expect((await tryPassword(app, person.email, person.password)).status).toBe(200);
  });

  it('has a door per browser with ten failures of its own, which leave the name alone', async () => {
    const person = await app.person();
    const { cookies } = person;
    await lock(person.username, { cookies });
    const refused = await tryPassword(app, person.username, person.password, { cookies });
    expect(refused.error.data.app).toEqual({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 900 } });
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
  });

  it('does not keep out the browser that has just reset, and tells of no new device there', async () => {
    const person = await signUp(app);
    const reset = await resetPassword(app, await resetToken(app, person.email), newPassword);
    const cookies = { 'latchkey-device': `${reset.cookies['latchkey-device']?.value}` };
    await lock(person.username);
    await lock(person.email);
    expect((await tryPassword(app, person.username, newPassword)).code).toBe('RATE_LIMITED');
    await signInWithBrowser({ ...person, password: newPassword }, cookies);
    const subjects = (await mailsTo(app, person.email)).map(({ subject }) => subject);
    expect(subjects.filter((subject) => subject === 'New sign-in to your account')).toEqual([]);
  });

  it('does not keep out a client without cookies that shows its device token', async () => {
    const person = await newcomer();
    const first = await login(app, person);
    const { deviceToken } = (await enterCode(app, first.challengeId, first.code)).data;
    expect(deviceToken).toEqual(expect.any(String));
    await lock(person.username);
    const headers = { 'x-latchkey-device': `${deviceToken}` };
    const { challengeId, code } = await login(app, person, { headers });
    const again = (await enterCode(app, challengeId, code, { headers })).data;
    const change = { currentPassword: person.password, password: newPassword, confirmPassword: newPassword };
    await lock(person.username);
    expect((await app.call('user.changePassword', change, { token: again.accessToken, headers })).status).toBe(200);
    expect((await tryPassword(app, person.username, newPassword, { headers })).status).toBe(200);
    for (const forged of [`${deviceToken}x`, again.accessToken, again.refreshToken, 'garbage', '']) {
      const response = await tryPassword(app, person.username, newPassword, {
        headers: { 'x-latchkey-device': forged },
      });
      expect(response.code).toBe('RATE_LIMITED');
    }
  });

  it('gives a device token to whoever gets the refresh token in the body, and to no page', async () => {
    const person = await newcomer();
    const { challengeId, code: otp } = await login(app, person);
    const input = { challengeId, otp, tokenDelivery: 'cookie' };
    const response = await app.call('auth.verifyOtp', input, { headers: { origin: app.origin } });
    expect(response.data).not.toHaveProperty('deviceToken');
    const asked = await fetch(`${app.url}/trpc/auth.login`, { method: 'OPTIONS', headers: { origin: app.origin } });
    expect(asked.headers.get('access-control-allow-headers')).toContain('x-latchkey-device');
  });

  it('has a door for each account that a browser has signed in to', async () => {
    const people = await atOnce(3, newcomer);
    const cookies: Record<string, string> = {};
    const keep = (name: string, value: string) => {
      cookies[name] = value;
    };
    for (const person of people) await app.session(person, { cookies: { get: (name) => cookies[name], set: keep } });
    for (const person of people) {
      await lock(person.username);
      expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
      expect((await tryPassword(app, person.username, person.password, { cookies })).status).toBe(200);
    }
    // A failure with one account is none with another.
    await lock(`${people[0]?.username}`, { cookies });
    expect((await tryPassword(app, `${people[1]?.username}`, strongPassword, { cookies })).status).toBe(200);
  });

  it('keeps doors for a year after the last sign-in to each account', async () => {
    const [early, late] = [await app.person(), await app.account()];
    app.clock.advance('200d');
    const request = { cookies: { get: (name: string) => early.cookies[name], set: () => {} } };
    const { deviceToken: device = '' } = await app.session(late, request);
    const isKnownTo = async ({ username, password }: Person) => {
      await lock(username);
      return (await tryPassword(app, username, password, { headers: { 'x-latchkey-device': device } })).status === 200;
    };
    expect([await isKnownTo(early), await isKnownTo(late)]).toEqual([true, true]);
    app.clock.advance('166d');
    expect([await isKnownTo(early), await isKnownTo(late)]).toEqual([false, true]);
    app.clock.advance('200d');
    expect([await isKnownTo(early), await isKnownTo(late)]).toEqual([false, false]);
  });

  it('is opened on https by the cookie of before its prefix, too', async () => {
    await using secure = await createTestApp({ env: { PUBLIC_URL: 'https://accounts.example' } });
    const person = await secure.person();
    const device = `${person.cookies['__Host-latchkey-device']}`;
    await lock(person.username, { at: secure });
    for (const name of ['__Host-latchkey-device', 'latchkey-device']) {
      const response = await tryPassword(secure, person.username, person.password, { cookies: { [name]: device } });
      expect([name, response.status]).toEqual([name, 200]);
    }
  });

  it("has no door for somebody else's browser, nor for a cookie that was tampered with", async () => {
    const person = await app.person();
    const others = `${(await app.person()).cookies['latchkey-device']}`;
    await lock(person.username);
    const forged = others.split('.');
    const payload = JSON.parse(Buffer.from(`${forged[1]}`, 'base64url').toString());
    forged[1] = Buffer.from(JSON.stringify({ ...payload, sub: person.user.id })).toString('base64url');
    for (const device of [others, forged.join('.'), 'garbage', '']) {
      const response = await tryPassword(app, person.username, person.password, {
        cookies: { 'latchkey-device': device },
      });
      expect(response.code).toBe('RATE_LIMITED');
    }
    expect((await tryPassword(app, person.username, person.password, { cookies: person.cookies })).status).toBe(200);
  });
});

describe('the row of failures', () => {
  it('is not ended by a right password without its code', async () => {
    const person = await newcomer();
    await guess(person.username, 9);
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
    expect((await tryPassword(app, person.username, wrong)).code).toBe('INVALID_CREDENTIALS');
    expect((await tryPassword(app, person.username, wrong)).code).toBe('RATE_LIMITED');
  });

  it('is ended by an opened session', async () => {
    const person = await newcomer();
    const names = [person.username, person.email];
    for (const name of names) await guess(name, 9);
    await signIn(app, person);
    for (const name of names) expect(await guess(name, 9)).toEqual({ INVALID_CREDENTIALS: 9 });
  });

  it('counts a wrong current password wherever one is asked for', async () => {
    const person = await newcomer();
    const { accessToken: token } = await signIn(app, person);
    const change = { password: newPassword, confirmPassword: newPassword };
    const attempt = (index: number) => {
      const inputs = [
        ['user.changePassword', { currentPassword: wrong, ...change }],
        ['user.requestEmailChange', { currentPassword: wrong, email: `new-${person.email}` }],
        ['user.deleteAccount', { currentPassword: wrong }],
        ['session.confirm', { password: wrong }],
      ] as const;
      const [path, input] = inputs[index % 4] ?? inputs[0];
      return app.call(path, input, { token });
    };
    expect(tally(await atOnce(9, attempt))).toEqual({ INVALID_CREDENTIALS: 9 });
    expect(tally(await atOnce(10, attempt))).toEqual({ INVALID_CREDENTIALS: 1, RATE_LIMITED: 9 });
    const right = await app.call('user.changePassword', { currentPassword: person.password, ...change }, { token });
    expect([right.status, right.code]).toEqual([429, 'RATE_LIMITED']);
    const confirmed = await app.call('session.confirm', { password: person.password }, { token });
    expect([confirmed.status, confirmed.code]).toEqual([429, 'RATE_LIMITED']);
    // A stolen session locks nobody out.
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
    expect(await accessOf(app, token)).toBe('ok');
    const types = await auditTypes(app, (await storedUser(app, person))._id);
    expect(types.filter((type) => type === 'password-confirmation-failed')).toHaveLength(9);
    expect(types.filter((type) => type === 'sign-in-locked')).toHaveLength(1);
  });

  it('of current passwords is not begun anew by another username', async () => {
    const person = await newcomer();
    const { accessToken: token } = await signIn(app, person);
    const remove = (currentPassword: string) => app.call('user.deleteAccount', { currentPassword }, { token });
    expect(tally(await atOnce(9, () => remove(wrong)))).toEqual({ INVALID_CREDENTIALS: 9 });
    expect((await app.call('user.changeUsername', { username: newPerson().username }, { token })).status).toBe(200);
    expect((await remove(wrong)).code).toBe('INVALID_CREDENTIALS');
    expect((await remove(person.password)).code).toBe('RATE_LIMITED');
  });

  it('of strangers does not keep somebody who is signed in from changing the password', async () => {
    const { username, password, accessToken: token } = await signUp(app);
    await lock(username);
    const change = { currentPassword: password, password: newPassword, confirmPassword: newPassword };
    expect((await app.call('user.changePassword', change, { token })).status).toBe(200);
  });

  it('does not grow by sign-ins that the hourly share of codes refuses', async () => {
    const person = await newcomer();
    const accepted = await atOnce(10, () => tryPassword(app, person.username, person.password));
    expect(tally(accepted)).toEqual({ ok: 10 });
    const counters = () =>
      stored(app)
        .counters.find({ _id: /^signInsPerName:/ })
        .sort({ _id: 1 })
        .toArray();
    const before = await counters();
    const refused = await atOnce(15, () => tryPassword(app, person.username, person.password));
    expect(tally(refused)).toEqual({ RATE_LIMITED: 15 });
    expect(await counters()).toEqual(before);
  });

  it('does not grow by sign-ins that a full queue of hashes turns away', async () => {
    let running = 0;
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using busy = await createTestApp({
      hasher: {
        ...nativeHasher,
        async compare() {
          running += 1;
          await released;
          return false;
        },
      },
    });
    const calls = 120;
    const responses = atOnce(calls, () => guessOnce(newPerson().username, busy));
    let refused = 0;
    async function countCalls(): Promise<number> {
      const metrics = await (await fetch(`${busy.url}/metrics`)).text();
      const count = (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1]);
      refused = count('latchkey_hash_queue_refused_total');
      return running + refused + count('latchkey_hash_queue_waiting');
    }
    await expect.poll(countCalls, { timeout: 30_000, interval: 100 }).toBe(calls);
    release();
    expect(refused).toBeGreaterThan(0);
    expect(countEach(await responses)).toEqual({ INVALID_CREDENTIALS: calls - refused, BUSY: refused });
    const counters = await stored(busy)
      .counters.find({ _id: /^signInsPerName:/ })
      .toArray();
    expect(counters.reduce((sum, { used }) => sum + used, 0)).toBe(calls - refused);
  });

  it('of an address over all names is not ended by a success, and does not reach other addresses', async () => {
    const headers = fromNewAddress();
    const person = await newcomer();
    const responses = await atOnce(7, () => tryPassword(app, newPerson().username, wrong, { headers }));
    expect(tally(responses)).toEqual({ INVALID_CREDENTIALS: 7 });
    await raise(app, 'signInsPerAddress', 7, 98);
    const { challengeId } = (await tryPassword(app, person.username, person.password, { headers })).data;
    const code = codeIn((await mailsTo(app, person.email)).at(-1)?.text ?? '');
    expect((await enterCode(app, challengeId, code, { headers })).status).toBe(200);

    expect((await tryPassword(app, person.username, strongPassword, { headers })).status).toBe(200);
    const refused = await tryPassword(app, person.username, person.password, { headers });
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
  });
});

describe('a known device', () => {
  it('has an allowance of its own in a network where strangers have used up theirs', async () => {
    const headers = fromNewAddress();
    const person = await app.person();
    const { cookies } = person;
    const others = await newcomer();
    const challenge = await login(app, others);
    const code = (guess: number) => wrongCode(`${Number(challenge.code) + guess}`.slice(-6).padStart(6, '0'));
    await atOnce(5, (index) => enterCode(app, challenge.challengeId, code(index), { headers }));
    await raise(app, 'wrongCodesPerAddress', 5, 50);
    await atOnce(7, () => tryPassword(app, newPerson().username, wrong, { headers }));
    await raise(app, 'signInsPerAddress', 7, 100);
    expect((await tryPassword(app, person.username, person.password, { headers })).code).toBe('RATE_LIMITED');

    const { challengeId, code: otp } = await login(app, person, { headers, cookies });
    expect((await enterCode(app, challengeId, otp, { headers })).code).toBe('RATE_LIMITED');
    expect((await enterCode(app, challengeId, otp, { headers, cookies })).status).toBe(200);

    const burst = await atOnce(15, () => tryPassword(app, person.username, strongPassword, { headers, cookies }));
    expect(tally(burst)).toEqual({ ok: 10, RATE_LIMITED: 5 });
  });
});

describe('what only a reset ends', () => {
  it('a thief with the password who used up the hourly codes does not keep the owner out', async () => {
    const person = await newcomer();
    expect(tally(await atOnce(10, () => tryPassword(app, person.username, person.password)))).toEqual({ ok: 10 });
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
    await mailsTo(app, person.email);
    const password = newPassword;
    await resetPassword(app, await resetToken(app, person.email), password);
    await signIn(app, { ...person, password });
  });
});
