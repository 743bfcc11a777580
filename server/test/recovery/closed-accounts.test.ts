import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createErasures } from '../../src/domain/audit/erasures.ts';
import { fromNewAddress, newPerson, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { createChanges } from '../changes.ts';
import { accessOf, register, resetPassword, resetToken, type SignedIn, signIn, signUp, tryPassword } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, mailsTo, stored, storedUser, subjectsTo } from '../stored.ts';

const day = 86_400;
const newPassword = 'a brand new passphrase of mine';
const closedUndo = 'Your account is closed and will be deleted';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const { move } = createChanges(() => app);

/** The code of the newest mail to an address that the account had. */
async function codeFor(address: string): Promise<string> {
  const mail = (await mailsTo(app, address)).findLast(({ text }) => text.includes('#code='));
  return /#code=([\w.-]+)/.exec(mail?.text ?? '')?.[1] ?? '';
}

const undo = (code: string, password = newPassword) =>
  app.call('auth.undoEmailChange', { code, password, confirmPassword: password }, { headers: fromNewAddress() });
const giveUp = (code: string) => app.call('auth.closeEmailUndo', { code }, { headers: fromNewAddress() });
const remove = (who: Pick<SignedIn, 'accessToken' | 'password'>) =>
  app.call<{ success: true; closedUntil?: string }>(
    'user.deleteAccount',
    { currentPassword: who.password },
    { token: who.accessToken },
  );

/** An account that a thief has moved to an address of their own and then deleted. */
async function stolenAndDeleted() {
  const owner = await signUp(app);
  const thiefAddress = newPerson().email;
  expect((await move(owner, thiefAddress)).status).toBe(200);
  const ended = await remove(owner);
  return { owner, thiefAddress, ended };
}

const isThere = async ({ username }: Pick<Person, 'username'>) =>
  (await stored(app).users.countDocuments({ usernameKey: username })) === 1;

