import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newPerson } from '../../server/src/testing/people.ts';
import { createTestApp, type TestApp } from '../../server/src/testing/test-app.ts';

const run = promisify(execFile);

let app: TestApp;
let directory: string;
beforeAll(async () => {
  [app, directory] = await Promise.all([createTestApp(), mkdtemp(join(tmpdir(), 'latchkey-rest-client-'))]);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** Registers, or signs in with a code, by what was generated; its arguments are the URL, somebody, and the code. */
const program = `
import createClient from 'openapi-fetch';
import type { paths } from './api.ts';

const [url = '', person = '', otp] = process.argv.slice(2);
const { username, email, password } = JSON.parse(person) as Record<'username' | 'email' | 'password', string>;
const client = createClient<paths>({ baseUrl: url });
const challengeId = process.env.CHALLENGE_ID;

if (otp === undefined) {
  const registered = await client.POST('/api/users/register/', {
    body: { username, email, first_name: 'Ada', last_name: 'Lovelace', password, confirm_password: password },
  });
  if (registered.data?.user.username !== username) throw new Error('not registered');
  const again = await client.POST('/api/users/register/', {
    body: { username, email, first_name: 'Ada', last_name: 'Lovelace', password, confirm_password: password },
  });
  if (!again.error || again.response.status !== 400) throw new Error('registered twice');
  const login = await client.POST('/api/login/', { body: { username, password } });
  if (!login.data) throw new Error('no login');
  const id: string = login.data.challenge_id;
  process.stdout.write(id);
} else {
  const verified = await client.POST('/api/verify-otp/', { body: { username, otp, challenge_id: challengeId } });
  if (!verified.data) throw new Error('no session');
  const { access, refresh } = verified.data;
  const headers = { authorization: \`Bearer \${access}\` };
  const me = await client.GET('/api/me/', { headers });
  const refreshed = await client.POST('/api/token/refresh/', { body: { refresh } });
  const sessions = await client.GET('/api/sessions/', { headers });
  const ended = await client.DELETE('/api/sessions/{id}/', { headers, params: { path: { id: sessions.data?.[0]?.id ?? '' } } });
  const gone = await client.GET('/api/me/', { headers });
  process.stdout.write(
    JSON.stringify([me.data?.email, typeof refreshed.data?.access, ended.response.status, gone.response.status]),
  );
}
`;

it('a client that a generator makes of /api/openapi.json compiles, and goes the way of the tutorial', async () => {
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const packages = ['openapi-typescript@7', 'openapi-fetch@0.17', 'typescript@5', '@types/node@20', 'tsx@4'];
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...packages], { cwd: directory });
  const npx = (...args: string[]) => run('npx', ['--no-install', ...args], { cwd: directory });
  await npx('openapi-typescript', `${app.url}/api/openapi.json`, '-o', 'api.ts');
  await writeFile(join(directory, 'program.ts'), program);
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--allowImportingTsExtensions', '--types', 'node'];
  await npx('tsc', ...options, '--target', 'es2022', '--module', 'nodenext', 'program.ts');

  const person = newPerson();
  const { stdout: challengeId } = await npx('tsx', 'program.ts', app.url, JSON.stringify(person));
  const otp = await app.mail.codeFor(person);
  const { stdout } = await run('npx', ['--no-install', 'tsx', 'program.ts', app.url, JSON.stringify(person), otp], {
    cwd: directory,
    env: { ...process.env, CHALLENGE_ID: challengeId },
  });
  expect(JSON.parse(stdout)).toEqual([person.email, 'string', 204, 401]);
});
