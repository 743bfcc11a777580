import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../server/test/build.ts';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(repository, 'node_modules/.bin/tsc');

/** A host's router with ours inside, tested by the kit and served by itself. */
const program = `
import { mkdtempSync, rmSync } from 'node:fs';
import { createLatchkey, formatErrors, type LatchkeyContext, latchkeyRouter, viewerProcedure } from '@latchkey/server/latchkey';
import { createTestApp } from '@latchkey/server/testing';
import { initTRPC } from '@trpc/server';

const t = initTRPC.context<LatchkeyContext>().create({ errorFormatter: formatErrors() });
const router = t.router({
  accounts: latchkeyRouter,
  whoami: t.procedure.concat(viewerProcedure).query(({ ctx }) => ctx.viewer.username),
});

const app = await createTestApp({ router });
const ada = await app.person('ada');
const names: string[] = [await ada.caller.whoami(), await ada.client.whoami.query()];

const password = 'correct horse battery staple';
const grace = { username: 'grace', email: 'grace@example.com', firstName: 'Grace', lastName: 'Hopper' };
const { auth } = app.client().accounts;
await auth.register.mutate({ ...grace, password, confirmPassword: password });
const { challengeId } = await auth.login.mutate({ username: 'grace', password });
const { user } = await auth.verifyOtp.mutate({ challengeId, otp: await app.mail.codeFor(grace) });
names.push(user.username);
// @ts-expect-error there is no such field
names.push(user.nickname ?? 'no nickname');
await app[Symbol.asyncDispose]();

const DATA_DIR = mkdtempSync('data-');
const latchkey = await createLatchkey({ DATA_DIR });
names.push(typeof latchkey.guard);
await latchkey.close();
rmSync(DATA_DIR, { recursive: true });
process.stdout.write(names.join());
`;

describe('the built server, in a package of its own,', () => {
  let folder: string;
  beforeAll(async () => {
    await build('server');
    await run(tsc, ['-b', 'server'], { cwd: repository });
    folder = await mkdtemp(join(tmpdir(), 'latchkey-host-'));
    for (const [name, target] of [
      ['@latchkey/server', 'server'],
      ['@trpc/server', 'server/node_modules/@trpc/server'],
      ['@types/node', 'node_modules/@types/node'],
    ] as const) {
      await mkdir(dirname(join(folder, 'node_modules', name)), { recursive: true });
      await symlink(join(repository, target), join(folder, 'node_modules', name));
    }
    await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    await writeFile(join(folder, 'program.ts'), program);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('nests and tests with types, and runs without a condition or a loader', async () => {
    const compilerOptions = {
      strict: true,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      module: 'node16',
      types: ['node'],
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await run(tsc, ['-p', '.'], { cwd: folder }).catch(({ stdout }) => {
      throw new Error(stdout);
    });
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: folder });
    expect(stdout).toBe('ada,ada,grace,no nickname,function');
  });
});
