import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { build } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeIn } from '../../../server/src/testing/mail.ts';
import { wrongCode } from '../../../server/test/flows.ts';
import { runCommandLine } from '../cli/command-line.ts';
import bundles from '../rolldown.config.ts';

const password = 'correct horse battery staple';
const host = 'http://127.0.0.1';
let folder: string;
let app: TestApp;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-cli-'));
  const commandLine = bundles.find(({ input }) => typeof input === 'object' && 'cli' in input);
  await build({ ...commandLine, cwd: join(import.meta.dirname, '..'), output: { dir: folder, format: 'esm' } });
  app = await createTestApp();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** By default the address of the test app and an own folder for what is kept. */
const settings = (env: Record<string, string>) => ({ XDG_CONFIG_HOME: folder, LATCHKEY_URL: app.url, ...env });

type Lines = Iterable<string> | AsyncIterable<string>;

/** Lets the command line run as it is published, one file without what the workspace has installed, with these lines typed. */
async function runPublished(args: readonly string[], env: Record<string, string> = {}, lines: Lines = []) {
  const child = spawn(process.execPath, [join(folder, 'cli.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...settings(env) },
  });
  const ended: Ended = { code: null, out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    ended.out += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    ended.err += chunk;
  });
  const closed = once(child, 'close');
  for await (const line of lines) child.stdin.write(`${line}\n`);
  child.stdin.end();
  [ended.code] = await closed;
  return ended;
}

/** The same within this process. */
async function run(args: readonly string[], env: Record<string, string> = {}, lines: Lines = []) {
  async function* typed() {
    for await (const line of lines) yield `${line}\n`;
  }
  const ended: Ended = { code: null, out: '', err: '' };
  const into = (stream: 'out' | 'err') =>
    new Writable({
      write(chunk, _encoding, done) {
        ended[stream] += chunk;
        done();
      },
    });
  ended.code = await runCommandLine({
    args,
    env: settings(env),
    stdin: Readable.from(typed()),
    stdout: into('out'),
    stderr: into('err'),
  });
  return ended;
}

const json = async (args: readonly string[]) => {
  const { code, out, err } = await run(['--json', ...args]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>[] & Record<string, unknown>;
};

const mailedCode = async (email: string) => codeIn((await app.mail.waitFor(({ to }) => to === email)).text);

/** What somebody types who signs in: the password, and then what they make of the mailed code. */
async function* signingIn(username: string, make: (code: string) => string[] = (code) => [code]) {
  yield password;
  yield* make(await mailedCode(`${username}@example.com`));
}

const tokensFile = () => join(folder, 'latchkey', `${new URL(app.url).host.replace(':', '_')}.json`);
const keptKeys = async () => Object.keys(JSON.parse(await readFile(tokensFile(), 'utf8')));

describe('the command line', () => {
  it('registers, signs in with a code, shows the account, its sessions and events, and signs out', async () => {
    const names = ['--first-name', 'Grace', '--last-name', 'Hopper'];
    const registered = await run(['register', '--username', 'grace', '--email', 'grace@example.com', ...names], {}, [
      password,
    ]);
    expect(registered).toEqual({
      code: 0,
      out: 'Registered grace. Sign in with: latchkey login --username grace\n',
      err: '',
    });

    const signedIn = await run(
      ['login', '--username', 'grace'],
      {},
      signingIn('grace', (code) => [wrongCode(code), code]),
    );
    expect(signedIn).toMatchObject({ code: 0, out: 'Signed in as grace.\n' });
    expect(signedIn.err).toBe('A code was sent to g***@example.com.\nThis code is not right; 4 tries left.\n');
    expect((await stat(tokensFile())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'latchkey'))).mode & 0o777).toBe(0o700);

    const [me, text, sessions, activity, list] = await Promise.all([
      json(['me']),
      run(['me']),
      json(['sessions']),
      json(['activity', '--limit', '2']),
      run(['activity']),
    ]);
    expect(me).toMatchObject({ username: 'grace', firstName: 'Grace', emailVerified: true });
    expect(text.out).toContain('grace <grace@example.com>\nGrace Hopper\n');
    expect(sessions).toMatchObject([{ current: true, ip: '127.0.0.1' }]);
    expect(activity).toHaveLength(2);
    expect(list.out.split('\n').map((line) => line.split('  ')[1])).toEqual(
      expect.arrayContaining(['registered', 'code-failed', 'signed-in']),
    );

    // The access token has run out: the next command renews it, and the one after it goes on with what was kept.
    app.clock.advance('11m');
    expect(await json(['me'])).toEqual(me);
    expect(await json(['me'])).toEqual(me);

    expect(await run(['logout'])).toEqual({ code: 0, out: 'Signed out.\n', err: '' });
    expect(await keptKeys()).not.toContain('latchkey.tokens');
    expect(await run(['me'])).toMatchObject({ code: 1, out: '', err: expect.stringContaining('(UNAUTHENTICATED)') });
  });

  it('keeps its tokens below the home where no other folder is set, by server', async () => {
    await app.account('joan');
    const home = { XDG_CONFIG_HOME: '', HOME: folder };
    const signedIn = await runPublished(['login', '--username', 'joan'], home, signingIn('joan'));
    expect(signedIn).toEqual({ code: 0, out: 'Signed in as joan.\n', err: 'A code was sent to j***@example.com.\n' });
    expect((await stat(join(folder, '.config/latchkey', tokensFile().split('/').at(-1) ?? ''))).mode & 0o777).toBe(
      0o600,
    );
    expect((await runPublished(['me'], home)).out).toContain('joan <joan@example.com>\n');
    // Another name of the same machine is another server.
    const other = await runPublished(['--url', app.url.replace('127.0.0.1', 'localhost'), 'me'], home);
    expect(other).toMatchObject({ code: 1, err: expect.stringContaining('(UNAUTHENTICATED)') });
  });

  it('says that a session could not be kept', async () => {
    await app.account('radia');
    const nowhere = { XDG_CONFIG_HOME: join(folder, 'cli.js') };
    expect(await run(['login', '--username', 'radia'], nowhere, signingIn('radia'))).toMatchObject({
      code: 1,
      err: expect.stringContaining('The session could not be kept in'),
    });
  });
});

