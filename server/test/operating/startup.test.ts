import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config.ts';
import { StartupError } from '../../src/errors.ts';
import { createLogger } from '../../src/infra/logger.ts';
import { connectMongo } from '../../src/infra/mongo.ts';
import { createSystem } from '../../src/infra/system.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { build } from '../build.ts';
import { openDatabaseOf } from '../kills.ts';
import { launch } from '../launch.ts';

const secret = randomBytes(32).toString('hex');
const mail = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'Latchkey <no-reply@example.com>' };

/** A database of its own on the server of the tests. */
async function openDatabase() {
  const database = await openTestDatabase();
  const { uri } = database;
  const { connection, close } = await connectMongo({ uri, logger: createLogger('silent') });
  return {
    uri,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.dropDatabase();
      await close();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A mail server that takes connections and never says a word. */
async function startSilentServer() {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connected: once(server, 'connection'),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const post = (url: string, procedure: string, input: unknown) =>
  fetch(`${url}/trpc/${procedure}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });

const ada = { username: 'ada', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' };
const password = 'an engine of brass and steam';

async function requestCode(url: string): Promise<void> {
  expect((await post(url, 'auth.login', { username: 'ada', password })).status).toBe(200);
}

async function registerAndRequestCode(url: string): Promise<void> {
  const registered = await post(url, 'auth.register', { ...ada, password, confirmPassword: password });
  expect(registered.status).toBe(200);
  await requestCode(url);
}

/** Every folder and file below, with its mode. */
async function modesIn(path: string): Promise<[string, number][]> {
  const names = await readdir(path, { recursive: true });
  return await Promise.all(
    ['', ...names].map(async (name): Promise<[string, number]> => [name, (await stat(join(path, name))).mode]),
  );
}

const run = (env: Record<string, string>) => launch(env).ended;

/** What a start with these settings tells its operator, of whom `main` asks nothing else: see the first test. */
async function refusalOf(env: Record<string, string>): Promise<string> {
  const config = loadConfig({ PORT: '0', ...env });
  const failure = await startApp(config, { system: createSystem(), logger: createLogger('silent') }).then(
    ({ close }) => close(),
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(StartupError);
  const { message } = failure as StartupError;
  expect(message).not.toContain('\n');
  return message;
}

let folder: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  // What is started is what is built, as with `pnpm start`.
  await build('server');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-start-'));
  // A file stands where a folder should be: no rights help against that.
  await writeFile(inFolder('file'), '');
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('starting', { timeout: 60_000 }, () => {
  it.concurrent('ends with one line where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, out, err } = await run({ PORT: `${port}`, DATA_DIR: inFolder('taken') });
    await new Promise((resolve) => other.close(resolve));
    // One clear line for the operator, and an exit that a supervisor sees.
    expect(err).toMatch(new RegExp(`^Port ${port} is taken\\. Set PORT`));
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect([code, out]).toEqual([1, '']);
  });

  it('ends with one line where DATA_DIR cannot be written', async () => {
    expect(await refusalOf({ DATA_DIR: inFolder('file/below') })).toMatch(
      /^DATA_DIR .*file\/below cannot be written \(\w+\)\.$/,
    );
  });

  it('ends with one line where secrets.json is damaged', async () => {
    const dataDir = inFolder('damaged');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'secrets.json'), '{"authSecrets":');
    expect(await refusalOf({ DATA_DIR: dataDir })).toMatch(/secrets\.json is damaged\. Restore it, or delete it/);
  });

  it.concurrent('ends with one line where the database cannot be reached', async () => {
    expect(await refusalOf({ DATA_DIR: inFolder('away'), MONGODB_URI: 'mongodb://127.0.0.1:1/latchkey' })).toMatch(
      /^The database at MONGODB_URI cannot be reached\.$/,
    );
  });

  it.each([
    'mongodb://',
    'mongodb://user:hunter2/x@127.0.0.1',
    'mongodb://127.0.0.1/x?nonsense=hunter2',
    'mongodb://%zz/x',
  ])('ends with one line that repeats nothing of a connection string that makes no sense: %s', async (uri) => {
    const message = await refusalOf({ DATA_DIR: inFolder('uri'), MONGODB_URI: uri });
    expect(message).toMatch(/^MONGODB_URI is not a connection string/);
    expect(message).not.toContain('hunter2');
  });

  it.concurrent('ends with one line where the host of the database cannot be looked up', async () => {
    const MONGODB_URI = 'mongodb+srv://db.invalid/latchkey';
    expect(await refusalOf({ DATA_DIR: inFolder('away'), MONGODB_URI })).toBe(
      'The database at MONGODB_URI cannot be reached.',
    );
  });

  it.concurrent('ends with one line where an index in the database differs from what this version needs', async () => {
    await using database = await openDatabase();
    await database.connection.collection('users').createIndex({ emailKey: 1 }, { unique: false });
    expect(await refusalOf({ MONGODB_URI: database.uri, AUTH_SECRETS: secret })).toMatch(
      /^The collection users has an index other than this version needs\. Drop it and start again: .*emailKey_1/,
    );
  });

  it.concurrent('ends with one line, and without anybody’s address, where accounts collide', async () => {
    await using database = await openDatabase();
    await database.connection
      .collection('users')
      .insertMany(['one', 'two'].map((usernameKey) => ({ usernameKey, emailKey: 'ada@example.com' })));
    const message = await refusalOf({ MONGODB_URI: database.uri, AUTH_SECRETS: secret });
    expect(message).toMatch(/^The collection users holds documents with the same emailKey, which must be unique\./);
    expect(message).not.toContain('ada@');
  });

  it.concurrent('ends with one line where HOST is no address of this machine', async () => {
    await using database = await openTestDatabase();
    const env = { MONGODB_URI: database.uri, AUTH_SECRETS: secret };
    expect(await refusalOf({ ...env, HOST: '192.0.2.1' })).toBe('HOST 192.0.2.1 is not an address of this machine.');
  });

  it.concurrent('in production ends with a line for each setting that is missing', async () => {
    const { code, out, err } = await run({
      NODE_ENV: 'production',
      DATA_DIR: inFolder('production'),
      RATE_LIMITS: 'off',
    });
    expect([code, out]).toEqual([1, '']);
    expect(err.trimEnd().split('\n')).toEqual([
      'Latchkey cannot start:',
      ...['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL', 'TRUST_PROXY'].map(
        (name) => `  ${name} is required in production`,
      ),
      '  RATE_LIMITS=off is refused in production',
    ]);
    // Nothing was made up in the place of what is missing.
    await expect(stat(inFolder('production'))).rejects.toThrow('ENOENT');
  });

  it('in production uses none of what is built in, and ends in less than ten seconds while the mail server hangs', async () => {
    await using mailServer = await startSilentServer();
    await using database = await openDatabase();
    const dataDir = inFolder('none-built-in');
    const port = await freePort();
    const app = launch({
      ...mail,
      NODE_ENV: 'production',
      SMTP_URL: mailServer.url,
      SMTP_ALLOW_PLAINTEXT: '1',
      TRUST_PROXY: '0',
      DATA_DIR: dataDir,
      MONGODB_URI: database.uri,
      AUTH_SECRETS: secret,
      PUBLIC_URL: 'https://accounts.example',
      PORT: `${port}`,
      BCRYPT_COST: '10',
    });
    await app.ready;
    await registerAndRequestCode(`http://127.0.0.1:${port}`);
    await mailServer.connected;
    const began = performance.now();
    app.child.kill('SIGTERM');
    const { code, out } = await app.ended;
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(code).toBe(0);
    expect(out).not.toMatch(/inbox|embedded|built-in/);
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
    // The mail is not lost: the next to run sends it.
    expect(await database.connection.collection('outbox').countDocuments()).toBe(1);
  });
});

