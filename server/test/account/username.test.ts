import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { accessOf, refresh, tryPassword } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { auditTypes, stored, storedUser, subjectsTo } from '../stored.ts';

const day = 86_400;
const held = 30 * day;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

type Holder = { accessToken: string };
const rename = ({ accessToken }: Holder, username: string) =>
  app.call<{ username: string }>('user.changeUsername', { username }, { token: accessToken });
const outcome = async (call: ReturnType<typeof rename>) => (await call).code ?? 'ok';
const registerAs = (username: string) => {
  const person = newPerson({ username });
  return app.call(
    'auth.register',
    { ...person, confirmPassword: person.password },
    { headers: fromNewAddress() },
  ) as ReturnType<typeof rename>;
};
const isFree = async (username: string) =>
  (await app.call<{ free: boolean }>('auth.isUsernameFree', { username }, { headers: fromNewAddress() })).data.free;
/** A name nobody has. */
const fresh = () => newPerson().username;

/** Somebody whose access token works however often the clock was moved. */
async function signedInAgain(account: Awaited<ReturnType<TestApp['account']>>, username: string) {
  return app.session({ ...account, username });
}

describe('another username', () => {
  it('needs a confirmation, is mailed and recorded, and ends no session', async () => {
    const ada = await app.person();
    const username = fresh();
    app.clock.advance(900);
    const { accessToken } = (await refresh(app, ada.refreshToken)).data;
    expect(await outcome(rename({ accessToken }, username))).toBe('REAUTHENTICATION_REQUIRED');
    await app.call('session.confirm', { password: ada.password }, { token: accessToken });

    const me = (await app.call('user.me', undefined, { token: accessToken })).data;
    expect((await rename({ accessToken }, username)).data).toEqual({ ...me, username });
    expect(await accessOf(app, accessToken)).toBe('ok');
    expect(await subjectsTo(app, ada.email)).toEqual(['Your username was changed']);
    expect((await auditTypes(app, ada.user.id)).at(-1)).toBe('username-changed');
    expect((await tryPassword(app, username, ada.password)).status).toBe(200);
  });

  it('is no field of the profile', async () => {
    const ada = await app.person();
    const response = await app.call('user.updateProfile', { username: fresh() }, { token: ada.accessToken });
    expect([response.status, Object.keys(response.error.data.fieldErrors ?? {})]).toEqual([400, ['username']]);
  });

  it('is not the one of somebody else, in any writing of it', async () => {
    const [ada, other] = [await app.person(), await app.account()];
    for (const username of [other.username, other.username.toUpperCase()]) {
      const response = await rename(ada, username);
      expect([response.status, response.code]).toEqual([409, 'USERNAME_TAKEN']);
    }
  });

  it('may be the same in another writing, or the very same, which changes nothing', async () => {
    const ada = await app.person();
    expect(await outcome(rename(ada, ada.username.toUpperCase()))).toBe('ok');
    expect(await storedUser(app, ada)).toMatchObject({ nameKeys: [ada.username], heldNames: [] });
    expect(await outcome(rename(ada, ada.username.toUpperCase()))).toBe('ok');
    expect(await subjectsTo(app, ada.email)).toHaveLength(1);
  });

  it('is taken three times in thirty days; what is refused does not count', async () => {
    const account = await app.account();
    const ada = await app.session(account);
    const other = await app.account();
    for (let index = 0; index < 4; index += 1)
      expect(await outcome(rename(ada, other.username))).toBe('USERNAME_TAKEN');
    const names = [fresh(), fresh(), fresh(), fresh()] as const;
    for (const name of names.slice(0, 3)) expect(await outcome(rename(ada, name))).toBe('ok');
    expect(await outcome(rename(ada, names[3]))).toBe('RATE_LIMITED');
    app.clock.advance(held);
    expect(await outcome(rename(await signedInAgain(account, names[2]), names[3]))).toBe('ok');
  });
});

