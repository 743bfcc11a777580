import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Hasher } from '../../src/domain/outside.ts';
import { nativeHasher } from '../../src/domain/passwords.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { fromNewAddress, newPerson } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { createChanges } from '../changes.ts';
import {
  accessOf,
  enterCode,
  login,
  refresh,
  register,
  resetPassword,
  resetToken,
  type SignedIn,
  signUp,
  tryPassword,
} from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, stored, storedUser, subjectsTo } from '../stored.ts';

const day = 86_400;
const newPassword = 'a brand new passphrase of mine';
const thiefPassword = 'the passphrase of a cunning thief';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let settings: { MONGODB_URI: string; AUTH_SECRETS: string };
let app: TestApp;

/** Called before a new password is hashed, which waits for what this gives. */
let beforeHash: (() => Promise<void>) | undefined;
const hasher: Hasher = {
  ...nativeHasher,
  async hash(message, cost) {
    await beforeHash?.();
    return nativeHasher.hash(message, cost);
  },
};

beforeAll(async () => {
  database = await openTestDatabase();
  settings = { MONGODB_URI: database.uri, AUTH_SECRETS: randomBytes(32).toString('hex') };
  app = await createTestApp({ env: settings, hasher });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const { changePassword, signInCode, move } = createChanges(() => app);

describe('changing the password', () => {
  it('ends every session and voids pending codes and links', async () => {
    const person = await app.account();
    const [owner, thief] = [await app.session(person), await app.session(person)];
    const { challengeId, code } = await login(app, person);
    const token = await resetToken(app, person.email);

    const { data: fresh } = await changePassword(owner, person.password, newPassword);
    expect(fresh).toMatchObject({ success: true });
    expect(await accessOf(app, fresh.accessToken)).toBe('ok');
    expect((await refresh(app, fresh.refreshToken)).status).toBe(200);
    // Also the session that asked: its tokens may have been copied.
    for (const { accessToken, refreshToken } of [owner, thief]) {
      expect(await accessOf(app, accessToken)).toBe('UNAUTHENTICATED');
      expect((await refresh(app, refreshToken)).code).toBe('SESSION_EXPIRED');
    }
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('CHALLENGE_EXPIRED');
    expect((await resetPassword(app, token, thiefPassword)).code).toBe('RESET_TOKEN_INVALID');
    expect(await signInCode(person, person.password)).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(person, newPassword)).toBe('ok');
  });

  it('leaves one session with a new id, which keeps its name and ends when the old one would have', async () => {
    const owner = await app.person();
    const [old] = (await storedUser(app, owner)).sessions;
    await app.session(owner);
    await owner.caller.session.rename({ sessionId: `${old?._id}`, name: 'The old laptop' });
    app.clock.advance('2d');
    const { accessToken: token } = (await refresh(app, owner.refreshToken)).data;
    const { data } = await changePassword({ accessToken: token }, owner.password, newPassword);
    const { sessions } = await storedUser(app, owner);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ name: 'The old laptop', createdAt: old?.createdAt, expiresAt: old?.expiresAt });
    expect(sessions[0]?._id).not.toBe(old?._id);
    expect(Date.parse(data.refreshTokenExpiresAt)).toBe(app.clock.now().getTime() + 7 * day * 1000);

    app.clock.advance('6d');
    const renewed = (await refresh(app, data.refreshToken)).data;
    for (let days = 8; days < 28; days += 2) {
      app.clock.advance('2d');
      Object.assign(renewed, (await refresh(app, renewed.refreshToken)).data);
    }
    app.clock.advance('2d');
    expect((await refresh(app, renewed.refreshToken)).code).toBe('SESSION_EXPIRED');
  });

  it('of a session by cookie sets its new token as the cookie, for our own pages only', async () => {
    const person = await app.account();
    const headers = { origin: app.origin };
    const { challengeId, code: otp } = await login(app, person);
    const by = { headers: { ...headers, ...fromNewAddress() } };
    const signedIn = await app.call<SignedIn>('auth.verifyOtp', { challengeId, otp, tokenDelivery: 'cookie' }, by);
    const { accessToken: token } = signedIn.data;
    const copied = `${signedIn.cookies['latchkey-refresh']?.value}`;
    const change = { currentPassword: person.password, password: newPassword, confirmPassword: newPassword };
    for (const origin of [undefined, 'null', 'https://evil.example', `${app.origin}.evil.example`]) {
      const foreign = await app.call('user.changePassword', change, { token, headers: origin ? { origin } : {} });
      expect([foreign.status, foreign.code, foreign.cookies]).toEqual([403, 'BAD_ORIGIN', {}]);
    }
    expect(await accessOf(app, token)).toBe('ok');

    const changed = await app.call<SignedIn>('user.changePassword', change, { token, headers });
    expect(changed.data).not.toHaveProperty('refreshToken');
    const { value = '', attributes } = changed.cookies['latchkey-refresh'] ?? {};
    expect(attributes).toMatch(/HttpOnly/);
    expect(await accessOf(app, changed.data.accessToken)).toBe('ok');
    expect(await accessOf(app, token)).toBe('UNAUTHENTICATED');
    const renew = (cookie: string) =>
      app.call('auth.refresh', {}, { cookies: { 'latchkey-refresh': cookie }, headers });
    expect((await renew(copied)).code).toBe('SESSION_EXPIRED');
    expect((await renew(value)).status).toBe(200);
  });

  it('while copies of its tokens are refreshed leaves none of them alive', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await app.person();
      const [changed, ...copies] = await Promise.all([
        changePassword(owner, owner.password, newPassword),
        ...Array.from({ length: 3 }, () => refresh(app, owner.refreshToken)),
      ]);
      expect(changed.status).toBe(200);
      for (const copy of copies) {
        if (copy.status !== 200) continue;
        expect(await accessOf(app, copy.data.accessToken)).toBe('UNAUTHENTICATED');
        expect((await refresh(app, copy.data.refreshToken)).code).toBe('SESSION_EXPIRED');
      }
      expect(await accessOf(app, changed.data.accessToken)).toBe('ok');
    }
  });

  it('needs the current one', async () => {
    const owner = await signUp(app);
    expect((await changePassword(owner, 'wrong', newPassword)).code).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(owner, owner.password)).toBe('ok');
  });

  it('of ten parallel changes one succeeds', async () => {
    const owner = await signUp(app);
    const responses = await atOnce(10, (index) => changePassword(owner, owner.password, `${newPassword} ${index}`));
    expect(tally(responses).ok).toBe(1);
    const winner = responses.findIndex(({ status }) => status === 200);
    expect(await signInCode(owner, `${newPassword} ${winner}`)).toBe('ok');
  });
});