describe('deleting an account whose address was changed in the last seven days', () => {
  it('closes it until nobody can undo that any more: no session, no sign-in, no reset, and its names are held', async () => {
    const { owner, thiefAddress, ended } = await stolenAndDeleted();
    const until = new Date(app.clock.now().getTime() + 7 * day * 1000);
    expect(ended.data).toEqual({ success: true, closedUntil: until.toISOString() });
    expect(await storedUser(app, owner)).toMatchObject({ status: 'closed', closedUntil: until, sessions: [] });
    expect(await accessOf(app, owner.accessToken)).toBe('UNAUTHENTICATED');
    for (const name of [owner.username, thiefAddress]) {
      const refused = await tryPassword(app, name, owner.password);
      expect([refused.status, refused.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    }
    const mails = (await mailsTo(app, thiefAddress)).length;
    await app.call('auth.requestPasswordReset', { email: thiefAddress }, { headers: fromNewAddress() });
    expect(await mailsTo(app, thiefAddress)).toHaveLength(mails);
    const squatter = { ...newPerson({ username: owner.username }), confirmPassword: owner.password };
    const taken = await app.call('auth.register', squatter, { headers: fromNewAddress() });
    expect(taken.code).toBe('USERNAME_TAKEN');
    expect(await auditTypes(app, owner.user.id)).toContain('account-closed');
  });

  it('tells every address that can take it back, each with its own way, and the one that it has', async () => {
    const owner = await signUp(app);
    const [second, third] = [newPerson().email, newPerson().email];
    await move(owner, second);
    app.clock.advance(60);
    await move(owner, third);
    await remove(owner);
    expect((await subjectsTo(app, owner.email)).at(-1)).toBe(closedUndo);
    expect((await subjectsTo(app, second)).at(-1)).toBe(closedUndo);
    expect((await subjectsTo(app, third)).at(-1)).toBe('Your account is closed');
    for (const address of [owner.email, second]) expect(await codeFor(address)).not.toBe('');
    expect(await codeFor(third)).toBe('');
    expect(await subjectsTo(app, owner.email)).not.toContain('Your account was deleted');
    expect(await codeFor(owner.email)).not.toBe(await codeFor(second));
  });

  it('keeps it from no owner: undoing opens it again with all that it had', async () => {
    const { owner, thiefAddress } = await stolenAndDeleted();
    const before = await storedUser(app, owner);
    expect((await undo(await codeFor(owner.email))).data).toEqual({ success: true });
    const { closedUntil, ...after } = await storedUser(app, owner);
    expect(closedUntil).toBeUndefined();
    expect(after).toMatchObject({
      _id: before._id,
      status: 'active',
      email: owner.email,
      firstName: before.firstName,
      createdAt: before.createdAt,
      sessions: [],
      emailUndos: [],
    });
    await signIn(app, { ...owner, password: newPassword });
    expect((await tryPassword(app, thiefAddress, owner.password)).code).toBe('INVALID_CREDENTIALS');
    app.clock.advance(8 * day);
    await signIn(app, { ...owner, password: newPassword });
  });

  it('is final once the seven days are over, before any sweep: its names are free, and no code opens it', async () => {
    const { owner, thiefAddress } = await stolenAndDeleted();
    const code = await codeFor(owner.email);
    app.clock.advance(7 * day - 1);
    expect((await app.call('auth.isUsernameFree', { username: owner.username })).data).toEqual({ free: false });
    expect((await app.call('auth.checkLink', { code })).data).toEqual({ valid: true });
    app.clock.advance(1);
    expect((await app.call('auth.isUsernameFree', { username: owner.username })).data).toEqual({ free: true });
    expect((await app.call('auth.checkLink', { code })).data).toEqual({ valid: false });
    expect((await undo(code)).code).toBe('RESET_TOKEN_INVALID');
    expect((await giveUp(code)).code).toBe('RESET_TOKEN_INVALID');
    const next = await signIn(app, await register(app, { username: owner.username }));
    expect(next.user.id).not.toBe(owner.user.id);
    await createErasures({ stores: app.stores, system: app.clock }).run();
    const events = await stored(app).audit.find({ userId: owner.user.id }).toArray();
    expect(events.filter(({ ip }) => ip !== '')).toEqual([]);
    expect((await move(next, thiefAddress)).status).toBe(200);
  });

  it('is swept by an index of its own', async () => {
    const indexes = await stored(app).users.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { closedUntil: 1 }, expireAfterSeconds: 0 }));
  });

  it('while it is undone ends with the owner in and the account open', async () => {
    for (let round = 0; round < 4; round += 1) {
      const owner = await signUp(app);
      await move(owner, newPerson().email);
      const code = await codeFor(owner.email);
      const [undone, ended] = await Promise.all([undo(code), remove(owner)]);
      // Where the undo was second by a moment, its code still works.
      if (undone.status !== 200) expect((await undo(code)).status).toBe(200);
      expect(['ok', 'UNAUTHENTICATED', 'INVALID_CREDENTIALS']).toContain(ended.code ?? 'ok');
      expect(await storedUser(app, owner)).toMatchObject({ status: 'active', email: owner.email });
      expect((await tryPassword(app, owner.username, newPassword)).status).toBe(200);
    }
  });

  it('while the address is changed never takes the account from whoever can undo that', async () => {
    const { askToMove } = createChanges(() => app);
    for (let round = 0; round < 4; round += 1) {
      const owner = await signUp(app);
      const challenge = await askToMove(owner, newPerson().email);
      const [moved, ended] = await Promise.all([
        app.call('user.confirmEmailChange', challenge, { token: owner.accessToken }),
        remove(owner),
      ]);
      if (moved.status === 200) expect(await isThere(owner)).toBe(true);
      else expect([ended.status, await isThere(owner)]).toEqual([200, false]);
      if (moved.status === 200) expect((await undo(await codeFor(owner.email))).status).toBe(200);
    }
  });
});

