import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openTestDatabase } from '../../src/testing/database.ts';
import { fromNewAddress, newPerson, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import {
  accessOf,
  enterCode,
  login,
  refresh,
  register,
  resetPassword,
  resetToken,
  type SignedIn,
  signIn,
  signUp,
  tokenIn,
  tryPassword,
} from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, mailsTo, stored, storedUser, subjectsTo } from '../stored.ts';

const minute = 60;
const day = 86_400;
const newPassword = 'a brand new passphrase of mine';
const thiefPassword = 'the passphrase of a cunning thief';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const changePassword = (who: Pick<SignedIn, 'accessToken'>, currentPassword: string, password: string, at = app) =>
  at.call('user.changePassword', { currentPassword, password, confirmPassword: password }, { token: who.accessToken });

const signInCode = async (who: Pick<Person, 'username'>, password: string) => {
  const answer = await tryPassword(app, who.username, password);
  return answer.status === 200 ? 'ok' : answer.code;
};

/** Asks to move the account and gives the challenge with the code that went to the new address. */
async function askToMove(who: SignedIn, email: string, currentPassword = who.password) {
  const asked = await app.call<{ challengeId: string }>(
    'user.requestEmailChange',
    { email, currentPassword },
    { token: who.accessToken },
  );
  const { challengeId } = asked.data;
  const mail = (await mailsTo(app, email)).findLast(({ text }) => text.includes('Your code is'));
  return { challengeId, otp: /Your code is (\d{6})/.exec(mail?.text ?? '')?.[1] ?? '' };
}

async function move(who: SignedIn, email: string) {
  const challenge = await askToMove(who, email);
  return app.call('user.confirmEmailChange', challenge, { token: who.accessToken });
}

/** The code of the newest notice that an address got when its account moved away. */
async function undoCode(address: string): Promise<string> {
  const mail = (await mailsTo(app, address)).findLast(({ text }) => text.includes('#code='));
  return /#code=([\w.-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
}

const undo = (code: string, password = newPassword) =>
  app.call('auth.undoEmailChange', { code, password, confirmPassword: password }, { headers: fromNewAddress() });

describe('changing the password', () => {
  it('ends every other session and voids pending codes and links', async () => {
    const person = await register(app);
    const owner = await signIn(app, person);
    const thief = await signIn(app, person);
    const { challengeId, code } = await login(app, person);
    const token = await resetToken(app, person.email);

    expect((await changePassword(owner, person.password, newPassword)).data).toEqual({ success: true });
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
    expect((await refresh(app, owner.refreshToken)).status).toBe(200);
    expect(await accessOf(app, thief.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, thief.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('CHALLENGE_EXPIRED');
    expect((await resetPassword(app, token, thiefPassword)).code).toBe('RESET_TOKEN_INVALID');
    expect(await signInCode(person, person.password)).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(person, newPassword)).toBe('ok');
  });

  it('needs the current one', async () => {
    const owner = await signUp(app);
    expect((await changePassword(owner, 'wrong', newPassword)).code).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(owner, owner.password)).toBe('ok');
  });

  it('of ten parallel changes one succeeds', async () => {
    const owner = await signUp(app);
    const answers = await atOnce(10, (index) => changePassword(owner, owner.password, `${newPassword} ${index}`));
    expect(tally(answers).ok).toBe(1);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await signInCode(owner, `${newPassword} ${winner}`)).toBe('ok');
  });
});

