import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleInput } from '../../reference/examples.ts';
import { listProcedures } from '../../reference/pages.ts';
import { toJsonSchema } from '../../reference/type-text.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { accessOf, codeOf, tryPassword } from '../flows.ts';
import { raise, stored, storedUser, subjectsTo } from '../stored.ts';

const reason = 'asked by phone';
const adminProcedures = listProcedures().filter(({ path }) => path.startsWith('admin.'));

let app: TestApp;
type Somebody = Awaited<ReturnType<TestApp['person']>>;
let ada: Somebody;

beforeAll(async () => {
  app = await createTestApp();
  ada = await app.person('ada-the-admin', { role: 'admin' });
});
afterAll(() => app[Symbol.asyncDispose]());

/** Locks a name as ten wrong passwords do. */
async function lock(username: string) {
  await tryPassword(app, username, 'wrong password');
  await raise(app, 'signInsPerName', 1, 9);
  await tryPassword(app, username, 'wrong password');
}

const eventsOf = (userId: string) => stored(app).audit.find({ userId }).sort({ at: 1 }).toArray();

describe('the procedures of administrators', () => {
  it.each(adminProcedures)(
    '$path refuses whoever is not one, and nobody, before anything else',
    async ({ path, input }) => {
      const eve = await app.person();
      const example = input && exampleInput(toJsonSchema(input, 'input'));
      for (const given of [example, { nobody: 'knows' }]) {
        expect((await app.call(path, given)).code).toBe('UNAUTHENTICATED');
        expect((await app.call(path, given, { token: eve.accessToken })).code).toBe('FORBIDDEN');
      }
    },
  );

  it('go by the list of administrators and not by what an account says', async () => {
    const eve = await app.person();
    await stored(app).users.updateOne({ _id: eve.user.id }, { $set: { role: 'admin' } });
    expect(await codeOf(eve.caller.admin.listUsers({}))).toBe('FORBIDDEN');
    await stored(app).users.updateOne({ _id: ada.user.id }, { $set: { role: 'user' } });
    expect(await codeOf(ada.caller.admin.listUsers({}))).toBe('ok');
    await app.services.admins.repair();
    expect([(await storedUser(app, eve)).role, (await storedUser(app, ada)).role]).toEqual(['user', 'admin']);

    // So does a database that lost the list.
    await stored(app).settings.deleteOne({ _id: 'admins' });
    await app.services.admins.repair();
    expect((await storedUser(app, ada)).role).toBe('user');
    expect(await codeOf(ada.caller.admin.listUsers({}))).toBe('FORBIDDEN');
    await app.services.admins.promote(ada.user.id);
  });
});

