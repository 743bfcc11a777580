import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestApp } from '@latchkey/server/testing';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const api = join(import.meta.dirname, '..');
const root = join(api, '../..');
const tsc = join(root, 'node_modules/.bin/tsc');

/** Counted, not timed: the checker does the same work on every machine. It was 6,005 when this was written. */
const maxInstantiations = 12_000;

/** A folder outside the workspace with the packed client and what its user would install beside it. */
async function installPacked(folder: string): Promise<void> {
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', folder], { cwd: api });
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const { devDependencies } = JSON.parse(await readFile(join(api, 'package.json'), 'utf8'));
  expect(Object.keys(devDependencies)).toContain('react');
  await cp(join(import.meta.dirname, 'program'), folder, { recursive: true });
  const manifest = {
    name: 'somebody-elses-program',
    private: true,
    type: 'module',
    dependencies: { '@latchkey/client': `file:${tarball}` },
    devDependencies: { '@types/node': '^20', '@types/react': '^19', react: '^19' },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await run('npx', ['-y', 'pnpm@12', 'install', '--prefer-offline', '--ignore-workspace'], { cwd: folder });
}

describe('the packed client, outside the workspace,', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-packed-'));
    await installPacked(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function check(options: Record<string, unknown>) {
    const compilerOptions = {
      strict: true,
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types: ['node'],
      composite: true,
      declaration: true,
      isolatedDeclarations: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      verbatimModuleSyntax: true,
      // tRPC's declarations name packages that only its servers install; ours are looked at below.
      skipLibCheck: true,
      outDir: 'out',
      ...options,
    };
    await rm(join(folder, 'out'), { recursive: true, force: true });
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    return run(tsc, ['-p', '.', '--extendedDiagnostics'], { cwd: folder }).catch(({ stdout }) => {
      throw new Error(stdout);
    });
  }

  it.each([
    ['bundler', 'esnext'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ])(
    'type-checks a strict program, and refuses a wrong one, where modules are resolved as by %s',
    async (moduleResolution, module) => {
      const { stdout } = await check({ module, moduleResolution });
      const instantiations = Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
      expect(instantiations).toBeGreaterThan(0);
      expect(instantiations).toBeLessThan(maxInstantiations);
    },
  );

  it('has no error in a declaration of its own', async () => {
    const checked = check({ module: 'node16', moduleResolution: 'node16', skipLibCheck: false });
    const report = await checked.then(
      ({ stdout }) => stdout,
      (error: Error) => error.message,
    );
    const errors = report.split('\n').filter((line) => line.includes('error TS'));
    expect(errors.filter((line) => !/@trpc\+(server|client)/.test(line))).toEqual([]);
  });

  it('runs: it registers, signs in with the mailed code and reads the account', async () => {
    await check({ module: 'node16', moduleResolution: 'node16' });
    await using app = await createTestApp();
    const { stdout } = await run('node', [join(folder, 'out/program.js'), app.url], { cwd: folder });
    expect(stdout).toMatch(/^ada\d+ true$/);
  });

  it('brings no server and no React, and installs nothing for its command line', async () => {
    const installed = await readdir(join(folder, 'node_modules/.pnpm'));
    expect(installed.filter((name) => /^(commander|@clack|mongo|zod|@latchkey\+(server|shared))/.test(name))).toEqual(
      [],
    );
    const main = await readFile(join(folder, 'node_modules/@latchkey/client/lib/client.js'), 'utf8');
    const imports = [...main.matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
    expect(imports.sort()).toEqual(['@trpc/client', '@trpc/server/observable']);
  });

  it('shows resolved types where one points at a call', () => {
    const file = join(folder, 'program.ts');
    const host: ts.LanguageServiceHost = {
      getCompilationSettings: () => ({
        strict: true,
        module: ts.ModuleKind.NodeNext,
        moduleResolution: ts.ModuleResolutionKind.NodeNext,
        target: ts.ScriptTarget.ES2022,
        noErrorTruncation: true,
      }),
      getScriptFileNames: () => [file],
      getScriptVersion: () => '1',
      getScriptSnapshot: (name) => {
        const text = ts.sys.readFile(name);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: ts.sys.fileExists,
      readFile: ts.sys.readFile,
      directoryExists: ts.sys.directoryExists,
      getDirectories: ts.sys.getDirectories,
      getCurrentDirectory: () => folder,
      realpath: (path) => ts.sys.realpath?.(path) ?? path,
    };
    const service = ts.createLanguageService(host);
    const text = ts.sys.readFile(file) ?? '';
    const shown = (needle: string, offset: number) => {
      const info = service.getQuickInfoAtPosition(file, text.indexOf(needle) + offset);
      return ts.displayPartsToString(info?.displayParts);
    };
    const login = shown('login.mutate', 'login.'.length);
    expect(login).toContain('username: string');
    expect(login).toContain('challengeId: string');
    expect(login).toContain("'auth.login'".replaceAll("'", '"'));
    expect(login).not.toMatch(/infer|Procedures\[|_def/);
    service.dispose();
  });
});
