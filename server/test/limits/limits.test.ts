import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LimitName, limitRules } from '../../src/domain/limits/rules.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallResponse } from '../../src/testing/wire.ts';
import {
  login,
  register,
  resetPassword,
  resetToken,
  type SignedIn,
  signIn,
  signUp,
  signUpByCode,
  tokenIn,
  tryPassword,
  wrongCode,
} from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { mailsTo, raise, stored } from '../stored.ts';

const otherPassword = 'another fine passphrase of mine';
const minute = 60;
const hour = 60 * minute;

/** Every window of an hour and less ends. */
const endWindows = (app: TestApp) => app.clock.advance(hour);

type Headers = Record<string, string>;
const link = { password: strongPassword, confirmPassword: strongPassword };

/** Changes the password to another one, and goes on with the session that this gives. */
async function changePassword(app: TestApp, person: SignedIn): Promise<CallResponse<unknown>> {
  const password = person.password === strongPassword ? otherPassword : strongPassword;
  const change = { currentPassword: person.password, password, confirmPassword: password };
  const response = await app.call<SignedIn>('user.changePassword', change, { token: person.accessToken });
  if (response.status === 200) Object.assign(person, { password, accessToken: response.data.accessToken });
  return response;
}

/** A call that each window per address counts, and what the table of the promise says about it. */
const perAddress: [
  name: LimitName,
  points: number,
  seconds: number,
  call: (app: TestApp, headers: Headers) => Promise<CallResponse<unknown>>,
][] = [
  [
    'signInsPerAddress',
    100,
    15 * minute,
    (app, headers) => app.call('auth.login', { username: newPerson().username, password: 'x' }, { headers }),
  ],
  [
    'registrationsPerAddress',
    20,
    hour,
    (app, headers) => app.call('auth.register', { ...newPerson(), confirmPassword: strongPassword }, { headers }),
  ],
  [
    'resendsPerAddress',
    100,
    15 * minute,
    (app, headers) => app.call('auth.resendOtp', { challengeId: 'nothing' }, { headers }),
  ],
  [
    'linkUsesPerAddress',
    100,
    15 * minute,
    (app, headers) => app.call('auth.resetPassword', { token: 'nothing', ...link }, { headers }),
  ],
  [
    'usernameChecksPerAddress',
    60,
    hour,
    (app, headers) => app.call('auth.isUsernameFree', { username: newPerson().username }, { headers }),
  ],
  [
    'resetsPerAddress',
    20,
    hour,
    (app, headers) => app.call('auth.requestPasswordReset', { email: newPerson().email }, { headers }),
  ],
];

let app: TestApp;
let other: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  [, other = app] = await app.instances(2);
});
afterAll(() => app[Symbol.asyncDispose]());