describe('the list of accounts', () => {
  const named = async (username: string, firstName: string, lastName: string, options = {}) => {
    const person = await app.person(username, options);
    await person.caller.user.updateProfile({ firstName, lastName });
    return person;
  };
  const namesIn = ({ items }: { items: { username: string }[] }) => items.map(({ username }) => username);

  it('finds by the beginning of a username, an address or a name, each account once', async () => {
    await named('zoe', 'Ulla', 'Quist');
    await named('quincy', 'Zoe', 'Meyer', { email: 'other@quebec.example' });
    await named('ymir', 'Anna Zoe', 'van Quist', { email: 'zoe.y@example.com' });
    const find = async (search: string) => namesIn(await ada.caller.admin.listUsers({ search }));
    expect(await find('ZOE')).toEqual(['zoe', 'ymir', 'quincy']);
    expect(await find('qui')).toEqual(['quincy', 'zoe']);
    expect(await find('Anna Zoe van Qu')).toEqual([]);
    expect(await find('zoe mey')).toEqual(['quincy']);
    expect(await find('other@quebec')).toEqual(['quincy']);
    for (const pattern of ['.*', 'z.e', '^zoe', 'zoe$', '$', '\u{10ffff}']) expect(await find(pattern)).toEqual([]);
  });

  it('comes in pages that lose and repeat nothing while accounts are made', async () => {
    for (let index = 0; index < 7; index += 1) {
      await named(`page-${index}`, `Page${index % 2}`, 'Turner');
      app.clock.advance(1);
    }
    for (const list of [{ search: 'page' }, { search: 'turner' }, { search: 'pag', sort: 'name' as const }]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await ada.caller.admin.listUsers({ ...list, limit: 3, ...(cursor && { cursor }) });
        seen.push(...namesIn(page));
        if (cursor === undefined) await named(`aaa-${seen.length}-${Math.random().toString(36).slice(2)}`, 'A', 'A');
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.toSorted()).toEqual(Array.from({ length: 7 }, (_, index) => `page-${index}`));
    }
  });

  it('goes by date, the newest first, or by name, through everybody', async () => {
    const all = async (sort: 'date' | 'name') => {
      const seen: { username: string; dateJoined: string; lastName: string; firstName: string }[] = [];
      let cursor: string | undefined;
      do {
        const page = await ada.caller.admin.listUsers({ sort, limit: 4, ...(cursor && { cursor }) });
        seen.push(...page.items);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };
    const count = await stored(app).users.countDocuments();
    const [byDate, byName] = [await all('date'), await all('name')];
    for (const seen of [byDate, byName]) expect(new Set(seen.map(({ username }) => username)).size).toBe(count);
    const dates = byDate.map(({ dateJoined }) => dateJoined);
    expect(dates).toEqual(dates.toSorted().reverse());
    const names = byName.map(({ lastName, firstName }) => `${lastName} ${firstName}`.toLowerCase());
    expect(names).toEqual(names.toSorted());
  });

  it('can be narrowed by role, status, proved address and live sessions', async () => {
    await app.account('narrow-1', { emailVerified: false });
    await app.account('narrow-2', { status: 'disabled' });
    await app.person('narrow-3');
    const find = async (filters: object) =>
      namesIn(await ada.caller.admin.listUsers({ search: 'narrow', ...filters })).toSorted();
    expect(await find({ status: 'disabled' })).toEqual(['narrow-2']);
    expect(await find({ verified: false })).toEqual(['narrow-1']);
    expect(await find({ hasSessions: true })).toEqual(['narrow-3']);
    expect(await find({ hasSessions: false, verified: true })).toEqual(['narrow-2']);
    expect(namesIn(await ada.caller.admin.listUsers({ role: 'admin' }))).toEqual([ada.username]);
  });

  it('takes a cursor for nothing but the list that it came from', async () => {
    const { nextCursor } = await ada.caller.admin.listUsers({ limit: 2 });
    const [place = '', mac = ''] = `${nextCursor}`.split('.');
    const other = Buffer.from(JSON.stringify([0, 0, ''])).toString('base64url');
    for (const bent of [
      { cursor: `${nextCursor}`, sort: 'name' as const },
      { cursor: `${nextCursor}`, search: 'page' },
      { cursor: `${nextCursor}`, status: 'disabled' as const },
      { cursor: `${other}.${mac}` },
      { cursor: place },
      { cursor: '' },
    ]) {
      expect(await codeOf(ada.caller.admin.listUsers({ limit: 2, ...bent }))).toBe('VALIDATION');
    }
  });
});