describe('deleting any other account', () => {
  it('deletes it at once, also where an undo has expired or was used', async () => {
    const [plain, late, undone] = [await signUp(app), await signUp(app), await signUp(app)];
    expect((await remove(plain)).data).toEqual({ success: true });
    await move(late, newPerson().email);
    await move(undone, newPerson().email);
    expect((await undo(await codeFor(undone.email))).status).toBe(200);
    const again = await app.session(undone);
    expect((await remove({ ...again, password: newPassword })).data).toEqual({ success: true });
    app.clock.advance(7 * day);
    const back = await app.session(late);
    expect((await remove({ ...late, accessToken: back.accessToken })).data).toEqual({ success: true });
    for (const person of [plain, late, undone]) expect(await isThere(person)).toBe(false);
  });
});

describe('giving a way back up', () => {
  it('is for the link of the address of before only, and deletes a closed account at once', async () => {
    const { owner, thiefAddress } = await stolenAndDeleted();
    expect(await codeFor(thiefAddress)).toBe('');
    const code = await codeFor(owner.email);
    const [userId, undoId] = code.split('.');
    for (const forged of [`${userId}.${undoId}.${'A'.repeat(43)}`, `${userId}.${undoId}`, `${code}.x`, 'x']) {
      expect((await giveUp(forged)).code).toBe('RESET_TOKEN_INVALID');
    }
    expect(await isThere(owner)).toBe(true);
    expect((await giveUp(code)).data).toEqual({ success: true });
    expect(await isThere(owner)).toBe(false);
    expect((await undo(code)).code).toBe('RESET_TOKEN_INVALID');
    expect((await subjectsTo(app, thiefAddress)).at(-1)).toBe('Your account was deleted');
    const events = await stored(app).audit.find({ userId: owner.user.id }).toArray();
    const types = events.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(['account-closed', 'email-undo-closed', 'account-deleted']));
    // The addresses of a deleted person go with the account.
    expect(events.some(({ ip }) => Boolean(ip))).toBe(false);
  });

  it('leaves the ways of others: a closed account ends with the last of them', async () => {
    const owner = await signUp(app);
    const second = newPerson().email;
    await move(owner, second);
    app.clock.advance(day);
    const signedIn = await app.session(owner);
    await move({ ...owner, ...signedIn }, newPerson().email);
    await remove({ ...owner, accessToken: signedIn.accessToken });
    const [first, last] = [await codeFor(owner.email), await codeFor(second)];
    expect((await giveUp(last)).status).toBe(200);
    const { closedUntil } = await storedUser(app, owner);
    expect(closedUntil).toEqual(new Date(app.clock.now().getTime() + 6 * day * 1000));
    expect((await undo(first)).status).toBe(200);
    expect(await storedUser(app, owner)).toMatchObject({ status: 'active', email: owner.email });
  });

  it('of an open account makes its deletion final', async () => {
    const owner = await signUp(app);
    const address = newPerson().email;
    await move(owner, address);
    const code = await codeFor(owner.email);
    expect((await giveUp(code)).status).toBe(200);
    expect(await accessOf(app, owner.accessToken)).toBe('ok');
    expect((await undo(code)).code).toBe('RESET_TOKEN_INVALID');
    expect((await remove(owner)).data).toEqual({ success: true });
    expect(await isThere(owner)).toBe(false);
  });

  it('and using it at once do one of both', async () => {
    const outcomes = await atOnce(4, async () => {
      const { owner } = await stolenAndDeleted();
      const code = await codeFor(owner.email);
      const responses = await Promise.all([undo(code), giveUp(code)]);
      expect(await isThere(owner)).toBe(responses[0].status === 200);
      return tally(responses);
    });
    for (const outcome of outcomes) expect(outcome).toEqual({ ok: 1, RESET_TOKEN_INVALID: 1 });
  });

  it('does nothing to the other links of the account', async () => {
    const owner = await signUp(app);
    const address = newPerson().email;
    await move(owner, address);
    const token = await resetToken(app, address);
    expect((await giveUp(await codeFor(owner.email))).status).toBe(200);
    expect((await resetPassword(app, token, newPassword)).status).toBe(200);
  });
});