describe('a limit per client address', () => {
  it.each(perAddress)(
    '%s lets %i through in %i seconds, over all instances and however many at once',
    async (name, points, seconds, call) => {
      const headers = fromNewAddress();
      const storm = () => atOnce(8, (index) => call(index % 2 ? app : other, headers));
      expect((await storm()).filter(({ code }) => code === 'RATE_LIMITED')).toEqual([]);
      await raise(app, name, 8, points - 3);
      const refused = (await storm()).filter(({ code }) => code === 'RATE_LIMITED');
      expect([name, refused.length]).toEqual([name, 5]);
      for (const response of refused) {
        expect(response.status).toBe(429);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(seconds - minute);
        expect(Number(response.headers.get('retry-after'))).toBeLessThanOrEqual(seconds);
      }
      expect((await call(app, fromNewAddress())).code).not.toBe('RATE_LIMITED');

      await app.mail.settled();
      // A call that is refused does not prolong the window.
      app.clock.advance(seconds - 1);
      expect((await call(other, headers)).code).toBe('RATE_LIMITED');
      app.clock.advance(1);
      expect((await call(app, headers)).code).not.toBe('RATE_LIMITED');
    },
  );

  it('counts both kinds of mailed links together', async () => {
    const headers = fromNewAddress();
    const input = { code: 'nothing', ...link };
    await atOnce(4, () => app.call('auth.undoEmailChange', input, { headers }));
    await atOnce(3, () => app.call('auth.resetPassword', { token: 'nothing', ...link }, { headers }));
    await raise(app, 'linkUsesPerAddress', 7, 100);
    expect((await app.call('auth.undoEmailChange', input, { headers })).code).toBe('RATE_LIMITED');
  });

  it('counts putting right the address of a registration among registrations', async () => {
    const headers = fromNewAddress();
    const input = { registrationToken: 'nothing', email: newPerson().email };
    await atOnce(5, () => app.call('auth.changeRegistrationEmail', input, { headers }));
    await raise(app, 'registrationsPerAddress', 5, 20);
    const response = await app.call('auth.register', { ...newPerson(), confirmPassword: strongPassword }, { headers });
    expect(response.code).toBe('RATE_LIMITED');
  });

  it('costs nothing for input that its schema refuses', async () => {
    const headers = fromNewAddress();
    const counted = () => stored(app).counters.countDocuments({ _id: /^registrationsPerAddress:/ });
    const before = await counted();
    const short = { password: 'short', confirmPassword: 'short' };
    const refused = await atOnce(3, () => app.call('auth.register', { ...newPerson(), ...short }, { headers }));
    expect(tally(refused)).toEqual({ VALIDATION: 3 });
    expect(await counted()).toBe(before);
    const response = await app.call('auth.register', { ...newPerson(), confirmPassword: strongPassword }, { headers });
    expect(response.status).toBe(200);
    expect(await counted()).toBe(before + 1);
  });

  it('keeps addresses of people and networks as MACs only', async () => {
    const person = await register(app);
    await app.call(
      'auth.requestPasswordReset',
      { email: person.email },
      { headers: { 'x-forwarded-for': '203.0.113.77' } },
    );
    await mailsTo(app, person.email);
    const keys = (await stored(app).counters.find().toArray()).map(({ _id }) => _id);
    expect(keys.length).toBeGreaterThan(5);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z]+:[\w-]{43}$/);
  });
});

describe('sign-in codes', () => {
  it('are ten an hour for an account, with right and wrong passwords alike, and the owner is not locked by it', async () => {
    const person = await register(app);
    const burst = await atOnce(13, () => tryPassword(app, person.username, person.password));
    expect(tally(burst)).toEqual({ ok: 10, RATE_LIMITED: 3 });
    for (let round = 0; round < 3; round += 1) {
      const [right, wrong] = [
        await tryPassword(app, person.username, person.password),
        await tryPassword(app, person.email, 'wrong'),
      ];
      for (const response of [right, wrong]) {
        expect([response.status, response.code]).toEqual([429, 'RATE_LIMITED']);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(hour - minute);
      }
    }
    expect(await mailsTo(app, person.email)).toHaveLength(10);
    endWindows(app);
    await signIn(app, person);
  });

  it('that are sent again count too', async () => {
    const person = await register(app);
    const { challengeId } = await login(app, person);
    await raise(app, 'codesPerRecipient', 1, 9);
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId })).status).toBe(200);
    expect((await tryPassword(app, person.username, person.password)).code).toBe('RATE_LIMITED');
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('RATE_LIMITED');
  });

  it('for another address are counted apart', async () => {
    const person = await signUp(app);
    const ask = () =>
      app.call(
        'user.requestEmailChange',
        { email: newPerson().email, currentPassword: person.password },
        { token: person.accessToken },
      );
    expect(tally(await atOnce(2, ask))).toEqual({ ok: 2 });
    await raise(app, 'emailChangeCodesPerAccount', 2, 9);
    expect(tally(await atOnce(3, ask))).toEqual({ ok: 1, RATE_LIMITED: 2 });
    await signIn(app, person);
  });
});