describe('one account', () => {
  it('is shown with its state, its devices, what locks it and until when, and its last events', async () => {
    const bob = await app.person();
    await lock(bob.username);
    const shown = await ada.caller.admin.getUser({ userId: bob.user.id });
    expect(shown).toMatchObject({ username: bob.username, status: 'active', role: 'user', sessions: 1 });
    expect(shown.locks).toEqual([
      { kind: 'sign-in', until: new Date(app.clock.now().getTime() + 15 * 60_000).toISOString() },
    ]);
    expect(shown.devices).toHaveLength(1);
    expect(shown.activity.map(({ type }) => type)).toContain('sign-in-locked');
    expect(await codeOf(ada.caller.admin.getUser({ userId: 'nobody' }))).toBe('NOT_FOUND');
    expect(JSON.stringify(shown)).not.toMatch(/passwordHash|\$2b\$/);
  });

  it('is unlocked for who mistyped too often', async () => {
    const bob = await app.person();
    await lock(bob.username);
    expect((await tryPassword(app, bob.username, bob.password)).code).toBe('RATE_LIMITED');
    await ada.caller.admin.unlockUser({ userId: bob.user.id, reason });
    expect((await tryPassword(app, bob.username, bob.password)).status).toBe(200);
    expect(await subjectsTo(app, bob.email)).toContain('Your account was unlocked');
  });

  it('is out on its next call once disabled, and enabling brings no session and no code back', async () => {
    const bob = await app.person();
    const challenge = await tryPassword(app, bob.username, bob.password);
    const otp = await app.mail.codeFor(bob);
    const userId = bob.user.id;
    await ada.caller.admin.setUserStatus({ userId, status: 'disabled', reason });
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    expect((await tryPassword(app, bob.username, bob.password)).code).toBe('INVALID_CREDENTIALS');
    expect(await ada.caller.admin.setUserStatus({ userId, status: 'active', reason })).toMatchObject({ sessions: 0 });
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    const { challengeId } = challenge.data;
    expect((await app.call('auth.verifyOtp', { challengeId, otp })).code).toBe('CHALLENGE_EXPIRED');
    expect(await subjectsTo(app, bob.email)).toEqual(
      expect.arrayContaining(['Your account was disabled', 'Your account was enabled again']),
    );
    expect((await eventsOf(userId)).map(({ type }) => type)).toEqual(
      expect.arrayContaining(['account-disabled', 'account-enabled']),
    );
  });

  it('loses its sessions and keeps its password', async () => {
    const bob = await app.person();
    await ada.caller.admin.revokeUserSessions({ userId: bob.user.id, reason });
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    expect((await tryPassword(app, bob.username, bob.password)).status).toBe(200);
  });

  it('is sent a link to set a password, which whoever asked for it never sees', async () => {
    const bob = await app.person();
    const sent = await ada.caller.admin.sendPasswordReset({ userId: bob.user.id, reason });
    expect(sent).toEqual({ success: true });
    await app.mail.waitFor(({ to, text }) => to === bob.email && text.includes('token='));
    const closed = await app.account(undefined, { status: 'disabled' });
    expect(await codeOf(ada.caller.admin.sendPasswordReset({ userId: closed.id, reason }))).toBe('CONFLICT');
  });

  it('is deleted as its owner could, and told so', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    const outcomes = await Promise.all([1, 2].map(() => codeOf(ada.caller.admin.deleteUser({ userId, reason }))));
    expect(outcomes.toSorted()).toEqual(['NOT_FOUND', 'ok']);
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    expect(await subjectsTo(app, bob.email)).toEqual(['Your account was deleted']);
    expect((await eventsOf(userId)).filter(({ type }) => type === 'account-deleted')).toHaveLength(1);
  });

  it('is changed in what is given and nothing else', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    const changed = await ada.caller.admin.updateUser({ userId, firstName: 'Robert', locale: 'de', reason });
    expect(changed).toMatchObject({ firstName: 'Robert', lastName: bob.lastName, locale: 'de', email: bob.email });
    const renamed = await ada.caller.admin.updateUser({ userId, username: `${bob.username}-2`, reason });
    expect(renamed.username).toBe(`${bob.username}-2`);
    expect(await codeOf(ada.caller.admin.updateUser({ userId, username: ada.username, reason }))).toBe(
      'USERNAME_TAKEN',
    );
    expect(await subjectsTo(app, bob.email)).toEqual(['Ihr Benutzername wurde geändert']);
    expect(await codeOf(ada.caller.admin.updateUser({ userId: 'nobody', firstName: 'A', reason }))).toBe('NOT_FOUND');
  });

  it('moves to another address by a code to the new one, which the old one can undo', async () => {
    const bob = await app.person();
    const [userId, email] = [bob.user.id, `new-${bob.email}`];
    const { emailChange, ...unmoved } = await ada.caller.admin.updateUser({ userId, email, reason });
    expect(unmoved.email).toBe(bob.email);
    const challengeId = `${emailChange?.challengeId}`;
    const otp = codeIn((await app.mail.waitFor(({ to }) => to === email)).text);
    const wrong = otp === '000000' ? '000001' : '000000';
    expect(await codeOf(ada.caller.admin.updateUser({ userId, challengeId, otp: wrong, reason }))).toBe('OTP_INVALID');
    expect(await codeOf(ada.caller.admin.updateUser({ userId, challengeId, reason }))).toBe('VALIDATION');
    expect(await codeOf(ada.caller.admin.updateUser({ userId: ada.user.id, challengeId, otp, reason }))).toBe(
      'CHALLENGE_EXPIRED',
    );
    const outcomes = await Promise.all(
      [1, 2].map(() => codeOf(ada.caller.admin.updateUser({ userId, challengeId, otp, reason }))),
    );
    expect(outcomes.toSorted()).toEqual(['CHALLENGE_EXPIRED', 'ok']);
    expect((await ada.caller.admin.getUser({ userId })).email).toBe(email);
    expect(await accessOf(app, bob.accessToken)).toBe('UNAUTHENTICATED');
    expect(await subjectsTo(app, bob.email)).toEqual(['The e-mail address of your account was changed']);
    expect(await codeOf(ada.caller.admin.updateUser({ userId, email: ada.email, reason }))).toBe('EMAIL_TAKEN');
    await ada.caller.admin.deleteUser({ userId, reason });
    // While the old address can still be brought back the account is closed only.
    expect(await storedUser(app, bob)).toMatchObject({ status: 'closed', sessions: [] });
    expect((await eventsOf(userId)).map(({ type }) => type)).toContain('account-closed');
  });

  it('has each of it recorded with who did it, in which session and why', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    const [session] = await ada.caller.session.list();
    const { admin } = ada.caller;
    const actions: [type: string, act: () => Promise<unknown>][] = [
      ['profile-updated', () => admin.updateUser({ userId, firstName: 'Robert', reason })],
      ['username-changed', () => admin.updateUser({ userId, username: `${bob.username}-3`, reason })],
      ['email-change-requested', () => admin.updateUser({ userId, email: `other-${bob.email}`, reason })],
      ['role-changed', () => admin.setUserRole({ userId, role: 'admin', reason })],
      ['account-disabled', () => admin.setUserStatus({ userId, status: 'disabled', reason })],
      ['account-enabled', () => admin.setUserStatus({ userId, status: 'active', reason })],
      ['account-unlocked', () => admin.unlockUser({ userId, reason })],
      ['sessions-ended', () => admin.revokeUserSessions({ userId, reason })],
      ['password-reset-sent', () => admin.sendPasswordReset({ userId, reason })],
      ['account-deleted', () => admin.deleteUser({ userId, reason })],
    ];
    for (const [type, act] of actions) {
      await act();
      const event = (await eventsOf(userId)).find((one) => one.type === type);
      expect(event).toMatchObject({
        type,
        userId,
        actor: ada.user.id,
        sessionId: session?.id,
        reason,
      });
    }
  });
});

