import { type ChildProcess, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { auditVerify } from '../../src/cli/commands/audit-verify.ts';
import { createShell, runCommand } from '../../src/cli/commands/command.ts';
import { createAdmin } from '../../src/cli/commands/create-admin.ts';
import { exportUsers } from '../../src/cli/commands/export-users.ts';
import { importUsers } from '../../src/cli/commands/import-users.ts';
import { changeUri, openTestDatabase } from '../../src/testing/database.ts';
import { build } from '../build.ts';

const dist = fileURLToPath(new URL('../../dist/', import.meta.url));

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

const commands = {
  'audit-verify': auditVerify,
  'create-admin': createAdmin,
  'import-users': importUsers,
  'export-users': exportUsers,
};
type CommandName = keyof typeof commands;

const ownSettings = { AUTH_SECRETS: 's'.repeat(40), BCRYPT_COST: '4' };

/** What a command wrote, as texts that grow. */
const createOutput = () => ({ stdout: '', stderr: '' });

const endedWith = (code: number, output: ReturnType<typeof createOutput>) => ({
  code,
  ...output,
  report: output.stderr.trim().split('\n'),
});

/** The command lines, with a folder for files and a server for databases. */
export async function openCommands() {
  const [database, folder] = await Promise.all([openTestDatabase(), mkdtemp(join(tmpdir(), 'latchkey-transfer-'))]);

  /** Starts a command as it is built, a process of its own. */
  async function start(name: CommandName, args: string[], env: Record<string, string>): Promise<ChildProcess> {
    await build('server');
    return spawn(process.execPath, [join(dist, `${name}.js`), ...args], {
      // No `.env` lies there.
      cwd: folder,
      env: { PATH: process.env.PATH, ...ownSettings, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  }

  return {
    folder,
    start,
    newDatabase: () => changeUri(database.uri, { database: `t_${randomBytes(6).toString('hex')}` }),

    async file(name: string, content: unknown): Promise<string> {
      const path = join(folder, name);
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
      return path;
    },

    /**
     * Runs a command in this process.
     * @param input what stands on standard input
     */
    async run(name: CommandName, args: string[], env: Record<string, string>, input = '') {
      const output = createOutput();
      const into = (stream: keyof typeof output) =>
        new Writable({
          write(chunk, _encoding, done) {
            output[stream] += chunk;
            done();
          },
        });
      const shell = createShell({
        args,
        settings: () => ({ ...ownSettings, ...env }),
        stdin: Readable.from([input]),
        stdout: into('stdout'),
        stderr: into('stderr'),
      });
      return endedWith(await runCommand(commands[name], shell), output);
    },

    /** The same with the command as it is built, in a process that ends by itself. */
    async runBuilt(name: CommandName, args: string[], env: Record<string, string>, input = '') {
      const child = await start(name, args, env);
      child.stdin?.on('error', () => undefined).end(input);
      const output = createOutput();
      for (const stream of ['stdout', 'stderr'] as const) {
        child[stream]?.setEncoding('utf8').on('data', (text: string) => {
          output[stream] += text;
        });
      }
      const [code] = await once(child, 'close');
      return endedWith(code, output);
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

export type Commands = Awaited<ReturnType<typeof openCommands>>;