describe('password reset', () => {
  it('mails three links an hour to a typed address, and says so to nobody', async () => {
    await using app = await createTestApp();
    const person = await register(app);
    const nobody = newPerson().email;
    const first = await resetToken(app, person.email);
    expect((await resetPassword(app, first, otherPassword)).status).toBe(200);
    // Other spellings of the same address.
    await resetToken(app, person.email.toUpperCase());
    const third = await resetToken(app, person.email.replace('@', '\uff20'));
    expect((await resetPassword(app, third, strongPassword)).status).toBe(200);

    // No link is alive now, so there is one more; then it is the window that keeps the next from being sent.
    await resetToken(app, person.email);
    const sent = (await mailsTo(app, person.email)).length;
    const bodies = new Set<string>();
    for (const email of [person.email, person.email.toUpperCase(), nobody, nobody, nobody, nobody, nobody]) {
      const response = await app.call('auth.requestPasswordReset', { email }, { headers: fromNewAddress() });
      bodies.add(JSON.stringify([response.status, response.data, [...response.headers.keys()]]));
    }
    expect(bodies.size).toBe(1);
    expect(await mailsTo(app, person.email)).toHaveLength(sent);
    // A mail that was not sent gives back what it took of its recipient's: this one is of the link since the last reset.
    const used = { _id: /^mailsPerRecipient:/, used: { $gt: 0 } };
    expect(await stored(app).counters.find(used).toArray()).toMatchObject([{ used: 1 }]);

    endWindows(app);
    await resetToken(app, person.email);
  });

  it('whose share strangers have used up still reaches the owner, once none of the links before can be used', async () => {
    const person = await app.account();
    const links = async () => (await mailsTo(app, person.email)).length;
    const askOften = () =>
      atOnce(5, () => app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() }));
    await askOften();
    expect(await links()).toBe(3);
    // The last of them works, and so nobody needs another.
    app.clock.advance(30 * minute - 1);
    await askOften();
    expect(await links()).toBe(3);
    // Expired: one more, however many ask at once.
    app.clock.advance(1);
    await askOften();
    expect(await links()).toBe(4);
    await askOften();
    expect(await links()).toBe(4);
    // Used: one more.
    const used = tokenIn((await mailsTo(app, person.email)).at(-1)?.text ?? '');
    expect((await resetPassword(app, used, otherPassword)).status).toBe(200);
    const before = await links();
    await askOften();
    expect(await links()).toBe(before + 1);
    const last = tokenIn((await mailsTo(app, person.email)).at(-1)?.text ?? '');
    expect((await resetPassword(app, last, strongPassword)).status).toBe(200);
  });
});

describe('refreshing', () => {
  it('is possible sixty times a minute for each session', async () => {
    const person = await app.person();
    const second = await app.session(person);
    const storm = (token: string, count: number) =>
      atOnce(count, () => app.call('auth.refresh', { refreshToken: token }));
    expect(tally(await storm(person.refreshToken, 5))).toEqual({ ok: 5 });
    await raise(app, 'refreshesPerSession', 5, 57);
    expect(tally(await storm(person.refreshToken, 8))).toEqual({ ok: 3, RATE_LIMITED: 5 });
    expect(tally(await storm(second.refreshToken, 1))).toEqual({ ok: 1 });
    // Garbage names no session, so it fills nobody's window.
    const counted = () => stored(app).counters.countDocuments({ _id: /^refreshesPerSession:/ });
    const before = await counted();
    expect(tally(await storm('garbage', 5))).toEqual({ SESSION_EXPIRED: 5 });
    expect(await counted()).toBe(before);
    endWindows(app);
    expect(tally(await storm(person.refreshToken, 1))).toEqual({ ok: 1 });
  });
});

