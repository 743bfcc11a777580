import { type ChildProcess, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { changeUri, openTestDatabase } from '../../src/testing/database.ts';
import { build } from '../build.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

export type CommandName = 'audit-verify' | 'create-admin' | 'import-users' | 'export-users';

/** The password of everybody who comes from Django, and what Django keeps of it. */
export const password = 'move with me, please';
export const hash = `pbkdf2_sha256$1000$salt$${pbkdf2Sync(password, 'salt', 1000, 32, 'sha256').toString('base64')}`;

/** A row of Django's `dumpdata`. */
export const djangoUser = (id: number, fields: Record<string, unknown> = {}) => ({
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

/** The command lines as they are built, each a process of its own, with a folder for files and a server for databases. */
export async function openCommands() {
  const [database, folder] = await Promise.all([
    openTestDatabase(),
    mkdtemp(join(tmpdir(), 'latchkey-transfer-')),
    build('server'),
  ]);

  const start = (name: CommandName, args: string[], env: Record<string, string>): ChildProcess =>
    spawn(process.execPath, [join(dist, `${name}.js`), ...args], {
      // No `.env` lies there.
      cwd: folder,
      env: { PATH: process.env.PATH, AUTH_SECRETS: 's'.repeat(40), BCRYPT_COST: '4', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });

  return {
    folder,
    start,
    newDatabase: () => changeUri(database.uri, { database: `t_${randomBytes(6).toString('hex')}` }),

    async file(name: string, content: unknown): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },

    /** @param input what stands on standard input */
    async run(name: CommandName, args: string[], env: Record<string, string>, input = '') {
      const process = start(name, args, env);
      process.stdin?.on('error', () => undefined).end(input);
      const output = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr'] as const) {
        process[stream]?.setEncoding('utf8').on('data', (text: string) => {
          output[stream] += text;
        });
      }
      const [code] = await once(process, 'close');
      return { code, ...output, report: output.stderr.trim().split('\n') };
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

export type Commands = Awaited<ReturnType<typeof openCommands>>;
