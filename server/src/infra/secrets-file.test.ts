import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StartupError } from '../errors.ts';
import { loadSecretsFile } from './secrets-file.ts';
import { createSystem } from './system.ts';

const system = createSystem();
let folder: string;
let made = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A folder that nobody has used; it is not there yet. */
function newFolder(): string {
  made += 1;
  return join(folder, `data-${made}`);
}

describe('the secrets file', () => {
  it('is made once, with a secret of its own, for its owner only', async () => {
    const [one, other] = [newFolder(), newFolder()];
    const secrets = await loadSecretsFile(one, system);
    expect(secrets).toEqual([expect.stringMatching(/^[\w+/]{64}$/)]);
    expect(await loadSecretsFile(one, system)).toEqual(secrets);
    expect(await loadSecretsFile(other, system)).not.toEqual(secrets);
    expect((await stat(join(one, 'secrets.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(one)).mode & 0o077).toBe(0);
  });

  it('is the same for all who make it at once, and leaves no draft behind', async () => {
    const dataDir = newFolder();
    const all = await Promise.all(Array.from({ length: 10 }, () => loadSecretsFile(dataDir, system)));
    expect(new Set(all.map(([secret]) => secret)).size).toBe(1);
    expect(await readdir(dataDir)).toEqual(['secrets.json']);
  });

  it.each([
    [''],
    ['{'],
    ['null'],
    ['[]'],
    ['{}'],
    ['{"authSecrets":null}'],
    ['{"authSecrets":[]}'],
    ['{"authSecrets":["short"]}'],
    [`{"authSecrets":[${'1'.repeat(40)}]}`],
    [`{"authSecrets":"${'x'.repeat(40)}"}`],
  ])('that is damaged is refused and left as it is: %s', async (content) => {
    const dataDir = newFolder();
    await mkdir(dataDir);
    const path = join(dataDir, 'secrets.json');
    await writeFile(path, content);
    const failure = await loadSecretsFile(dataDir, system).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartupError);
    expect(`${failure}`).toContain(`${path} is damaged. Restore it, or delete it`);
    expect(await readFile(path, 'utf8')).toBe(content);
  });

  it('that cannot be written fails with one line that names the folder and the error of the system', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const [dataDir, code] of Object.entries({ [file]: 'EEXIST', [join(file, 'below')]: 'ENOTDIR' })) {
      const failure = await loadSecretsFile(dataDir, system).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(StartupError);
      expect(`${failure}`).toContain(`DATA_DIR ${dataDir} cannot be written (${code}).`);
    }
  });
});