/** A data folder as an earlier version left it, open to others. */
async function makeOpenFolder(name: string): Promise<string> {
  const dataDir = inFolder(name);
  await mkdir(join(dataDir, 'mongo'), { recursive: true });
  await chmod(join(dataDir, 'mongo'), 0o755);
  return dataDir;
}

async function expectClosed(dataDir: string): Promise<void> {
  const modes = await modesIn(dataDir);
  expect(modes.map(([name]) => name)).toContain('mongo/data.mdb');
  expect(modes.filter(([, mode]) => (mode & 0o077) !== 0)).toEqual([]);
}

/** Runs a server on a data folder that others reach, but that is not in production, while it mails one code. */
async function runForOthers(
  env: Record<string, string> & { DATA_DIR: string },
  mailCode: (url: string) => Promise<void>,
  signal: NodeJS.Signals,
): Promise<void> {
  const port = await freePort();
  const app = launch({ BCRYPT_COST: '4', ...env, PORT: `${port}` });
  await app.ready;
  await expectClosed(env.DATA_DIR);
  const { connection, close } = await openDatabaseOf(env.DATA_DIR);
  await mailCode(`http://127.0.0.1:${port}`);
  await expect.poll(() => connection.collection('outbox').countDocuments(), { timeout: 20_000 }).toBe(0);
  await close();
  app.child.kill(signal);
  const { code, out, err } = await app.ended;
  expect(code).toBe(0);
  expect(err).toMatch(/WARNING .*NODE_ENV is not production.*SMTP_URL/);
  expect(err.trim().split('\n')).toHaveLength(2);
  expect(out.replaceAll(folder, '')).not.toMatch(/\d{6}|ada@example/);
}