describe('the record of what happened', () => {
  it('is shown latest first with who did it, to whom and why, filtered, in pages with cursors of their own', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    for (let index = 0; index < 3; index += 1) {
      app.clock.advance(1);
      await ada.caller.admin.unlockUser({ userId, reason: `reason ${index}` });
    }
    const { items } = await ada.caller.admin.listAudit({ userId, type: 'account-unlocked' });
    expect(items.map(({ reason: why }) => why)).toEqual(['reason 2', 'reason 1', 'reason 0']);
    expect(items[0]).toMatchObject({ username: bob.username, actor: ada.user.id, actorName: ada.username });

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ada.caller.admin.listAudit({
        actor: ada.user.id,
        userId,
        limit: 2,
        ...(cursor && { cursor }),
      });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      if (cursor) expect(await codeOf(ada.caller.admin.listAudit({ userId, limit: 2, cursor }))).toBe('VALIDATION');
    } while (cursor !== undefined);
    expect(seen).toEqual(items.map(({ id }) => id));

    const [latest, middle] = items.map(({ at }) => at);
    const between = await ada.caller.admin.listAudit({ userId, from: `${middle}`, to: `${latest}` });
    expect(between.items.map(({ reason: why }) => why)).toEqual(['reason 1']);
    const none = await ada.caller.admin.listAudit({ userId: 'nobody' });
    expect(none).toEqual({ items: [], nextCursor: null });
  });
});