describe('a change that lands late', () => {
  /** Starts a change of password and waits until it is past the check of the session and before its write. */
  async function startChange(slow: TestApp, thief: SignedIn) {
    const change = changePassword(thief, thief.password, thiefPassword, slow);
    await vi.waitFor(
      async () =>
        expect(
          await stored(slow).counters.countDocuments({ _id: /^confirmationsPerAccount:/, used: { $gt: 0 } }),
        ).toBeGreaterThan(0),
      { interval: 2, timeout: 5_000 },
    );
    return { answer: () => change };
  }

  it('by a thief whose session is revoked meanwhile changes nothing', async () => {
    await using slow = await createTestApp({ env: { BCRYPT_COST: '10' } });
    const person = await register(slow);
    const thief = await signIn(slow, person);
    const owner = await signIn(slow, person);
    const change = await startChange(slow, thief);
    const revoked = await slow.call('session.revokeOthers', undefined, { token: owner.accessToken });
    expect(revoked.data).toEqual({ revoked: 1 });
    expect((await change.answer()).code).toBe('UNAUTHENTICATED');
    expect((await tryPassword(slow, person.username, person.password)).status).toBe(200);
    expect(await accessOf(slow, owner.accessToken)).toBe('ok');
  });

  it('by a thief whose victim resets meanwhile changes nothing', async () => {
    await using slow = await createTestApp({ env: { BCRYPT_COST: '9' } });
    const thief = await signUp(slow);
    const token = await resetToken(slow, thief.email);
    const [change, reset] = await Promise.all([
      changePassword(thief, thief.password, thiefPassword, slow),
      resetPassword(slow, token, newPassword),
    ]);
    // Whoever was second failed, and the password is the first one's.
    expect([change.status, reset.status].filter((status) => status === 200)).toHaveLength(1);
    const won = reset.status === 200 ? newPassword : thiefPassword;
    const lost = reset.status === 200 ? thiefPassword : newPassword;
    expect((await tryPassword(slow, thief.username, won)).status).toBe(200);
    expect((await tryPassword(slow, thief.username, lost)).code).toBe('INVALID_CREDENTIALS');
    expect(await accessOf(slow, thief.accessToken)).toBe(reset.status === 200 ? 'UNAUTHENTICATED' : 'ok');
  });
});