describe('a change that lands late', () => {
  /** Holds the hashes of new passwords: `reached` once so many wait, until `release`. */
  function holdHashes(count: number) {
    let reach = () => {};
    let release = () => {};
    const reached = new Promise<void>((resolve) => {
      reach = resolve;
    });
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    beforeHash = () => {
      waiting += 1;
      if (waiting === count) reach();
      return released;
    };
    return { reached, release };
  }
  afterEach(() => {
    beforeHash = undefined;
  });

  it('by a thief whose session is revoked meanwhile changes nothing', async () => {
    const person = await app.account();
    const [thief, owner] = [await app.session(person), await app.session(person)];
    const { reached, release } = holdHashes(1);
    const change = changePassword(thief, thief.password, thiefPassword);
    // It is past the check of the session and before its write.
    await reached;
    const revoked = await app.call('session.revokeOthers', undefined, { token: owner.accessToken });
    expect(revoked.data).toEqual({ revoked: 1 });
    release();
    expect((await change).code).toBe('UNAUTHENTICATED');
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
  });

  it('by a thief whose victim resets meanwhile changes nothing', async () => {
    const thief = await signUp(app);
    const token = await resetToken(app, thief.email);
    const { reached, release } = holdHashes(2);
    const both = Promise.all([
      changePassword(thief, thief.password, thiefPassword),
      resetPassword(app, token, newPassword),
    ]);
    await reached;
    release();
    const [change, reset] = await both;
    // Whoever was second failed, and the password is the first one's.
    expect([change.status, reset.status].filter((status) => status === 200)).toHaveLength(1);
    const won = reset.status === 200 ? newPassword : thiefPassword;
    const lost = reset.status === 200 ? thiefPassword : newPassword;
    expect((await tryPassword(app, thief.username, won)).status).toBe(200);
    expect((await tryPassword(app, thief.username, lost)).code).toBe('INVALID_CREDENTIALS');
    expect(await accessOf(app, thief.accessToken)).toBe('UNAUTHENTICATED');
    if (change.status === 200) expect(await accessOf(app, change.data.accessToken)).toBe('ok');
  });
});

