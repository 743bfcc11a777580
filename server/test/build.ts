import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root = createRequire(new URL('../../package.json', import.meta.url));
const wireit = join(dirname(root.resolve('wireit/package.json')), 'bin/wireit.js');

/** Builds a package as `pnpm build` does: what is fresh stays. */
export async function build(folder: 'server' | 'client') {
  const script = { npm_lifecycle_event: 'build', npm_package_json: root.resolve(`./${folder}/package.json`) };
  await promisify(execFile)(process.execPath, [wireit], { env: { ...process.env, ...script } });
}