describe('the hourly share of mail', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it.each(['password-reset', 'notice', 'sign-in-code', 'registration'] as const)(
    'of the class %s, once used up, holds its mail back and no other',
    async (mailClass) => {
      // As in another hour.
      await stored(app).counters.deleteMany({});
      const [person, other, newcomer] = [await signUp(app), await signUp(app), await register(app)];
      await mailsTo(app, person.email);
      // A sign-in code is in the class of its own only for somebody who has been here for a day.
      const since = new Date(app.clock.now().getTime() - 2 * 24 * hour * 1000);
      await stored(app).users.updateOne({ usernameKey: other.username }, { $set: { createdAt: since } });
      const shares = { _id: /^mailsPerClass:/ };
      await stored(app).counters.deleteMany(shares);
      const send = {
        'password-reset': () =>
          app.call('auth.requestPasswordReset', { email: other.email }, { headers: fromNewAddress() }),
        notice: () => changePassword(app, person),
        'sign-in-code': () => tryPassword(app, other.username, other.password),
        registration: () => tryPassword(app, newcomer.username, newcomer.password),
      };
      expect((await send[mailClass]()).status).toBe(200);
      await app.mail.settled();
      // As if another 9,999 had been sent in this hour.
      const { modifiedCount } = await stored(app).counters.updateMany(shares, { $set: { used: 10_000 } });
      expect(modifiedCount).toBe(1);

      const caught = () => app.mail.list().length ?? 0;
      const before = caught();
      for (const act of Object.values(send)) expect((await act()).status).toBe(200);
      await app.mail.settled();
      expect(caught() - before).toBe(3);
      expect(await stored(app).outbox.countDocuments()).toBe(1);
      // A link that is held back takes none of the other shares meanwhile.
      expect(await stored(app).counters.findOne({ _id: /^resetsPerTypedAddress:/ })).toMatchObject({ used: 1 });

      const at = app.clock.now();
      const events = await stored(app).audit.find({ type: 'mail-share-full', at }).toArray();
      expect(events).toHaveLength(1);
      expect(events[0]).not.toHaveProperty('userId');

      await stored(app).counters.updateMany(shares, { $set: { expiresAt: app.clock.now() } });
      app.clock.advance(60);
      await app.mailWorker.wake();
      await app.mail.settled();
      expect(caught() - before).toBe(4);
    },
  );
});

/** What somebody who is signed in may do so many times in a window, and a call of each. */
const perAccount: [
  LimitName,
  number,
  (app: TestApp, person: SignedIn, index: number) => Promise<CallResponse<unknown>>,
][] = [
  [
    'profileChangesPerAccount',
    30,
    (app, { accessToken: token }, index) =>
      app.call('user.updateProfile', { firstName: `Ada ${'x'.repeat(index)}` }, { token }),
  ],
  [
    'renamingsPerAccount',
    3,
    (app, { accessToken: token, username }, index) =>
      app.call('user.changeUsername', { username: `${username}-${index}` }, { token }),
  ],
  ['passwordChangesPerAccount', 10, changePassword],
  ['dataExportsPerAccount', 10, (app, { accessToken: token }) => app.call('user.exportData', undefined, { token })],
  [
    'emailChangesPerAccount',
    10,
    // The answer would tell of any address whether it has an account.
    async (app, { accessToken: token }) => {
      const { email } = await app.account();
      return app.call('user.requestEmailChange', { email, currentPassword: strongPassword }, { token });
    },
  ],
];

describe('an account, whoever holds a session of it,', () => {
  it.each(perAccount)('is held to %s: %i in its window', async (name, points, act) => {
    const person = await signUp(app);
    const codes = [(await act(app, person, 0)).code];
    await raise(app, name, 1, points - 1);
    codes.push((await act(app, person, 1)).code);
    expect(codes).not.toContain('RATE_LIMITED');
    expect((await act(app, person, 2)).code).toBe('RATE_LIMITED');
    const somebody = await signUp(app);
    expect((await act(app, somebody, 0)).code).not.toBe('RATE_LIMITED');
  });
});

