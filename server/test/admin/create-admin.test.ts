import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { signIn } from '../flows.ts';
import { stored, storedUser } from '../stored.ts';
import { type Commands, openCommands } from '../transfer/commands.ts';

const AUTH_SECRETS = 's'.repeat(40);
const grace = ['--username', 'admin', '--email', 'grace@example.com', '--first-name', 'Grace', '--last-name', 'Hopper'];

describe('pnpm create-admin', () => {
  let commands: Commands;
  let dataDir: string;
  let app: TestApp;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-admin-'));
    // The embedded database, as this process runs it: the command finds it by its folder.
    [commands, app] = await Promise.all([
      openCommands(),
      createTestApp({ env: { MONGODB_URI: '', DATA_DIR: dataDir, AUTH_SECRETS } }),
    ]);
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await commands[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  });

  const create = (args: string[], input = '') => commands.run('create-admin', args, { DATA_DIR: dataDir }, input);

  it('makes one while the server runs, under a reserved name and for good, and a second run changes nothing', async () => {
    expect(await app.services.admins.isMissing()).toBe(true);
    const args = [...grace, '--password-stdin'];
    const made = await create(args, `${strongPassword}\n`);
    expect([made.code, made.stdout, made.stderr]).toEqual([
      0,
      expect.stringContaining('admin is an administrator now'),
      '',
    ]);
    expect(await app.services.admins.isMissing()).toBe(false);
    const account = await storedUser(app, { username: 'admin' });
    expect(account).toMatchObject({ role: 'admin', status: 'active', firstName: 'Grace' });
    expect(account).not.toHaveProperty('unverifiedUntil');
    const [event] = await stored(app).audit.find({ userId: account._id }).toArray();
    expect(event).toMatchObject({ type: 'admin-created', actor: 'cli', userAgent: 'create-admin' });

    const person = { username: 'admin', email: 'grace@example.com', firstName: 'Grace', lastName: 'Hopper' };
    const { accessToken } = await signIn(app, { ...person, password: strongPassword });
    expect((await app.call('admin.listUsers', {}, { token: accessToken })).status).toBe(200);

    const again = await create(args, 'another password altogether');
    expect([again.code, again.stdout]).toEqual([0, 'admin is an administrator already\n']);
    const { lastLoginAt: _, sessions: __, ...rest } = await storedUser(app, { username: 'admin' });
    expect(rest).toMatchObject({ passwordHash: account.passwordHash, credentialVersion: 0 });
  });

  it('promotes an account by name or address, once', async () => {
    const bob = await app.account(undefined, { emailVerified: false });
    const promoted = await create(['--promote', bob.username]);
    expect([promoted.code, promoted.stdout]).toEqual([0, `${bob.username} is an administrator now\n`]);
    expect(await storedUser(app, bob)).not.toHaveProperty('unverifiedUntil');
    const again = await create(['--promote', bob.email.toUpperCase()]);
    expect([again.code, again.stdout]).toEqual([0, `${bob.username} is an administrator already\n`]);
    const events = await stored(app).audit.find({ userId: bob.id, type: 'role-changed' }).toArray();
    expect(events.map(({ actor }) => actor)).toEqual(['cli']);
  });

  it('refuses what it can say a reason for, and changes nothing', async () => {
    const bob = await app.account();
    const disabled = await app.account(undefined, { status: 'disabled' });
    const before = await stored(app).users.countDocuments();
    const named = (username: string, email: string) => [
      ...['--username', username, '--email', email],
      ...['--first-name', 'A', '--last-name', 'B', '--password-stdin'],
    ];
    const refused: [string[], string, string][] = [
      [['--promote', 'nobody-at-all'], '', 'Nobody has this name'],
      [['--promote', disabled.username], '', 'This account is disabled'],
      [named(bob.username, bob.email), strongPassword, 'Another account has this username'],
      [named('someone-new', bob.email), strongPassword, 'Another account has this address'],
      [named('someone-new', 'new@example.com'), 'password123', 'too easy to guess'],
      [named('someone-new', 'new@example.com'), 'short', 'at least 8 characters'],
      [named('no', 'new@example.com'), strongPassword, 'Username: Use 3 to 32'],
    ];
    const results = await Promise.all(refused.map(([args, input]) => create(args, input)));
    for (const [index, { code, stderr }] of results.entries()) {
      expect([code, stderr]).toEqual([1, expect.stringContaining(`${refused[index]?.[2]}`)]);
    }
    expect(await stored(app).users.countDocuments()).toBe(before);
  });

  it('says how it is used where it is not understood, or where nobody can be asked', async () => {
    const misused = [
      ['--admin'],
      ['x'],
      ['--promote', 'a', '--username', 'b'],
      ['--email', 'x@example.com'],
      ['--username', 'only-that'],
    ];
    const results = await Promise.all(misused.map((args) => create(args)));
    for (const { code, stderr } of results) {
      expect(code).toBe(2);
      expect(stderr).toContain('pnpm create-admin --promote NAME');
    }
  });

  it('makes one in the database of MONGODB_URI', async () => {
    const MONGODB_URI = commands.newDatabase();
    const made = await commands.run('create-admin', [...grace, '--password-stdin'], { MONGODB_URI }, strongPassword);
    expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('admin is an administrator now')]);
    const again = await commands.run('create-admin', ['--promote', 'admin'], { MONGODB_URI });
    expect([again.code, again.stdout]).toEqual([0, 'admin is an administrator already\n']);
  });

  it('makes one before the server runs, which then asks for none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-admin-'));
    try {
      const made = await commands.runBuilt(
        'create-admin',
        [...grace, '--password-stdin'],
        { DATA_DIR: folder },
        strongPassword,
      );
      expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('admin is an administrator now')]);
      await using later = await createTestApp({ env: { MONGODB_URI: '', DATA_DIR: folder, AUTH_SECRETS } });
      expect(await later.services.admins.isMissing()).toBe(false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