describe('changing the profile', () => {
  it('ends no session and voids no code', async () => {
    const owner = await signUp(app);
    const other = await app.session(owner);
    const { challengeId, code } = await login(app, owner);
    const token = await resetToken(app, owner.email);
    const changed = await app.call('user.updateProfile', { firstName: 'Grace' }, { token: owner.accessToken });
    expect(changed.data).toMatchObject({ firstName: 'Grace', lastName: owner.lastName });
    expect(await accessOf(app, other.accessToken)).toBe('ok');
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });
});

describe('changing the address', () => {
  it('to the one that the account has already is refused', async () => {
    const owner = await signUp(app);
    const input = { email: owner.email.toUpperCase(), currentPassword: owner.password };
    const response = await app.call('user.requestEmailChange', input, { token: owner.accessToken });
    expect(response.error.data.fieldErrors).toEqual({ email: ['This is your address already.'] });
  });
});

describe('deleting the account', () => {
  it('needs the password, ends every session and voids every code and link', async () => {
    const owner = await signUp(app);
    const other = await app.session(owner);
    const { challengeId, code } = await login(app, owner);
    const token = await resetToken(app, owner.email);
    const refused = await app.call('user.deleteAccount', { currentPassword: 'wrong' }, { token: owner.accessToken });
    expect(refused.code).toBe('INVALID_CREDENTIALS');
    expect(await accessOf(app, owner.accessToken)).toBe('ok');

    const { password: currentPassword, accessToken } = owner;
    expect((await app.call('user.deleteAccount', { currentPassword }, { token: accessToken })).status).toBe(200);
    for (const who of [owner, other]) {
      expect(await accessOf(app, who.accessToken)).toBe('UNAUTHENTICATED');
      expect((await refresh(app, who.refreshToken)).code).toBe('SESSION_EXPIRED');
    }
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await resetPassword(app, token, newPassword)).code).toBe('RESET_TOKEN_INVALID');
    expect(await signInCode(owner, owner.password)).toBe('INVALID_CREDENTIALS');
  });

  it('frees its names, and nothing of it opens the account that has them next', async () => {
    const owner = await signUp(app);
    const { challengeId, code } = await login(app, owner);
    await app.call('user.deleteAccount', { currentPassword: owner.password }, { token: owner.accessToken });
    await register(app, { username: owner.username, email: owner.email });
    expect(await accessOf(app, owner.accessToken)).toBe('UNAUTHENTICATED');
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });
});