describe('a command that fails', () => {
  it('ends with 1 and says what to do where the server refuses, as JSON where that is asked for', async () => {
    await app.account('barbara');
    const [text, asJson, fields] = await Promise.all([
      run(['login', '--username', 'barbara'], {}, ['not it at all']),
      run(['login', '--json', '--username', 'barbara'], {}, ['nor is this']),
      run(['register', '--username', 'b', '--email', 'b'], {}, ['Barbara', 'Liskov', 'short']),
    ]);
    expect(text).toMatchObject({ code: 1, out: '' });
    expect(text.err).toMatch(/^Invalid credentials \(INVALID_CREDENTIALS\)\n.+\nRequest [\w-]{22}\n$/);
    expect([asJson.code, asJson.out]).toEqual([1, '']);
    expect(JSON.parse(asJson.err)).toMatchObject({
      code: 'INVALID_CREDENTIALS',
      message: 'Invalid credentials',
      requestId: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect(fields.code).toBe(1);
    expect(fields.err).toMatch(/\(VALIDATION\)\n {2}username: .+\n {2}email: .+\n {2}password: /);
  });

  it('ends with 3 where no Latchkey server responds', async () => {
    const shop = createServer((_, response) => response.end('<!doctype html><title>Shop</title>'));
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    const [away, other] = await Promise.all([
      run(['me', '--json'], { LATCHKEY_URL: `${host}:9` }),
      run(['me'], { LATCHKEY_URL: `${host}:${(shop.address() as AddressInfo).port}` }),
    ]);
    shop.closeAllConnections();
    await new Promise((resolve) => shop.close(resolve));
    expect([away.code, other.code]).toEqual([3, 3]);
    expect(JSON.parse(away.err)).toMatchObject({ code: 'NO_RESPONSE', details: { reason: 'unreachable' } });
    expect(other.err).toContain('What responded is not a Latchkey server.');
  });

  it('ends with 2 and a line where it was called wrongly, and with 130 where the input ends too early', async () => {
    const wrong = await Promise.all([
      runPublished(['fly']),
      run(['me', '--url', 'localhost:3000']),
      run(['me'], { LATCHKEY_URL: 'localhost:3000' }),
      run(['activity', '--limit', '0']),
    ]);
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
    for (const { out, err } of wrong) expect([out, err]).toEqual(['', expect.stringMatching(/^error: .+\n$/)]);
    expect(wrong[2]?.err).toContain('LATCHKEY_URL');
    expect(await runPublished(['login', '--username', 'ada'])).toMatchObject({ code: 130, out: '' });
    expect((await run(['--help'])).out).toContain('LATCHKEY_URL');
  });
});