describe('on one machine', { timeout: 60_000 }, () => {
  it('keeps its data and secrets to their owner, ends with 0 on SIGTERM and SIGINT, and starts again with the same secrets', async () => {
    const dataDir = await makeOpenFolder('home');
    const secrets = join(dataDir, 'secrets.json');
    const app = launch({ DATA_DIR: dataDir, BCRYPT_COST: '4', LOG_LEVEL: 'info' });
    await app.ready;
    expect((await stat(secrets)).mode & 0o777).toBe(0o600);
    await expectClosed(dataDir);
    const content = await readFile(secrets, 'utf8');
    await registerAndRequestCode(app.url());
    await expect.poll(app.output, { timeout: 20_000 }).toMatch(/ada@example\.com · .* · \d{6}/);
    await fetch(`${app.url()}/the-last-thing`);
    app.child.kill('SIGTERM');
    const { code, out, err } = await app.ended;
    expect([code, err]).toEqual([0, '']);
    // Lines of the log are gathered, and none is left behind.
    expect(out).toContain('"path":"/the-last-thing"');
    // The terminal shows where everything is, once that nobody runs it, and no secret.
    expect(out).toContain('/dev/inbox');
    expect(out).toContain(dataDir);
    expect(out.match(/create-admin/g)).toHaveLength(1);
    for (const made of (JSON.parse(content) as { authSecrets: string[] }).authSecrets) expect(out).not.toContain(made);

    // Others may reach it now, as HOST is no loopback address.
    await runForOthers({ DATA_DIR: dataDir, HOST: '0.0.0.0' }, requestCode, 'SIGINT');
    expect(await readFile(secrets, 'utf8')).toBe(content);
  });

  it('warns where others reach it but it is not in production, names SMTP_URL, and prints no code', async () => {
    const env = { PUBLIC_URL: 'https://accounts.example', HOST: '127.0.0.1', AUTH_SECRETS: secret };
    await runForOthers({ ...env, DATA_DIR: await makeOpenFolder('closed') }, registerAndRequestCode, 'SIGTERM');
  });
});

/** For a connection of its own, which any worker may take. */
const alone = { headers: { connection: 'close' } };

/** Calls until each of two workers has had a call; whichever is asked gives the sum, and each names itself in the log. */
async function expectOneSum(app: ReturnType<typeof launch>, url: string, port: number): Promise<void> {
  const lines = () =>
    app
      .output()
      .split('\n')
      .slice(0, -1)
      .flatMap((line) => (line.includes('"msg":"request"') ? [JSON.parse(line)] : []));
  // The first worker is ready before the second: calls go on until each has had one.
  let calls = 0;
  const callOnce = async () => {
    calls += 1;
    await fetch(`${url}/trpc/user.me`, alone);
    return new Set(lines().map(({ worker }) => worker)).size;
  };
  await expect.poll(callOnce, { timeout: 40_000, interval: 20 }).toBe(2);
  await expect.poll(() => lines().length, { timeout: 20_000 }).toBe(calls);
  expect(lines()[0]).toMatchObject({ instance: expect.stringMatching(new RegExp(`.:${port}$`)) });
  for (let index = 0; index < 4; index += 1) {
    const text = await (await fetch(`${url}/metrics`, alone)).text();
    expect(text).toMatch(
      new RegExp(`latchkey_http_request_seconds_count\\{route="user\\.me",status="401"\\} ${calls}\n`),
    );
    expect(text).toMatch(/process_resident_memory_bytes \d/);
  }
}

describe('several workers', { timeout: 60_000 }, () => {
  it('serve one product with everything built in: one database, one inbox and one sum of metrics whichever is asked, codes at once', async () => {
    const port = await freePort();
    const settings = { PORT: `${port}`, WORKERS: '2', BCRYPT_COST: '4', LOG_LEVEL: 'info' };
    const app = launch({ DATA_DIR: inFolder('workers'), ...settings });
    await app.ready;
    const url = app.url();
    await expectOneSum(app, url, port);

    await registerAndRequestCode(url);
    const code = () => /ada@example\.com · .* · (\d{6})/.exec(app.output())?.[1];
    await expect.poll(code, { timeout: 20_000, interval: 10 }).toBeDefined();
    const inboxes = () =>
      Promise.all(Array.from({ length: 8 }, async () => (await fetch(`${url}/dev/mails`, alone)).json()));
    const mail = [expect.objectContaining({ to: 'ada@example.com' })];
    await expect.poll(inboxes, { timeout: 20_000 }).toEqual(Array.from({ length: 8 }, () => mail));

    const origin = { origin: url };
    expect((await fetch(`${url}/dev/mails`, { method: 'DELETE', headers: origin })).status).toBe(204);
    await expect.poll(inboxes, { timeout: 20_000 }).toEqual(Array.from({ length: 8 }, () => []));

    // The mail is shown once, not by each.
    expect(app.output().match(/ada@example\.com ·/g)).toHaveLength(1);
    app.child.kill('SIGTERM');
    const { code: exit, err } = await app.ended;
    expect([exit, err]).toEqual([0, '']);
  });

  it('serve one product with a database and a mail server from elsewhere', async () => {
    await using database = await openDatabase();
    const port = await freePort();
    const settings = { ...mail, MONGODB_URI: database.uri, AUTH_SECRETS: secret, PORT: `${port}` };
    const app = launch({ ...settings, WORKERS: '2', LOG_LEVEL: 'info' });
    await app.ready;
    await expectOneSum(app, `http://127.0.0.1:${port}`, port);
    app.child.kill('SIGTERM');
    expect((await app.ended).code).toBe(0);
  });
});