describe('a reset', () => {
  it('sets a password, ends every session, verifies the address, and signs nobody in', async () => {
    const person = await signUp(app);
    const token = await resetToken(app, person.email);
    const answer = await resetPassword(app, token, newPassword);
    expect(answer.data).toEqual({ success: true });
    expect(answer.cookies).toEqual({});
    expect(await accessOf(app, person.accessToken)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, person.refreshToken)).code).toBe('SESSION_EXPIRED');
    expect(await signInCode(person, person.password)).toBe('INVALID_CREDENTIALS');
    expect(await signInCode(person, newPassword)).toBe('ok');
  });

  it('has a link of 256 random bits, built from our own address, of which only a hash is kept', async () => {
    const person = await register(app);
    await app.call(
      'auth.requestPasswordReset',
      { email: person.email },
      { headers: { ...fromNewAddress(), 'x-forwarded-host': 'evil.example', origin: 'https://evil.example' } },
    );
    const [mail] = await mailsTo(app, person.email);
    const token = tokenIn(mail?.text ?? '');
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(mail?.text).toContain(`${app.publicUrl}/reset-password#token=${token}`);
    expect(`${mail?.text}${mail?.html}`).not.toContain('evil.example');
    const { _id: userId } = await storedUser(app, person);
    const challenges = await stored(app).challenges.find({ userId }).toArray();
    expect(challenges.map(({ _id }) => _id)).toEqual([createHash('sha256').update(token).digest('base64url')]);
    expect(JSON.stringify(challenges)).not.toContain(token);
  });

  it('of ten parallel uses of a link one wins', async () => {
    const person = await register(app);
    const token = await resetToken(app, person.email);
    const answers = await atOnce(10, (index) => resetPassword(app, token, `${newPassword} ${index}`));
    expect(tally(answers)).toEqual({ ok: 1, RESET_TOKEN_INVALID: 9 });
    const winner = answers.findIndex(({ status }) => status === 200);
    expect(await signInCode(person, `${newPassword} ${winner}`)).toBe('ok');
    const done = (await subjectsTo(app, person.email)).filter((subject) => subject === 'Your password was reset');
    expect(done).toHaveLength(1);
  });

  it('is never done by following the link or by a GET', async () => {
    const person = await register(app);
    const token = await resetToken(app, person.email);
    await fetch(`${app.url}/reset-password?token=${token}`);
    const input = encodeURIComponent(
      JSON.stringify({ token, password: thiefPassword, confirmPassword: thiefPassword }),
    );
    const got = await fetch(`${app.url}/trpc/auth.resetPassword?input=${input}`);
    expect(got.status).toBe(405);
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });

  it('is possible for thirty minutes', async () => {
    const inTime = await register(app);
    const late = await register(app);
    const [good, bad] = [await resetToken(app, inTime.email), await resetToken(app, late.email)];
    app.clock.advance(30 * minute - 1);
    expect((await resetPassword(app, good, newPassword)).status).toBe(200);
    app.clock.advance(1);
    expect((await resetPassword(app, bad, newPassword)).code).toBe('RESET_TOKEN_INVALID');
  });

  it('has three links alive at most, of which a newer does not void an older and one use voids all', async () => {
    const person = await signUp(app);
    const tokens: string[] = [];
    for (let index = 0; index < 3; index += 1) tokens.push(await resetToken(app, person.email));
    const { challengeId, code } = await login(app, person);
    const { _id: userId } = await storedUser(app, person);
    // A fourth, as after the turn of the hour: the share of mails per hour is not what is tested here.
    await app.connection.collection('counters').deleteMany({});
    await app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
    const links = (await mailsTo(app, person.email)).filter(({ text }) => text.includes('token='));
    expect(links).toHaveLength(3);
    expect(await stored(app).challenges.countDocuments({ userId, purpose: 'password-reset' })).toBe(3);

    expect((await resetPassword(app, tokens[0] ?? '', newPassword)).status).toBe(200);
    for (const token of tokens) {
      expect((await resetPassword(app, token, thiefPassword)).code).toBe('RESET_TOKEN_INVALID');
    }
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });

  it.each([
    ['password123', 'common'],
    ['PASSWORD123', 'common'],
    ['username', 'username'],
    ['email', 'email'],
    ['local part', 'email'],
  ])('refuses %s with the reason %s, and the link is still good', async (kind, reason) => {
    const name = newPerson().username;
    const person = await register(app, { email: `${name}.mail@example.com` });
    const token = await resetToken(app, person.email);
    const words: Record<string, string> = {
      username: person.username.toUpperCase(),
      email: person.email.toUpperCase(),
      'local part': `${name}.mail`,
    };
    const refused = await resetPassword(app, token, words[kind] ?? kind);
    expect(refused.status).toBe(400);
    expect(refused.error.data.app).toEqual({ code: 'PASSWORD_TOO_COMMON', details: { reason } });
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });

  it('refuses tokens nobody was given', async () => {
    const person = await register(app);
    const { challengeId } = await login(app, person);
    const token = await resetToken(app, person.email);
    const hashed = createHash('sha256').update(token).digest('base64url');
    for (const wrong of [challengeId, hashed, randomBytes(32).toString('base64url'), `${token}=`, ` ${token}`]) {
      expect((await resetPassword(app, wrong, newPassword)).code).toBe('RESET_TOKEN_INVALID');
    }
  });

  it('gives an account that a stranger made with my address to me', async () => {
    const squatter = await register(app);
    const { challengeId } = (await tryPassword(app, squatter.username, squatter.password)).data;
    await resetPassword(app, await resetToken(app, squatter.email), newPassword);
    expect(await signInCode(squatter, squatter.password)).toBe('INVALID_CREDENTIALS');
    app.clock.advance(30);
    expect((await app.call('auth.resendOtp', { challengeId })).code).toBe('CHALLENGE_EXPIRED');
    const mine = await signIn(app, { ...squatter, password: newPassword });
    expect(mine.user.emailVerified).toBe(true);
    app.clock.advance(8 * day);
    expect(await signInCode(squatter, newPassword)).toBe('ok');
  });

  it('is not possible for an account that is disabled, not even with a link from before', async () => {
    const person = await register(app);
    const token = await resetToken(app, person.email);
    await stored(app).users.updateOne({ usernameKey: person.username }, { $set: { status: 'disabled' } });
    expect((await resetPassword(app, token, newPassword)).code).toBe('RESET_TOKEN_INVALID');
    await app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
    expect(await mailsTo(app, person.email)).toHaveLength(1);
  });
});

