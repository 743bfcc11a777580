import { type ChildProcess, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeUri, openTestDatabase } from '../src/testing/database.ts';
import { strongPassword } from '../src/testing/people.ts';
import { createTestApp, type TestApp } from '../src/testing/test-app.ts';
import { login, register, signIn, signUp, tryPassword } from './flows.ts';
import { stored } from './stored.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const password = 'move with me, please';
const hash = `pbkdf2_sha256$1000$salt$${pbkdf2Sync(password, 'salt', 1000, 32, 'sha256').toString('base64')}`;

let folder: string;
let database: Awaited<ReturnType<typeof openTestDatabase>>;
beforeAll(async () => {
  database = await openTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-transfer-'));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const newDatabase = () => changeUri(database.uri, { database: `t_${randomBytes(6).toString('hex')}` });

/** A command line of ours as a process of its own. */
function command(name: 'import-users' | 'export-users', args: string[], env: Record<string, string>): ChildProcess {
  return spawn(
    process.execPath,
    ['--conditions=latchkey-source', '--import', 'tsx', `server/src/cli/${name}.ts`, ...args],
    {
      cwd: root,
      env: { PATH: process.env.PATH, AUTH_SECRETS: 's'.repeat(40), BCRYPT_COST: '4', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
}

async function run(name: 'import-users' | 'export-users', args: string[], env: Record<string, string>) {
  const process = command(name, args, env);
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    process[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const [code] = await once(process, 'close');
  return { code, ...output, report: output.stderr.trim().split('\n') };
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const djangoUser = (id: number, fields: Record<string, unknown> = {}) => ({
  model: 'auth.user',
  pk: id,
  fields: {
    username: `user${id}`,
    email: `user${id}@example.com`,
    first_name: 'Ada',
    last_name: 'Lovelace',
    password: hash,
    is_active: true,
    is_staff: false,
    is_superuser: false,
    date_joined: '2020-01-02T03:04:05.678Z',
    last_login: null,
    groups: [],
    user_permissions: [],
    ...fields,
  },
});

describe('ten thousand accounts of Django, one in a hundred broken', () => {
  const breakages = [
    { password: 'md5$salt$5f4dcc3b5aa765d61d8327deb882cf99' },
    { email: '' },
    { email: 'user1@example.com' },
    { username: 'USER1' },
    { password: hash.replace('1000', '2000001') },
  ];
  const users = Array.from({ length: 10_000 }, (_, index) =>
    djangoUser(index + 1, index % 100 === 50 ? breakages[((index / 100) % 5) | 0] : {}),
  );
  const dump = () => file('dump.json', JSON.stringify(users));

  /** All that there is of the accounts but what is random. */
  async function stateOf(uri: string): Promise<unknown[]> {
    const client = await mongoose.mongo.MongoClient.connect(uri);
    try {
      return await client
        .db()
        .collection('users')
        .find({}, { projection: { _id: 0 } })
        .sort({ externalId: 1 })
        .toArray();
    } finally {
      await client.close();
    }
  }

  it('come over as the report says, change nothing when they come again, and the same after a kill', {
    timeout: 300_000,
  }, async () => {
    const path = await dump();
    const uri = newDatabase();
    const dry = await run('import-users', [path, '--from', 'django', '--dry-run'], { MONGODB_URI: uri });
    expect([dry.code, dry.stdout]).toEqual([
      1,
      'would come over: 9900, there already: 0, refused: 100, about something else: 0\n',
    ]);
    expect(await stateOf(uri)).toEqual([]);

    const first = await run('import-users', [path, '--from', 'django'], { MONGODB_URI: uri });
    expect(first.stdout).toBe('came over: 9900, there already: 0, refused: 100, about something else: 0\n');
    expect(first.report).toEqual(dry.report);
    expect(first.report).toHaveLength(100);
    expect(first.report.slice(0, 5)).toEqual([
      'row 51 ("user51"): has a password hash of a kind that is not known, or with parameters out of bounds',
      'row 151 ("user151"): has no e-mail address',
      'row 251 ("user251"): has another account\'s e-mail address',
      'row 351 ("USER1"): has another account\'s username',
      'row 451 ("user451"): has a password hash of a kind that is not known, or with parameters out of bounds',
    ]);
    const state = await stateOf(uri);
    expect(state).toHaveLength(9900);

    const second = await run('import-users', [path, '--from', 'django'], { MONGODB_URI: uri });
    expect(second.stdout).toBe('came over: 0, there already: 9900, refused: 100, about something else: 0\n');
    expect(second.report).toEqual(first.report);
    expect(await stateOf(uri)).toEqual(state);

    const killed = newDatabase();
    const cutOff = command('import-users', [path, '--from', 'django'], { MONGODB_URI: killed });
    const client = await mongoose.mongo.MongoClient.connect(killed);
    const accounts = client.db().collection('users');
    await expect.poll(() => accounts.estimatedDocumentCount(), { timeout: 120_000, interval: 5 }).toBeGreaterThan(500);
    cutOff.kill('SIGKILL');
    await once(cutOff, 'close');
    expect(await accounts.countDocuments()).toBeLessThan(9900);
    await client.close();
    const third = await run('import-users', [path, '--from', 'django'], { MONGODB_URI: killed });
    expect(third.stdout).toMatch(/^came over: \d+, there already: \d+, refused: 100, /);
    expect(third.report).toEqual(first.report);
    expect(await stateOf(killed)).toEqual(state);
  });
});

describe('an account that comes from Django', () => {
  let app: TestApp;
  let uri: string;
  beforeAll(async () => {
    uri = newDatabase();
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
    const result = await run('import-users', [await file('few.json', JSON.stringify(rows)), '--from', 'django'], {
      MONGODB_URI: uri,
    });
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
    app = await createTestApp({ env: { MONGODB_URI: uri } });
  });
  afterAll(() => app[Symbol.asyncDispose]());

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
    await app.call('user.updateProfile', { username: 'countess' }, { token });
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

describe('the commands', () => {
  it('say how they are used, and change nothing', async () => {
    const env = { MONGODB_URI: newDatabase() };
    for (const args of [
      [],
      ['x.json'],
      ['x.json', '--from', 'ldap'],
      ['x', 'y', '--from', 'django'],
      ['x', '--form'],
    ]) {
      const { code, stderr } = await run('import-users', args, env);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toContain('pnpm import-users FILE --from django|latchkey|generic');
    }
    const missing = await run('import-users', [join(folder, 'missing.json'), '--from', 'django'], env);
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('no such file')]);
  });

  it('read CSV of other systems, with --emails-verified and --admins', async () => {
    const MONGODB_URI = newDatabase();
    const csv = `id,username,email,first_name,last_name,password_hash,role\n7,grace,Grace@Example.com,Grace,Hopper,${hash},admin\n`;
    const args = [await file('people.csv', csv), '--from', 'generic', '--emails-verified', '--admins'];
    expect((await run('import-users', args, { MONGODB_URI })).code).toBe(0);
    await using app = await createTestApp({ env: { MONGODB_URI } });
    const { user } = await signIn(app, {
      username: 'grace',
      email: 'Grace@Example.com',
      firstName: 'Grace',
      lastName: 'Hopper',
      password,
    });
    expect(user).toMatchObject({ emailVerified: true, role: 'admin', email: 'Grace@Example.com' });
  });

  it('export what an empty database takes in and exports byte by byte, and people sign in there', async () => {
    const MONGODB_URI = newDatabase();
    await using app = await createTestApp({ env: { MONGODB_URI } });
    const [verified, unverified] = [await signUp(app), await register(app)];
    await run(
      'import-users',
      [
        await file('two.json', JSON.stringify([djangoUser(1), djangoUser(2, { username: 'a@b', password: '!' })])),
        '--from',
        'django',
      ],
      { MONGODB_URI },
    );
    const [first, second, bare] = ['first', 'second', 'bare'].map((name) => join(folder, name));
    const done = await run('export-users', [`${first}`, '--with-hashes'], { MONGODB_URI });
    expect([done.code, done.stdout]).toEqual([0, `4 accounts in ${first}, with hashes of their passwords\n`]);
    expect((await stat(`${first}`)).mode & 0o777).toBe(0o600);
    expect(await stored(app).audit.findOne({ type: 'accounts-exported' })).toMatchObject({
      details: { accounts: '4', hashes: 'with' },
    });
    await run('export-users', [`${bare}`], { MONGODB_URI });
    expect(await readFile(`${bare}`, 'utf8')).not.toContain('passwordHash');

    const other = newDatabase();
    expect((await run('import-users', [`${first}`, '--from', 'latchkey'], { MONGODB_URI: other })).code).toBe(0);
    await run('export-users', [`${second}`, '--with-hashes'], { MONGODB_URI: other });
    expect(await readFile(`${second}`)).toEqual(await readFile(`${first}`));
    await using there = await createTestApp({ env: { MONGODB_URI: other } });
    expect((await tryPassword(there, verified.username, strongPassword)).status).toBe(200);
    expect((await tryPassword(there, unverified.username, strongPassword)).status).toBe(200);
    expect((await tryPassword(there, 'user1', password)).status).toBe(200);
  });

  it('work on the embedded database alone and while the server has it', { timeout: 60_000 }, async () => {
    const DATA_DIR = join(folder, 'data');
    const few = await file('one.json', JSON.stringify([djangoUser(1)]));
    expect((await run('import-users', [few, '--from', 'django'], { DATA_DIR })).stdout).toContain('came over: 1,');
    await using app = await createTestApp({ env: { DATA_DIR, MONGODB_URI: '' } });
    expect((await tryPassword(app, 'user1', password)).status).toBe(200);
    const more = await file('more.json', JSON.stringify([djangoUser(1), djangoUser(2)]));
    expect((await run('import-users', [more, '--from', 'django'], { DATA_DIR })).stdout).toContain(
      'came over: 1, there already: 1,',
    );
    expect((await tryPassword(app, 'user2', password)).status).toBe(200);
  });
});
