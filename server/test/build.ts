import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = createRequire(new URL('../../package.json', import.meta.url));
const wireit = join(dirname(root.resolve('wireit/package.json')), 'bin/wireit.js');

async function run(folder: string): Promise<void> {
  const script = { npm_lifecycle_event: 'build', npm_package_json: root.resolve(`./${folder}/package.json`) };
  await promisify(execFile)(process.execPath, [wireit], { env: { ...process.env, ...script } });
}

const builds = new Map<string, Promise<void>>();

/** Builds a package as `pnpm build` does: what is fresh stays. One process asks once. */
export function build(folder: 'server' | 'client'): Promise<void> {
  const begun = builds.get(folder) ?? run(folder);
  builds.set(folder, begun);
  return begun;
}
