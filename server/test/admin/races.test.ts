import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { accessOf, codeOf, enterCode, login, refresh, resetPassword, tokenIn, tryPassword } from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { stored, storedUser, subjectsTo } from '../stored.ts';

const reason = 'asked by phone';

let app: TestApp;
type Somebody = Awaited<ReturnType<TestApp['person']>>;
let ada: Somebody;
let grace: Somebody;

beforeAll(async () => {
  app = await createTestApp();
  [ada, grace] = await Promise.all([
    app.person(undefined, { role: 'admin' }),
    app.person(undefined, { role: 'admin' }),
  ]);
});
afterAll(() => app[Symbol.asyncDispose]());

/** Both administrators do it at the same moment. */
const both = (act: (admin: Somebody['caller']['admin']) => Promise<unknown>): Promise<string[]> =>
  Promise.all([codeOf(act(ada.caller.admin)), codeOf(act(grace.caller.admin))]);
const typesOf = async (userId: string) =>
  (await stored(app).audit.find({ userId }).toArray()).map(({ type }) => `${type}`);

describe('what administrators do while its owner uses the account', () => {
  it('ends every session, however many of them are renewed at that moment', async () => {
    const bob = await app.person();
    const [, renewed] = await Promise.all([
      ada.caller.admin.revokeUserSessions({ userId: bob.user.id, reason }),
      atOnce(8, () => refresh(app, bob.refreshToken)),
    ]);
    for (const response of renewed) {
      if (response.status === 200) expect(await accessOf(app, response.data.accessToken)).toBe('UNAUTHENTICATED');
    }
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    expect((await storedUser(app, bob)).sessions).toEqual([]);
  });

  it('disables for good, also while the code of a sign-in is entered', async () => {
    const bob = await app.person();
    const { challengeId, code } = await login(app, bob);
    const [, entered] = await Promise.all([
      ada.caller.admin.setUserStatus({ userId: bob.user.id, status: 'disabled', reason }),
      enterCode(app, challengeId, code),
    ]);
    if (entered.status === 200) expect(await accessOf(app, entered.data.accessToken)).toBe('UNAUTHENTICATED');
    else expect(entered.code).toBe('CHALLENGE_EXPIRED');
    expect(await storedUser(app, bob)).toMatchObject({ status: 'disabled', sessions: [] });
  });

  it('unlocks while others guess, and gives them no more than one row of guesses', async () => {
    const bob = await app.person();
    const guess = () => tryPassword(app, bob.username, 'wrong password');
    await atOnce(10, guess);
    const [, guesses] = await Promise.all([
      ada.caller.admin.unlockUser({ userId: bob.user.id, reason }),
      atOnce(20, guess),
    ]);
    const compared = guesses.filter(({ code }) => code === 'INVALID_CREDENTIALS');
    expect(compared.length).toBeLessThanOrEqual(10);
  });

  it('mails a link that is worth nothing where the account is disabled at the same moment', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    const [sent] = await Promise.all([
      codeOf(ada.caller.admin.sendPasswordReset({ userId, reason })),
      grace.caller.admin.setUserStatus({ userId, status: 'disabled', reason }),
    ]);
    expect(['ok', 'CONFLICT']).toContain(sent);
    await app.mail.settled();
    for (const { text } of app.mail.list().filter((mail) => mail.to === bob.email && mail.text.includes('token='))) {
      expect((await resetPassword(app, tokenIn(text), 'four lanterns over a river')).code).toBe('RESET_TOKEN_INVALID');
    }
    expect(await storedUser(app, bob)).toMatchObject({ status: 'disabled', credentialVersion: 1 });
  });
});

describe('what two administrators do to one account at the same moment', () => {
  it('disables it once, and tells its owner once', async () => {
    const bob = await app.person();
    const outcomes = await both((admin) => admin.setUserStatus({ userId: bob.user.id, status: 'disabled', reason }));
    expect(outcomes).toContain('ok');
    await app.mail.settled();
    expect((await subjectsTo(app, bob.email)).filter((subject) => subject.includes('disabled'))).toHaveLength(1);
    expect((await typesOf(bob.user.id)).filter((type) => type === 'account-disabled')).toHaveLength(1);
  });

  it('gives a username to one of two accounts', async () => {
    const [bob, eve] = await Promise.all([app.person(), app.person()]);
    const username = `wanted-${bob.user.id
      .slice(0, 6)
      .toLowerCase()
      .replace(/[^a-z0-9]/g, 'x')}`;
    const outcomes = await Promise.all([
      codeOf(ada.caller.admin.updateUser({ userId: bob.user.id, username, reason })),
      codeOf(grace.caller.admin.updateUser({ userId: eve.user.id, username, reason })),
    ]);
    expect(outcomes.toSorted()).toEqual(['USERNAME_TAKEN', 'ok']);
    expect(await stored(app).users.countDocuments({ username })).toBe(1);
  });

  it('leaves the role and the list of administrators saying the same, whoever was last', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    await Promise.all([
      codeOf(ada.caller.admin.setUserRole({ userId, role: 'admin', reason })),
      codeOf(grace.caller.admin.setUserStatus({ userId, status: 'disabled', reason })),
    ]);
    const { status, role } = await storedUser(app, bob);
    const listed = (await stored(app).settings.findOne({ _id: 'admins' }))?.ids.includes(userId);
    expect([status, role, listed]).toEqual(['disabled', 'user', false]);
  });
});