describe('moving to another address', () => {
  it('needs the code that went there, ends the other sessions and voids pending codes and links', async () => {
    const person = await register(app);
    const other = await signIn(app, person);
    const owner = await signIn(app, person);
    const token = await resetToken(app, person.email);
    const { challengeId, code } = await login(app, person);
    const email = newPerson().email;
    const moved = await move(owner, email);
    expect(moved.data).toMatchObject({ email, emailVerified: true });
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
    expect(await accessOf(app, other.accessToken)).toBe('UNAUTHENTICATED');
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await resetPassword(app, token, newPassword)).code).toBe('RESET_TOKEN_INVALID');
    expect((await tryPassword(app, email, person.password)).status).toBe(200);
    expect((await tryPassword(app, person.email, person.password)).code).toBe('INVALID_CREDENTIALS');
  });

  it("with somebody else's challenge is not possible", async () => {
    const owner = await signUp(app);
    const thief = await signUp(app);
    const challenge = await askToMove(owner, newPerson().email);
    const stolen = await app.call('user.confirmEmailChange', challenge, { token: thief.accessToken });
    expect(stolen.code).toBe('CHALLENGE_EXPIRED');
    expect((await app.call('user.confirmEmailChange', challenge, { token: owner.accessToken })).status).toBe(200);
  });

  it('after the password changed needs a new code', async () => {
    const owner = await signUp(app);
    const challenge = await askToMove(owner, newPerson().email);
    await changePassword(owner, owner.password, newPassword);
    const late = await app.call('user.confirmEmailChange', challenge, { token: owner.accessToken });
    expect(late.code).toBe('CHALLENGE_EXPIRED');
  });

  it('to an address that somebody registers and verifies meanwhile is refused', async () => {
    const owner = await signUp(app);
    const email = newPerson().email;
    const challenge = await askToMove(owner, email);
    await signIn(app, await register(app, { email }));
    const answer = await app.call('user.confirmEmailChange', challenge, { token: owner.accessToken });
    expect([answer.status, answer.code]).toEqual([409, 'EMAIL_TAKEN']);
    expect((await storedUser(app, owner)).email).toBe(owner.email);
  });

  it('takes the address from an account that was registered with it and never verified', async () => {
    const owner = await signUp(app);
    const squatter = await register(app);
    expect((await move(owner, squatter.email)).status).toBe(200);
    expect(await signInCode(squatter, squatter.password)).toBe('INVALID_CREDENTIALS');
    expect(await signInCode({ username: squatter.email }, owner.password)).toBe('ok');
  });

  it('is undone from the old address with a new password, which ends every session', async () => {
    const owner = await signUp(app);
    const thiefAddress = newPerson().email;
    await move(owner, thiefAddress);
    const code = await undoCode(owner.email);
    expect((await undo(code)).data).toEqual({ success: true });
    expect((await storedUser(app, owner)).email).toBe(owner.email);
    expect(await accessOf(app, owner.accessToken)).toBe('UNAUTHENTICATED');
    expect((await tryPassword(app, owner.email, newPassword)).status).toBe(200);
    expect((await tryPassword(app, thiefAddress, owner.password)).code).toBe('INVALID_CREDENTIALS');
    expect((await undo(code, thiefPassword)).code).toBe('RESET_TOKEN_INVALID');
  });

  it('of ten parallel undos one wins', async () => {
    const owner = await signUp(app);
    await move(owner, newPerson().email);
    const code = await undoCode(owner.email);
    const answers = await atOnce(10, (index) => undo(code, `${newPassword} ${index}`));
    expect(tally(answers)).toEqual({ ok: 1, RESET_TOKEN_INVALID: 9 });
  });

  it('is undone by its owner even where a thief moves twice, and the undo of the thief is void then', async () => {
    const owner = await signUp(app);
    const [first, second] = [newPerson().email, newPerson().email];
    await move(owner, first);
    app.clock.advance(minute);
    await move(owner, second);
    const [ownersCode, thiefsCode] = [await undoCode(owner.email), await undoCode(first)];
    expect((await undo(ownersCode)).status).toBe(200);
    expect((await storedUser(app, owner)).email).toBe(owner.email);
    expect((await undo(thiefsCode, thiefPassword)).code).toBe('RESET_TOKEN_INVALID');
  });

  it('is undone by its owner even after the thief has used an undo and a reset', async () => {
    const owner = await signUp(app);
    const [first, second] = [newPerson().email, newPerson().email];
    await move(owner, first);
    app.clock.advance(minute);
    await move(owner, second);
    expect((await undo(await undoCode(first), thiefPassword)).status).toBe(200);
    await resetPassword(app, await resetToken(app, first), `${thiefPassword} again`);
    expect((await undo(await undoCode(owner.email))).status).toBe(200);
    expect((await storedUser(app, owner)).email).toBe(owner.email);
    expect(await signInCode(owner, newPassword)).toBe('ok');
  });

  it('is undone even where the thief has registered the old address again', async () => {
    const owner = await signUp(app);
    await move(owner, newPerson().email);
    await register(app, { email: owner.email });
    expect((await undo(await undoCode(owner.email))).status).toBe(200);
    expect((await tryPassword(app, owner.email, newPassword)).status).toBe(200);
  });

  it('is undone for seven days, and a code of our making only', async () => {
    const owner = await signUp(app);
    const late = await signUp(app);
    for (const who of [owner, late]) await move(who, newPerson().email);
    const [good, bad] = [await undoCode(owner.email), await undoCode(late.email)];
    const [userId, undoId, mac] = good.split('.');
    const [otherId] = bad.split('.');
    const forged = [
      `${userId}.${undoId}.${'A'.repeat(43)}`,
      `${otherId}.${undoId}.${mac}`,
      `${userId}.${undoId}`,
      `${good}.x`,
    ];
    for (const code of forged) expect((await undo(code)).code).toBe('RESET_TOKEN_INVALID');
    app.clock.advance(7 * day - 60);
    expect((await undo(good)).status).toBe(200);
    app.clock.advance(60);
    expect((await undo(bad)).code).toBe('RESET_TOKEN_INVALID');
  });

  it('is undone though the account has moved more often than we remember', async () => {
    const owner = await signUp(app);
    const past = app.clock.now();
    const moved = Array.from({ length: 20 }, (_, index) => ({
      _id: `old-${index}`,
      email: `old-${index}@example.com`,
      changedAt: past,
      expiresAt: past,
    }));
    // Twenty moves of years ago.
    await stored(app).users.updateOne({ usernameKey: owner.username }, { $set: { emailUndos: moved } });
    const again = await signIn(app, owner);
    await move(again, newPerson().email);
    expect((await undo(await undoCode(owner.email))).status).toBe(200);
  });
});