it('whoever looks at what happened to their account sees that it was done by others, and not from where', async () => {
  const bob = await app.person();
  await ada.caller.admin.updateUser({ userId: bob.user.id, firstName: 'Robert', reason });
  const { items } = await bob.caller.user.listActivity({});
  expect(items.find(({ type }) => type === 'profile-updated')).toMatchObject({ byOther: true, ip: '', device: '' });
  expect(items.find(({ type }) => type === 'signed-in')).not.toHaveProperty('byOther');
});

describe('administrators', () => {
  it('are made and unmade, and told so', async () => {
    const bob = await app.person();
    const userId = bob.user.id;
    expect(await ada.caller.admin.setUserRole({ userId, role: 'admin', reason })).toMatchObject({ role: 'admin' });
    expect(await codeOf(bob.caller.admin.listUsers({}))).toBe('ok');
    expect(await ada.caller.admin.setUserRole({ userId, role: 'user', reason })).toMatchObject({ role: 'user' });
    expect(await codeOf(bob.caller.admin.listUsers({}))).toBe('FORBIDDEN');
    expect(await subjectsTo(app, bob.email)).toEqual([
      'You are an administrator now',
      'You are no longer an administrator',
    ]);
    const closed = await app.account(undefined, { status: 'disabled' });
    expect(await codeOf(ada.caller.admin.setUserRole({ userId: closed.id, role: 'admin', reason }))).toBe('CONFLICT');
  });

  it('never lapse', async () => {
    const bob = await app.account(undefined, { emailVerified: false });
    await ada.caller.admin.setUserRole({ userId: bob.id, role: 'admin', reason });
    expect(await storedUser(app, bob)).not.toHaveProperty('unverifiedUntil');
    await ada.caller.admin.setUserRole({ userId: bob.id, role: 'user', reason });
  });

  it('of whom one is left, it can be neither demoted nor disabled nor deleted, by itself either', async () => {
    const userId = ada.user.id;
    const { admin, user } = ada.caller;
    const outcomes = [
      await codeOf(admin.setUserRole({ userId, role: 'user', reason })),
      await codeOf(admin.setUserStatus({ userId, status: 'disabled', reason })),
      await codeOf(admin.deleteUser({ userId, reason })),
      await codeOf(user.deleteAccount({ currentPassword: ada.password })),
    ];
    expect(outcomes).toEqual(outcomes.map(() => 'LAST_ADMIN'));
    expect(await storedUser(app, ada)).toMatchObject({ role: 'admin', status: 'active' });
  });

  it('against each other a hundred times leave at least one who is active', async () => {
    const bySelf = ({ caller, password }: Somebody) => caller.user.deleteAccount({ currentPassword: password });
    const ways: ((by: Somebody, userId: string) => Promise<unknown>)[] = [
      (by, userId) => by.caller.admin.setUserRole({ userId, role: 'user', reason }),
      (by, userId) => by.caller.admin.setUserStatus({ userId, status: 'disabled', reason }),
      (by, userId) => by.caller.admin.deleteUser({ userId, reason }),
      bySelf,
    ];
    let pair: Somebody[] = [];
    // Nobody reads the hundred notices of it.
    await app.mailWorker.stop();
    for (let round = 0; round < 100; round += 1) {
      // Mostly they take the right from each other, which leaves both there for the next round.
      const way = ways[round % 10 < 7 ? 0 : (round % 10) - 6] ?? bySelf;
      if (round % 10 === 0 || way !== ways[0]) pair = [await app.person(), await app.person()];
      const [left, right] = pair as [Somebody, Somebody];
      const ids = [left.user.id, right.user.id];
      await stored(app).settings.updateOne({ _id: 'admins' }, { $set: { ids } });
      await stored(app).users.updateMany({ _id: { $in: ids } }, { $set: { role: 'admin' } });
      const outcomes = await Promise.all([codeOf(way(left, right.user.id)), codeOf(way(right, left.user.id))]);
      expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
      const kept = (await stored(app).settings.findOne({ _id: 'admins' }))?.ids ?? [];
      const active = await stored(app).users.countDocuments({ _id: { $in: kept }, status: 'active', role: 'admin' });
      expect([kept.length, active]).toEqual([1, 1]);
    }
    await stored(app).settings.updateOne({ _id: 'admins' }, { $set: { ids: [ada.user.id] } });
    await app.services.admins.repair();
  });
});
