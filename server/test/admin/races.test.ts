import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdmins } from '../../src/domain/admins.ts';
import { AppError } from '../../src/errors.ts';
import type { UserRecord } from '../../src/infra/stores/users/user-record.ts';
import type { System } from '../../src/infra/system.ts';
import { createTestSystem } from '../../src/testing/clock.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { accessOf, codeOf, enterCode, login, refresh, resetPassword, tokenIn, tryPassword } from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { stored, storedUser, subjectsTo } from '../stored.ts';
import { createTurns } from './turns.ts';

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

describe('while one makes an account an administrator, another disables it and the last other one gives up', () => {
  const rounds = 20;
  let chance: System;
  beforeAll(() => {
    chance = createTestSystem({ clock: app.clock, seed: 'turns' });
  });
  const listed = async (): Promise<string[]> => (await stored(app).settings.findOne({ _id: 'admins' }))?.ids ?? [];
  const read = async (id: string) => (await app.stores.users.findById(id)) as UserRecord;

  async function expectSomebodyActive(): Promise<void> {
    const ids = await listed();
    const active = await stored(app).users.countDocuments({ _id: { $in: ids }, status: 'active' });
    expect([ids.length > 0, active]).toEqual([true, ids.length]);
  }

  async function expectCopies(): Promise<void> {
    const copies = await stored(app).users.distinct('_id', { role: 'admin' });
    expect(copies.toSorted()).toEqual((await listed()).toSorted());
  }

  /** Lets both be the only administrators again. */
  async function startAnew(): Promise<void> {
    const ids = [ada.user.id, grace.user.id];
    await stored(app).settings.updateOne({ _id: 'admins' }, { $set: { ids } });
    await app.services.admins.repair();
  }

  /** What three and more do at once to the account of somebody, each as it read the accounts before. */
  async function decide(userId: string, next: (count: number) => { index: number; stops: boolean }): Promise<void> {
    const turns = createTurns();
    const users = turns.gate(app.stores.users);
    const admins = createAdmins({ stores: { admins: turns.gate(app.stores.admins), users }, system: chance });
    const [somebody, left, right] = await Promise.all([userId, ada.user.id, grace.user.id].map(read));
    if (!somebody || !left || !right) throw new Error('there is nobody to decide about');
    const disable = (user: UserRecord) => users.disable(user);
    const others = [
      () => admins.demote(right, right._id),
      () => admins.demote(somebody, left._id),
      () => admins.promote(userId),
      () => admins.without(somebody, async () => null, left._id),
    ];
    const thrown = await turns.run(
      [
        () => admins.promote(userId),
        () => admins.without(somebody, disable, right._id),
        () => admins.demote(left, left._id),
        ...others.filter(() => chance.randomInt(3) === 0),
      ],
      next,
      expectSomebodyActive,
    );
    expect(thrown.filter((error) => !(error instanceof AppError))).toEqual([]);
  }

  afterAll(startAnew);

  it('somebody active is one at every moment, nobody else, and the roles agree in the end', async () => {
    for (let round = 0; round < rounds; round += 1) {
      await startAnew();
      const { id } = await app.account();
      await decide(id, (count) => ({ index: chance.randomInt(count), stops: false }));
      await expectCopies();
    }
  });

  it('the same holds wherever any of them stops for good, once somebody decides again or the server starts', async () => {
    for (let round = 0; round < rounds; round += 1) {
      await startAnew();
      const { id } = await app.account();
      await decide(id, (count) => ({ index: chance.randomInt(count), stops: chance.randomInt(12) === 0 }));
      const [by] = await listed();
      const user = await read(id);
      if (user.status === 'active' && by !== undefined && by !== id) {
        const role = (await app.services.admins.demote(user, by)).user.role;
        expect([role, (await read(id)).role, await app.services.admins.isAdmin(id)]).toEqual(['user', 'user', false]);
      }
      await app.services.admins.repair();
      await expectSomebodyActive();
      await expectCopies();
    }
  });

  it('so it is also through their procedures', async () => {
    for (let round = 0; round < 8; round += 1) {
      await startAnew();
      const bob = await app.account();
      const userId = bob.id;
      const setRole = (by: Somebody, of: string, role: 'admin' | 'user') =>
        codeOf(by.caller.admin.setUserRole({ userId: of, role, reason }));
      const outcomes = await Promise.all([
        setRole(ada, userId, 'admin'),
        codeOf(grace.caller.admin.setUserStatus({ userId, status: 'disabled', reason })),
        setRole(ada, ada.user.id, 'user'),
        setRole(grace, grace.user.id, 'user'),
      ]);
      for (const outcome of outcomes) expect(['ok', 'CONFLICT', 'FORBIDDEN', 'LAST_ADMIN']).toContain(outcome);
      await expectSomebodyActive();
      await expectCopies();
    }
  });
});