describe('the username that was given up', () => {
  it('is kept from everybody else for thirty days, and signs nobody in', async () => {
    const account = await app.account();
    const [ada, other] = [await app.session(account), await app.person()];
    const name = fresh();
    await rename(ada, name);
    const attempts = async () => [
      await outcome(registerAs(account.username)),
      await outcome(registerAs(account.username.toUpperCase())),
      await outcome(rename(await signedInAgain(other, other.username), account.username)),
      await isFree(account.username),
    ];
    expect(await attempts()).toEqual(['USERNAME_TAKEN', 'USERNAME_TAKEN', 'USERNAME_TAKEN', false]);
    app.clock.advance(held - 1);
    expect(await attempts()).toEqual(['USERNAME_TAKEN', 'USERNAME_TAKEN', 'USERNAME_TAKEN', false]);
    expect((await tryPassword(app, account.username, account.password)).code).toBe('INVALID_CREDENTIALS');

    app.clock.advance(1);
    expect(await isFree(account.username)).toBe(true);
    expect(await outcome(registerAs(account.username))).toBe('ok');
    expect((await storedUser(app, { username: name })).nameKeys).toEqual([name]);
    expect(await attempts()).toEqual(['USERNAME_TAKEN', 'USERNAME_TAKEN', 'USERNAME_TAKEN', false]);
  });

  it('is free for a renaming, too, once it was kept for long enough', async () => {
    const account = await app.account();
    await rename(await app.session(account), fresh());
    app.clock.advance(held);
    const other = await app.person();
    expect(await outcome(rename(other, account.username))).toBe('ok');
    expect((await storedUser(app, account))._id).toBe(other.user.id);
  });

  it('leads back to a held name, also where the renamings of the month are used up', async () => {
    const account = await app.account();
    const ada = await app.session(account);
    for (let index = 0; index < 3; index += 1) await rename(ada, fresh());
    expect(await outcome(rename(ada, fresh()))).toBe('RATE_LIMITED');
    expect(await outcome(rename(ada, account.username))).toBe('ok');
    expect((await tryPassword(app, account.username, account.password)).status).toBe(200);
  });

  it('is one of two that are kept, the first and the last: no thief renames until the name of the owner is free', async () => {
    const account = await app.account();
    const ada = await app.session(account);
    const [second, third, fourth] = [fresh(), fresh(), fresh()];
    for (const name of [second, third, fourth]) expect(await outcome(rename(ada, name))).toBe('ok');
    expect((await storedUser(app, { username: fourth })).nameKeys).toEqual([fourth, account.username, third]);
    expect([await isFree(account.username), await isFree(second), await isFree(third)]).toEqual([false, true, false]);
  });
});

describe('renamings at once', () => {
  it('of two accounts to one name: one of them gets it, five times over', async () => {
    for (let round = 0; round < 5; round += 1) {
      const people = [await app.person(), await app.person()];
      const name = fresh();
      const responses = await Promise.all(people.map((person) => rename(person, name)));
      expect(tally(responses)).toEqual({ ok: 1, USERNAME_TAKEN: 1 });
      expect(await stored(app).users.countDocuments({ nameKeys: name })).toBe(1);
    }
  });

  it('and a registration to one name: one of them gets it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [ada, name] = [await app.person(), fresh()];
      expect(tally(await Promise.all([rename(ada, name), registerAs(name)]))).toEqual({ ok: 1, USERNAME_TAKEN: 1 });
    }
  });

  it('to a name that has just become free: one of them gets it', async () => {
    const account = await app.account();
    await rename(await app.session(account), fresh());
    app.clock.advance(held);
    const people = [await app.person(), await app.person(), await app.person()];
    const responses = await Promise.all(people.map((person) => rename(person, account.username)));
    expect(tally(responses)).toEqual({ ok: 1, USERNAME_TAKEN: 2 });
  });

  it('of one account leave it one name, with those before held', async () => {
    const account = await app.account();
    const ada = await app.session(account);
    const names = [fresh(), fresh(), fresh()];
    const responses = await atOnce(3, (index) => rename(ada, `${names[index]}`));
    expect(responses.filter(({ status }) => status === 200).length).toBeGreaterThan(0);
    const user = await stored(app).users.findOne({ _id: ada.user.id });
    expect(names).toContain(user?.username);
    expect(user?.nameKeys).toEqual([user?.usernameKey, ...(user?.heldNames?.map(({ key }) => key) ?? [])]);
    expect(user?.nameKeys).toContain(account.username);
  });
});

describe('accounts of an earlier version, which have no list of names,', () => {
  it('keep theirs, sign in, and are renamed like all others', async () => {
    const accounts = [await app.account(), await app.account(), await app.account()] as const;
    const names = accounts.map(({ username }) => username);
    const { modifiedCount } = await stored(app).users.updateMany(
      { usernameKey: { $in: names } },
      { $unset: { nameKeys: '' } },
    );
    expect(modifiedCount).toBe(3);
    // As the first start of a new version makes it.
    await stored(app).users.dropIndex('nameKeys_1');
    await app.stores.users.createIndexes();
    const [old, ...others] = accounts;
    const stranger = await app.person();
    expect(await outcome(registerAs(old.username))).toBe('USERNAME_TAKEN');
    expect(await outcome(rename(stranger, old.username))).toBe('USERNAME_TAKEN');
    expect(await isFree(old.username)).toBe(false);
    expect((await tryPassword(app, old.username, old.password)).status).toBe(200);

    const name = fresh();
    expect(await outcome(rename(await app.session(old), name))).toBe('ok');
    expect((await storedUser(app, { username: name })).nameKeys).toEqual([name, old.username]);
    expect(await outcome(registerAs(old.username))).toBe('USERNAME_TAKEN');
    for (const other of others)
      expect(await outcome(rename(await app.session(other), old.username))).toBe('USERNAME_TAKEN');
  });
});
