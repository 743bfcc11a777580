import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { login, register, signIn, signUp, tryPassword } from '../flows.ts';
import { stored } from '../stored.ts';
import { type Commands, djangoUser, hash, openCommands, password } from './commands.ts';

describe('an account that comes from Django', () => {
  let commands: Commands;
  let app: TestApp;
  beforeAll(async () => {
    commands = await openCommands();
    const MONGODB_URI = commands.newDatabase();
    const long = 'Korrekt pferd \ufb01 \u{1f511}';
    const rows = [
      { model: 'sessions.session', pk: 'x', fields: { session_data: 'y' } },
      djangoUser(1),
      djangoUser(2, { username: 'ada+lovelace@analytical.engine' }),
      djangoUser(3, { username: 'user3@example.com' }),
      djangoUser(4, { username: 'Bob' }),
      djangoUser(5, { username: 'bob' }),
      djangoUser(6, { username: 'later@example.com' }),
      djangoUser(7, { email: 'later@example.com' }),
      djangoUser(8, { is_active: false }),
      djangoUser(9, { is_superuser: true, last_login: '2024-05-06T07:08:09Z' }),
      djangoUser(10, { password: '!unusable' }),
      djangoUser(11, { first_name: '', last_name: `x<${'y'.repeat(70)}` }),
      djangoUser(12, { date_joined: 'yesterday' }),
      djangoUser(13, { username: 'x'.repeat(151) }),
      djangoUser(14, { email: 'no address' }),
      { ...djangoUser(15), pk: 1 },
      djangoUser(16, {
        password: 'bcrypt_sha256$$2b$12$uUEGOYO5/6qBIGbBx0p9J.P3jIDg/D3r7GNgdxPHvMBWnArNJdj6C',
        username: long.slice(0, 7),
      }),
      djangoUser(17, { username: 'élodie' }),
    ];
    const args = [await commands.file('few.json', rows), '--from', 'django'];
    const result = await commands.run('import-users', args, { MONGODB_URI });
    expect([result.code, result.report]).toEqual([
      1,
      [
        `row 12 ("user11"): comes over with a shortened or cleaned name`,
        'row 13: has a date that is not valid',
        `row 14 ("${'x'.repeat(151)}"): has a username that is longer than 150 characters or has signs that do not show`,
        'row 15 ("user14"): has an e-mail address that is not valid',
        `row 6 ("bob"): has another account's username`,
        `row 7 ("later@example.com"): has a username that is another account's e-mail address`,
        'row 16 ("user15"): has the id of an earlier row',
      ],
    ]);
    expect(result.stdout).toBe('came over: 11, there already: 0, refused: 6, about something else: 1\n');
    app = await createTestApp({ env: { MONGODB_URI } });
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await commands[Symbol.asyncDispose]();
  });

  const person = (id: number, username = `user${id}`) => ({
    username,
    email: `user${id}@example.com`,
    firstName: 'Ada',
    lastName: 'Lovelace',
    password,
  });
  const account = (id: number) => stored(app).users.findOne({ externalId: `django:${id}` });

  it('signs in with its password, which is ours from then on, and keeps the day it was made', async () => {
    const before = await account(1);
    expect(before).toMatchObject({ passwordHash: `django:${hash}`, createdAt: new Date('2020-01-02T03:04:05.678Z') });
    expect(before).not.toHaveProperty('unverifiedUntil');
    expect(before).not.toHaveProperty('emailVerifiedAt');
    expect((await tryPassword(app, 'user1', 'wrong')).code).toBe('INVALID_CREDENTIALS');
    expect((await account(1))?.passwordHash).toBe(`django:${hash}`);
    const { user } = await signIn(app, person(1));
    expect(user).toMatchObject({ username: 'user1', emailVerified: true, role: 'user' });
    expect((await account(1))?.passwordHash).toMatch(/^v1:\$2b\$04\$/);
    await login(app, person(1));
  });

  it('signs in by a name that our rules refuse, by its address, and until it is changed', async () => {
    const named = person(2, 'ada+lovelace@analytical.engine');
    const { accessToken: token } = await signIn(app, named);
    await login(app, { ...named, username: named.email });
    expect((await app.call('user.changeUsername', { username: 'countess' }, { token })).status).toBe(200);
    expect(await account(2)).not.toHaveProperty('legacyUsernameKey');
    expect((await tryPassword(app, named.username, password)).code).toBe('INVALID_CREDENTIALS');
    expect((await tryPassword(app, 'countess', password)).status).toBe(200);
    expect((await tryPassword(app, 'user3@example.com', password)).status).toBe(200);
    expect((await tryPassword(app, '\u00c9LODIE', password)).status).toBe(200);
  });

  it('loses a name that looks like an address to whoever has that address', async () => {
    await stored(app).users.updateOne(
      { externalId: 'django:17' },
      { $set: { legacyUsernameKey: 'mine@example.org', usernameKey: 'mine@example.org' } },
    );
    const owner = await register(app, { email: 'mine@example.org' });
    expect((await tryPassword(app, 'mine@example.org', password)).code).toBe('INVALID_CREDENTIALS');
    expect((await tryPassword(app, 'mine@example.org', owner.password)).status).toBe(200);
  });

  it('stays disabled, is no administrator unasked, and needs a reset where it had no password', async () => {
    expect((await tryPassword(app, 'user8', password)).code).toBe('INVALID_CREDENTIALS');
    expect(await account(8)).toMatchObject({ status: 'disabled' });
    expect(await account(9)).toMatchObject({ role: 'user', lastLoginAt: new Date('2024-05-06T07:08:09Z') });
    for (const guessed of ['!unusable', '', '!', password]) {
      if (guessed !== '') expect((await tryPassword(app, 'user10', guessed)).code).toBe('INVALID_CREDENTIALS');
    }
    expect(await account(11)).toMatchObject({ firstName: '', lastName: `x${'y'.repeat(59)}` });
  });

  it('is not removed when the owner of its address registers, moves there or time passes', async () => {
    const mover = await signUp(app);
    const asked = await app.call(
      'user.requestEmailChange',
      { email: 'user8@example.com', currentPassword: mover.password },
      { token: mover.accessToken },
    );
    expect(asked.code).toBe('EMAIL_TAKEN');
    app.clock.advance('400d');
    expect((await tryPassword(app, 'user3@example.com', password)).status).toBe(200);
  });
});