describe('hashes of another cost', () => {
  /** The same product, its hashes dearer. Each has a mailbox of its own: with one worker all mail is in that of the other. */
  let dear: TestApp;
  beforeAll(async () => {
    dear = await createTestApp({ env: { ...settings, BCRYPT_COST: '6' }, now: app.clock.now() });
    await dear.mailWorker.stop();
  });
  afterAll(() => dear.close());

  it('are replaced at the next sign-in, and nothing else changes', async () => {
    const person = await signUp(app);
    const { challengeId, code } = await login(app, person);
    const before = await storedUser(app, person);
    expect(before.passwordHash).toMatch(/^v1:\$2b\$04\$/);

    expect((await tryPassword(dear, person.username, 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect((await storedUser(app, person)).passwordHash).toBe(before.passwordHash);
    expect((await tryPassword(dear, person.username, person.password)).status).toBe(200);
    const { passwordHash, ...rest } = await storedUser(app, person);
    expect(passwordHash).toMatch(/^v1:\$2b\$06\$/);
    expect({ ...rest, passwordHash: before.passwordHash }).toEqual(before);
    expect(await accessOf(app, person.accessToken)).toBe('ok');
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
  });

  it('never bring an old password back while it is changed', async () => {
    for (let round = 0; round < 3; round += 1) {
      const owner = await signUp(app);
      const [changed] = await Promise.all([
        changePassword(owner, owner.password, newPassword),
        ...Array.from({ length: 3 }, () => tryPassword(dear, owner.username, owner.password)),
      ]);
      expect(changed.status).toBe(200);
      expect(await signInCode(owner, newPassword)).toBe('ok');
      expect(await signInCode(owner, owner.password)).toBe('INVALID_CREDENTIALS');
      expect(await accessOf(app, changed.data.accessToken)).toBe('ok');
    }
  });
});

describe('choosing a password', () => {
  it('refuses common ones and those that stand in the account, with the reason, on registering and changing', async () => {
    const person = newPerson({ username: 'some.Unusual-name', email: 'other.unusual.words@example.com' });
    const owner = await signUp(app);
    const reasons = [
      ['iloveyou', 'common'],
      ['ILoveYou', 'common'],
      ['ｉｌｏｖｅｙｏｕ', 'common'],
      ['some.unusual-NAME', 'username'],
      ['other.unusual.words@EXAMPLE.com', 'email'],
      ['Other.Unusual.Words', 'email'],
      ['Password123!', 'weak'],
      ['Summer2024', 'weak'],
      ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
      ['latchkey', 'weak'],
      ['Latchkey2026', 'weak'],
      ['some.Unusual-name1', 'weak'],
    ] as const;
    for (const [password, reason] of reasons) {
      const response = await app.call(
        'auth.register',
        { ...person, password, confirmPassword: password },
        { headers: fromNewAddress() },
      );
      expect([password, response.status, response.error.data.app]).toEqual([
        password,
        400,
        { code: 'PASSWORD_TOO_COMMON', details: { reason } },
      ]);
    }
    for (const [password, reason] of [
      ['iloveyou', 'common'],
      [owner.username, 'username'],
      [owner.email, 'email'],
      ['Lovelace1', 'weak'],
    ] as const) {
      const response = await changePassword(owner, owner.password, password);
      expect(response.error.data.app).toEqual({ code: 'PASSWORD_TOO_COMMON', details: { reason } });
    }
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
  });

  it('refuses the one that the account has, and nobody is signed out', async () => {
    const owner = await signUp(app);
    const response = await changePassword(owner, owner.password, owner.password);
    expect(response.error.data.fieldErrors).toEqual({ password: ['This is your current password. Choose another.'] });
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
  });

  it('refuses a weak one without using the link of a reset up', async () => {
    const person = await signUp(app);
    const token = await resetToken(app, person.email);
    const refused = await resetPassword(app, token, 'Summer2024');
    expect(refused.error.data.app).toEqual({ code: 'PASSWORD_TOO_COMMON', details: { reason: 'weak' } });
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });
});

describe('choosing a username', () => {
  it('refuses names that would speak for the service, on registering and renaming', async () => {
    const owner = await signUp(app);
    for (const username of ['admin', 'Root', 'SUPPORT', 'security', 'latchkey', 'no-reply', 'a.d.m.i.n']) {
      const person = newPerson({ username });
      const responses = [
        await app.call('auth.register', { ...person, confirmPassword: person.password }, { headers: fromNewAddress() }),
        await app.call('user.changeUsername', { username }, { token: owner.accessToken }),
      ];
      for (const response of responses) {
        expect([response.status, response.code]).toEqual([400, 'VALIDATION']);
        expect(response.error.data.fieldErrors).toEqual({ username: ['This name is reserved.'] });
      }
      expect((await tryPassword(app, username, 'x')).code).toBe('INVALID_CREDENTIALS');
    }
  });
});

describe('an account that nobody ever verifies', () => {
  it('ends after seven days: its password and its links no longer work', async () => {
    const person = await register(app);
    app.clock.advance(7 * day - 1);
    expect(await signInCode(person, person.password)).toBe('ok');
    app.clock.advance(1);
    expect(await signInCode(person, person.password)).toBe('INVALID_CREDENTIALS');
    await app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
    expect((await subjectsTo(app, person.email)).filter((subject) => subject === 'Choose a new password')).toEqual([]);
  });

  it('frees its names at once, before any sweep: to register, to rename and to move', async () => {
    const lapsed = [await register(app), await register(app), await register(app)] as const;
    app.clock.advance(7 * day);
    expect(await stored(app).users.countDocuments({ usernameKey: lapsed[0].username })).toBe(1);
    await register(app, { username: lapsed[0].username, email: lapsed[0].email });
    expect(await stored(app).users.countDocuments({ usernameKey: lapsed[0].username })).toBe(1);

    const owner = await signUp(app);
    const renamed = await app.call(
      'user.changeUsername',
      { username: lapsed[1].username },
      { token: owner.accessToken },
    );
    expect(renamed.status).toBe(200);
    expect((await move({ ...owner, username: lapsed[1].username }, lapsed[2].email)).status).toBe(200);
  });

  it('stays when it is verified in time', async () => {
    const person = await signUp(app);
    app.clock.advance(30 * day);
    expect(await signInCode(person, person.password)).toBe('ok');
    const { _id } = await storedUser(app, person);
    expect(await auditTypes(app, _id)).toContain('signed-in');
    expect(await storedUser(app, person)).not.toHaveProperty('unverifiedUntil');
  });
});