describe('changing the profile', () => {
  it('ends no session and voids no code', async () => {
    const owner = await signUp(app);
    const other = await signIn(app, owner);
    const { challengeId, code } = await login(app, owner);
    const token = await resetToken(app, owner.email);
    const { username } = newPerson();
    const changed = await app.call(
      'user.updateProfile',
      { username, firstName: 'Grace' },
      { token: owner.accessToken },
    );
    expect(changed.data).toMatchObject({ username, firstName: 'Grace', lastName: owner.lastName });
    expect(await accessOf(app, other.accessToken)).toBe('ok');
    expect((await enterCode(app, challengeId, code)).status).toBe(200);
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });

  it('cannot take the name of somebody else, in any writing of it', async () => {
    const owner = await signUp(app);
    const other = await register(app);
    for (const username of [other.username, other.username.toUpperCase()]) {
      const answer = await app.call('user.updateProfile', { username }, { token: owner.accessToken });
      expect([answer.status, answer.code]).toEqual([409, 'USERNAME_TAKEN']);
    }
  });
});

describe('deleting the account', () => {
  it('needs the password, ends every session and voids every code and link', async () => {
    const owner = await signUp(app);
    const other = await signIn(app, owner);
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
  it('are replaced at the next sign-in, and nothing else changes', async () => {
    await using database = await openTestDatabase();
    const shared = { MONGODB_URI: database.uri, AUTH_SECRETS: randomBytes(32).toString('hex') };
    await using cheap = await createTestApp({ env: shared });
    await using dear = await createTestApp({ env: { ...shared, BCRYPT_COST: '5' } });
    await dear.mailWorker.stop();
    const person = await signUp(cheap);
    const { challengeId, code } = await login(cheap, person);
    const before = await storedUser(cheap, person);
    expect(before.passwordHash).toMatch(/^v1:\$2b\$04\$/);

    expect((await tryPassword(dear, person.username, 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect((await storedUser(cheap, person)).passwordHash).toBe(before.passwordHash);
    expect((await tryPassword(dear, person.username, person.password)).status).toBe(200);
    const { passwordHash, ...rest } = await storedUser(cheap, person);
    expect(passwordHash).toMatch(/^v1:\$2b\$05\$/);
    expect({ ...rest, passwordHash: before.passwordHash }).toEqual(before);
    expect(await accessOf(cheap, person.accessToken)).toBe('ok');
    expect((await enterCode(cheap, challengeId, code)).status).toBe(200);
  });

  it('never bring an old password back while it is changed', async () => {
    await using database = await openTestDatabase();
    const shared = { MONGODB_URI: database.uri, AUTH_SECRETS: randomBytes(32).toString('hex') };
    await using cheap = await createTestApp({ env: shared });
    await using dear = await createTestApp({ env: { ...shared, BCRYPT_COST: '6' } });
    // Each has a mailbox of its own: with one worker all mail is in the first.
    await dear.mailWorker.stop();
    for (let round = 0; round < 5; round += 1) {
      const owner = await signUp(cheap);
      const [changed] = await Promise.all([
        changePassword(owner, owner.password, newPassword, cheap),
        ...Array.from({ length: 3 }, () => tryPassword(dear, owner.username, owner.password)),
      ]);
      expect(changed.status).toBe(200);
      expect((await tryPassword(cheap, owner.username, newPassword)).status).toBe(200);
      expect((await tryPassword(cheap, owner.username, owner.password)).code).toBe('INVALID_CREDENTIALS');
      expect(await accessOf(cheap, owner.accessToken)).toBe('ok');
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
      const answer = await app.call(
        'auth.register',
        { ...person, password, confirmPassword: password },
        { headers: fromNewAddress() },
      );
      expect([password, answer.status, answer.error.data.app]).toEqual([
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
      const answer = await changePassword(owner, owner.password, password);
      expect(answer.error.data.app).toEqual({ code: 'PASSWORD_TOO_COMMON', details: { reason } });
    }
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
      const answers = [
        await app.call('auth.register', { ...person, confirmPassword: person.password }, { headers: fromNewAddress() }),
        await app.call('user.updateProfile', { username }, { token: owner.accessToken }),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.code]).toEqual([400, 'VALIDATION']);
        expect(answer.error.data.fieldErrors).toEqual({ username: ['This name is reserved.'] });
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
      'user.updateProfile',
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