describe('the table of limits', () => {
  it('holds no window that is not shown here', () => {
    const windows = Object.entries(limitRules).flatMap(([name, rule]) => ('points' in rule ? [name] : []));
    expect(windows.sort()).toEqual(
      [
        ...perAddress.map(([name]) => name),
        ...perAccount.map(([name]) => name),
        'codesPerRecipient',
        'emailChangeCodesPerAccount',
        'firstMailsPerNetwork',
        'mailsPerClass',
        'mailsPerRecipient',
        'wrongCodesPerAddress',
        'refreshesPerSession',
        'resetsPerTypedAddress',
        'resetsAfterDeadLink',
      ].sort(),
    );
  });

  it('is lifted by RATE_LIMITS=off with the locks, and nothing else is', async () => {
    await using app = await createTestApp({ env: { RATE_LIMITS: 'off' } });
    const headers = fromNewAddress();
    const correction = { registrationToken: 'nothing', email: newPerson().email };
    const asRegistrations = await atOnce(21, () => app.call('auth.changeRegistrationEmail', correction, { headers }));
    expect(tally(asRegistrations)).toEqual({ CHALLENGE_EXPIRED: 21 });
    const person = await register(app);
    expect(tally(await atOnce(11, () => tryPassword(app, person.username, 'wrong')))).toEqual({
      INVALID_CREDENTIALS: 11,
    });
    expect(tally(await atOnce(11, () => tryPassword(app, person.username, person.password)))).toEqual({ ok: 11 });
    await mailsTo(app, person.email);

    const { challengeId, code } = await login(app, person);
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('RESEND_TOO_SOON');
    for (let index = 0; index < 3; index += 1) {
      app.clock.advance(30);
      expect((await app.call('auth.resendOtp', { challengeId })).status).toBe(200);
    }
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('RATE_LIMITED');
    const tries = await atOnce(20, () => app.call('auth.verifyOtp', { challengeId, otp: wrongCode(code) }));
    expect(tally(tries)).toEqual({ OTP_INVALID: 5, CHALLENGE_EXPIRED: 15 });
    expect(await stored(app).counters.countDocuments()).toBe(0);
  });
});

describe('the shares of mail', () => {
  it('are given back by a code that was used: however many honest sign-ins in an hour lock nobody out', async () => {
    await using app = await createTestApp();
    const person = await register(app);
    const shares = async () => {
      const rules = { _id: /^(codesPerRecipient|mailsPerRecipient|firstMailsPerNetwork):/ };
      return (await stored(app).counters.find(rules).toArray()).map(({ used }) => used);
    };
    await signIn(app, person);
    expect(await shares()).toEqual([0, 0, 0]);
    // Of the shares of the first, one code is left.
    await raise(app, 'codesPerRecipient', 0, 9);
    await raise(app, 'mailsPerRecipient', 0, 19);
    for (let index = 0; index < 2; index += 1) await signIn(app, person);
    expect((await shares()).toSorted((a, b) => a - b)).toEqual([0, 9, 19]);
  });

  it('of one network reach thirty addresses that never answered, and no more', async () => {
    const headers = fromNewAddress();
    const mailFrom = async () => {
      const { username, password } = await app.account(undefined, { emailVerified: false });
      return { username, response: await app.call('auth.login', { username, password }, { headers }) };
    };
    const mailed = await atOnce(7, mailFrom);
    expect(tally(mailed.map(({ response }) => response))).toEqual({ ok: 7 });
    await raise(app, 'firstMailsPerNetwork', 7, 29);
    expect((await mailFrom()).response.status).toBe(200);
    const { username, response } = await mailFrom();
    expect(response.code).toBe('RATE_LIMITED');
    expect((await tryPassword(app, username, strongPassword)).status).toBe(200);
  });

  it('of a recipient end at twenty mails an hour, links among them', async () => {
    await using app = await createTestApp();
    const person = await signUpByCode(app);
    await mailsTo(app, person.email);
    const used = await stored(app).counters.updateOne({ _id: /^mailsPerRecipient:/ }, { $set: { used: 20 } });
    expect(used.modifiedCount).toBe(1);
    const sent = (await mailsTo(app, person.email)).length;
    const ask = () => app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
    expect((await ask()).status).toBe(200);
    expect(await mailsTo(app, person.email)).toHaveLength(sent);
    app.clock.advance(hour);
    expect((await ask()).status).toBe(200);
    expect(await mailsTo(app, person.email)).toHaveLength(sent + 1);
  });
});
