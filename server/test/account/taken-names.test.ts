import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { register } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { openRewordedDatabase } from '../reworded-duplicates.ts';
import { storedUser } from '../stored.ts';

describe.each([
  ['spells the index in another way', (index: string) => `Duplicate key violation: Index '${index}'`],
  ['names no index', () => 'Duplicate key violation on the requested collection'],
])('on a server that %s, a name', (_, words) => {
  let database: Awaited<ReturnType<typeof openRewordedDatabase>>;
  let app: TestApp;
  beforeAll(async () => {
    database = await openRewordedDatabase(words);
    app = await createTestApp({ env: { MONGODB_URI: database.uri } });
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const tryToRegister = (person: Person) =>
    app.call('auth.register', { ...person, confirmPassword: person.password }, { headers: fromNewAddress() });

  it('that is taken is told apart from an address that is', async () => {
    const { email, username } = await register(app);
    expect((await tryToRegister(newPerson({ email }))).code).toBe('EMAIL_TAKEN');
    expect((await tryToRegister(newPerson({ username }))).code).toBe('USERNAME_TAKEN');
    expect((await tryToRegister(newPerson({ email, username }))).code).toBe('USERNAME_TAKEN');
  });

  it('that another account had and keeps is taken', async () => {
    const owner = await app.person();
    const change = { username: newPerson().username };
    expect((await app.call('user.changeUsername', change, { token: owner.accessToken })).status).toBe(200);
    expect((await tryToRegister(newPerson({ username: owner.username }))).code).toBe('USERNAME_TAKEN');
    const other = await app.person();
    const taken = await app.call('user.changeUsername', { username: owner.username }, { token: other.accessToken });
    expect(taken.code).toBe('USERNAME_TAKEN');
  });

  it('that many ask for at once is given once', async () => {
    const { email } = newPerson();
    const responses = await atOnce(5, () => tryToRegister(newPerson({ email })));
    expect(tally(responses)).toEqual({ ok: 1, EMAIL_TAKEN: 4 });
  });

  it('of an account that lapsed is free', async () => {
    const lapsed = await register(app);
    app.clock.advance('8d');
    expect((await tryToRegister(newPerson({ email: lapsed.email }))).status).toBe(200);
  });

  it('that is taken keeps an account from being moved in, and says by which of its fields', async () => {
    const user = await storedUser(app, await register(app));
    const other = { ...user, _id: 'other', username: 'mover', usernameKey: 'mover', nameKeys: ['mover'] };
    const third = { ...user, _id: 'third', email: 'mover@example.com', emailKey: 'mover@example.com' };
    const { _id, ...names } = await storedUser(app, await register(app));
    const fourth = {
      ...names,
      _id: 'fourth',
      username: 'm4',
      usernameKey: 'm4',
      nameKeys: ['m4'],
      email: 'm@m.de',
      emailKey: 'm@m.de',
    };
    expect(await app.stores.users.insertMany([other, third, fourth, { ...other, ...fourth }])).toEqual([
      'emailKey',
      'usernameKey',
      undefined,
      '_id',
    ]);
  });
});
