import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strongPassword } from '../../src/testing/people.ts';
import { createTestApp } from '../../src/testing/test-app.ts';
import { register, signIn, signUp, tryPassword } from '../flows.ts';
import { stored } from '../stored.ts';
import { type Commands, djangoUser, hash, openCommands, password } from './commands.ts';

describe('the commands', () => {
  let commands: Commands;
  beforeAll(async () => {
    commands = await openCommands();
  });
  afterAll(() => commands[Symbol.asyncDispose]());

  it('say how they are used, and change nothing', async () => {
    const env = { MONGODB_URI: commands.newDatabase() };
    const misused = [[], ['x.json'], ['x.json', '--from', 'ldap'], ['x', 'y', '--from', 'django'], ['x', '--form']];
    const results = await Promise.all(misused.map((args) => commands.run('import-users', args, env)));
    for (const [index, { code, stderr }] of results.entries()) {
      expect([misused[index], code]).toEqual([misused[index], 2]);
      expect(stderr).toContain('pnpm import-users FILE --from django|latchkey|generic');
    }
    const nowhere = join(commands.folder, 'missing', 'file');
    const one = await commands.file('one.json', [djangoUser(1)]);
    for (const args of [[nowhere], [one, '--report', nowhere]]) {
      const missing = await commands.run('import-users', [...args, '--from', 'django'], env);
      expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining(nowhere)]);
    }
  });

  it('end with 2 and say how they are used where they are not understood, built as well', async () => {
    const names = ['audit-verify', 'create-admin', 'import-users', 'export-users'] as const;
    const isMisused = (name: string) => [2, '', expect.stringContaining(`\n\npnpm ${name} `)];
    for (const name of names) {
      const { code, stdout, stderr } = await commands.run(name, ['--form'], {});
      expect([code, stdout, stderr]).toEqual(isMisused(name));
    }
    // How a process ends is written once for all; that each is built whole is seen where it does its work.
    const { code, stdout, stderr } = await commands.runBuilt('export-users', ['--form'], {});
    expect([code, stdout, stderr]).toEqual(isMisused('export-users'));
  });

  it('read CSV of other systems, with --emails-verified and --admins', async () => {
    const MONGODB_URI = commands.newDatabase();
    const csv = `id,username,email,first_name,last_name,password_hash,role\n7,grace,Grace@Example.com,Grace,Hopper,${hash},admin\n`;
    const args = [await commands.file('people.csv', csv), '--from', 'generic', '--emails-verified', '--admins'];
    expect((await commands.run('import-users', args, { MONGODB_URI })).code).toBe(0);
    await using app = await createTestApp({ env: { MONGODB_URI } });
    const { user } = await signIn(app, {
      username: 'grace',
      email: 'Grace@Example.com',
      firstName: 'Grace',
      lastName: 'Hopper',
      password,
    });
    expect(user).toMatchObject({ emailVerified: true, role: 'admin', email: 'Grace@Example.com' });
    expect(await stored(app).settings.findOne()).toMatchObject({ _id: 'admins', ids: [user.id] });
  });

  it('export what an empty database takes in and exports byte by byte, and people sign in there', async () => {
    const MONGODB_URI = commands.newDatabase();
    await using app = await createTestApp({ env: { MONGODB_URI } });
    const [verified, unverified] = [await signUp(app), await register(app)];
    const renamed = { token: (await app.person('grace')).accessToken };
    expect((await app.call('user.changeUsername', { username: 'amazing' }, renamed)).status).toBe(200);
    const closed = await app.account('closed');
    const closedUntil = new Date(app.clock.now().getTime() + 86_400_000);
    for (const [id, until] of [
      [closed.id, closedUntil],
      [(await app.account('lapsed')).id, app.clock.now()],
    ] as const) {
      await stored(app).users.updateOne({ _id: id }, { $set: { status: 'closed', closedUntil: until } });
    }
    const two = await commands.file('two.json', [djangoUser(1), djangoUser(2, { username: 'a@b', password: '!' })]);
    await commands.run('import-users', [two, '--from', 'django'], { MONGODB_URI });
    const [first, second, bare] = ['first', 'second', 'bare'].map((name) => join(commands.folder, name));
    const done = await commands.run('export-users', [`${first}`, '--with-hashes'], { MONGODB_URI });
    expect([done.code, done.stdout]).toEqual([0, `6 accounts in ${first}, with hashes of their passwords\n`]);
    expect((await stat(`${first}`)).mode & 0o777).toBe(0o600);
    expect(await stored(app).audit.findOne({ type: 'accounts-exported' })).toMatchObject({
      details: { accounts: '6', hashes: 'with' },
    });
    expect((await commands.runBuilt('export-users', [`${bare}`], { MONGODB_URI })).code).toBe(0);
    expect(await readFile(`${bare}`, 'utf8')).not.toContain('passwordHash');

    const other = commands.newDatabase();
    expect((await commands.run('import-users', [`${first}`, '--from', 'latchkey'], { MONGODB_URI: other })).code).toBe(
      0,
    );
    await commands.run('export-users', [`${second}`, '--with-hashes'], { MONGODB_URI: other });
    expect(await readFile(`${second}`)).toEqual(await readFile(`${first}`));
    await using there = await createTestApp({ env: { MONGODB_URI: other } });
    expect((await tryPassword(there, verified.username, strongPassword)).status).toBe(200);
    expect((await tryPassword(there, unverified.username, strongPassword)).status).toBe(200);
    expect((await tryPassword(there, 'user1', password)).status).toBe(200);
    expect((await tryPassword(there, 'amazing', strongPassword)).status).toBe(200);
    // A closed account signs nobody in there either, keeps its names, and ends when it would have.
    expect((await tryPassword(there, 'closed', strongPassword)).code).toBe('INVALID_CREDENTIALS');
    expect((await there.call('auth.isUsernameFree', { username: 'closed' })).data).toEqual({ free: false });
    there.clock.advance('2d');
    expect((await there.call('auth.isUsernameFree', { username: 'closed' })).data).toEqual({ free: true });
    expect((await there.call('auth.isUsernameFree', { username: 'Grace' })).data).toEqual({ free: false });
  });

  it('work on the embedded database alone and while the server has it', { timeout: 60_000 }, async () => {
    const DATA_DIR = join(commands.folder, 'data');
    const few = await commands.file('one.json', [djangoUser(1)]);
    expect((await commands.run('import-users', [few, '--from', 'django'], { DATA_DIR })).stdout).toContain(
      'came over: 1,',
    );
    await using app = await createTestApp({ env: { DATA_DIR, MONGODB_URI: '' } });
    expect((await tryPassword(app, 'user1', password)).status).toBe(200);
    const more = await commands.file('more.json', [djangoUser(1), djangoUser(2)]);
    const joined = await commands.runBuilt('import-users', [more, '--from', 'django'], { DATA_DIR });
    expect([joined.code, joined.stdout]).toEqual([0, expect.stringContaining('came over: 1, there already: 1,')]);
    expect((await tryPassword(app, 'user2', password)).status).toBe(200);
  });
});
