import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { StartupError } from '../src/errors.ts';
import { createLogger } from '../src/infra/logger.ts';
import { connectMongo } from '../src/infra/mongo.ts';
import { build } from './build.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const main = ['server/dist/main.js'];
const secret = randomBytes(32).toString('hex');
const mail = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'Latchkey <no-reply@example.com>' };

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The product as its operator starts it, with these settings and no others. */
function launch(env: Record<string, string>) {
  const child: ChildProcess = spawn(process.execPath, main, {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: tmpdir(), PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, out, err })));
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk;
      if (out.includes('Latchkey is ready')) resolve();
    });
    child.on('close', () => reject(new Error(`it ended: ${err}`)));
  });
  ready.catch(() => undefined);
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  return { child, ended, ready };
}

/** A database of its own on the server of the tests. */
async function openDatabase() {
  const uri = `${inject('mongodbUri')}/t_${randomBytes(6).toString('hex')}`;
  const { connection, close } = await connectMongo({ uri, logger: createLogger('silent') });
  return {
    uri,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.dropDatabase();
      await close();
    },
  };
}

const run = (env: Record<string, string>) => launch(env).ended;

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

/** One clear line for the operator, and an exit that a supervisor sees. */
function expectOneLine({ code, out, err }: Ended, line: RegExp): void {
  expect(err).toMatch(line);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(out).toBe('');
  expect(code).toBe(1);
}

describe('starting', { timeout: 60_000 }, () => {
  it.concurrent('ends with one line where the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await run({ PORT: `${port}`, DATA_DIR: inFolder('taken') });
    await new Promise((resolve) => other.close(resolve));
    expectOneLine(ended, new RegExp(`^Port ${port} is taken\\. Set PORT`));
  });

  it.concurrent('ends with one line where DATA_DIR cannot be written', async () => {
    expectOneLine(
      await run({ DATA_DIR: inFolder('file/below') }),
      /^DATA_DIR .*file\/below cannot be written \(\w+\)\.$/m,
    );
  });

  it.concurrent('ends with one line where secrets.json is damaged', async () => {
    const dataDir = inFolder('damaged');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'secrets.json'), '{"authSecrets":');
    expectOneLine(await run({ DATA_DIR: dataDir }), /secrets\.json is damaged\. Restore it, or delete it/);
  });

  it.concurrent('ends with one line where the database cannot be reached', async () => {
    expectOneLine(
      await run({ DATA_DIR: inFolder('away'), MONGODB_URI: 'mongodb://127.0.0.1:1/latchkey' }),
      /^The database at MONGODB_URI cannot be reached\.$/m,
    );
  });

  it.concurrent('ends with one line, and without the password, where MONGODB_URI makes no sense', async () => {
    const MONGODB_URI = 'mongodb://user:hunter2/x@127.0.0.1';
    const ended = await run({ DATA_DIR: inFolder('uri'), MONGODB_URI });
    expectOneLine(ended, /^MONGODB_URI is not a connection string/);
    expect(ended.err).not.toContain('hunter2');
  });

  it.each([
    'mongodb://',
    'mongodb://user:hunter2/x@127.0.0.1',
    'mongodb://127.0.0.1/x?nonsense=hunter2',
    'mongodb://%zz/x',
  ])('repeats nothing of a connection string that makes no sense: %s', async (uri) => {
    const failure = await connectMongo({ uri, logger: createLogger('silent') }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartupError);
    expect(`${failure}`).not.toContain('hunter2');
  });

  it.concurrent('ends with one line where the host of the database cannot be looked up', async () => {
    expectOneLine(
      await run({ DATA_DIR: inFolder('away'), MONGODB_URI: 'mongodb+srv://db.invalid/latchkey' }),
      /^The database at MONGODB_URI cannot be reached\.$/m,
    );
  });

  it.concurrent('ends with one line where an index in the database differs from what this version needs', async () => {
    await using database = await openDatabase();
    await database.connection.collection('users').createIndex({ emailKey: 1 }, { unique: false });
    expectOneLine(
      await run({ MONGODB_URI: database.uri, AUTH_SECRETS: secret }),
      /^The collection users has an index other than this version needs\. Drop it and start again: .*emailKey_1/,
    );
  });

  it.concurrent('ends with one line, and without anybody’s address, where accounts collide', async () => {
    await using database = await openDatabase();
    await database.connection
      .collection('users')
      .insertMany(['one', 'two'].map((usernameKey) => ({ usernameKey, emailKey: 'ada@example.com' })));
    const ended = await run({ MONGODB_URI: database.uri, AUTH_SECRETS: secret });
    expectOneLine(ended, /^The collection users holds documents with the same emailKey, which must be unique\./);
    expect(ended.err).not.toContain('ada@');
  });

  it.concurrent('ends with one line where HOST is no address of this machine', async () => {
    const env = { MONGODB_URI: `${inject('mongodbUri')}/t_start`, AUTH_SECRETS: secret };
    expectOneLine(await run({ ...env, HOST: '192.0.2.1' }), /^HOST 192\.0\.2\.1 is not an address of this machine\.$/m);
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
      ...['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL'].map(
        (name) => `  ${name} is required in production`,
      ),
      '  RATE_LIMITS=off is refused in production',
    ]);
    // Nothing was made up in the place of what is missing.
    await expect(stat(inFolder('production'))).rejects.toThrow('ENOENT');
  });

  it.concurrent('in production uses none of what is built in', async () => {
    const dataDir = inFolder('none-built-in');
    const app = launch({
      ...mail,
      NODE_ENV: 'production',
      DATA_DIR: dataDir,
      MONGODB_URI: `${inject('mongodbUri')}/t_${randomBytes(6).toString('hex')}`,
      AUTH_SECRETS: secret,
      PUBLIC_URL: 'https://accounts.example',
    });
    await app.ready;
    app.child.kill('SIGTERM');
    const { code, out } = await app.ended;
    expect(code).toBe(0);
    expect(out).not.toMatch(/inbox|embedded|built-in/);
    await expect(stat(dataDir)).rejects.toThrow('ENOENT');
  });
});

describe('on one machine', { timeout: 60_000 }, () => {
  it('keeps its secrets to itself, ends with 0 on SIGTERM and SIGINT, and starts again with the same secrets', async () => {
    const dataDir = inFolder('home');
    const secrets = join(dataDir, 'secrets.json');
    const contents = new Set<string>();
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const app = launch({ DATA_DIR: dataDir });
      await app.ready;
      expect((await stat(secrets)).mode & 0o777).toBe(0o600);
      expect((await stat(dataDir)).mode & 0o077).toBe(0);
      const content = await readFile(secrets, 'utf8');
      contents.add(content);
      app.child.kill(signal);
      const { code, out, err } = await app.ended;
      expect([code, err]).toEqual([0, '']);
      // The terminal shows where everything is, and no secret.
      expect(out).toContain('/dev/inbox');
      expect(out).toContain(dataDir);
      for (const made of (JSON.parse(content) as { authSecrets: string[] }).authSecrets)
        expect(out).not.toContain(made);
    }
    expect(contents.size).toBe(1);
  });
});
