import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Packs a package of the workspace and installs it with npm in an empty folder, as whoever never saw this repository.
 * @param others what else is installed beside it, as npm names it
 */
export async function installPacked(folder: string, others: string[] = []) {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-packed-'));
  await run('npx', ['-y', 'pnpm@12', 'pack', '--pack-destination', directory], { cwd: join(repository, folder) });
  const [tarball = ''] = (await readdir(directory)).filter((name) => name.endsWith('.tgz'));
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // Nothing is built on installation: whoever refuses build scripts must get what runs.
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...options, `./${tarball}`, ...others], { cwd: directory });
  return {
    directory,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}
