import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../errors.ts';
import type { System } from './system.ts';

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error;

const isSecretsFile = (value: unknown): value is { authSecrets: string[] } =>
  typeof value === 'object' &&
  value !== null &&
  'authSecrets' in value &&
  Array.isArray(value.authSecrets) &&
  value.authSecrets.length > 0 &&
  value.authSecrets.every((secret) => typeof secret === 'string' && secret.length >= 32);

async function read(path: string): Promise<string[] | undefined> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const parsed: unknown = JSON.parse(content);
    if (isSecretsFile(parsed)) return parsed.authSecrets;
  } catch {
    // Falls through to the one clear line below.
  }
  // Replacing it silently would sign everybody out.
  throw new StartupError(`${path} is damaged. Restore it, or delete it to sign everybody out and start afresh.`);
}

async function readOrMake(dataDir: string, system: System): Promise<string[]> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, 'secrets.json');
  const existing = await read(path);
  if (existing) return existing;

  const draft = `${path}.${system.randomBytes(6).toString('hex')}`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ authSecrets: [system.randomBytes(48).toString('base64')] }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await link(draft, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(draft);
  const created = await read(path);
  if (!created) throw new StartupError(`${path} vanished while it was made.`);
  return created;
}

/**
 * The secrets of `dataDir/secrets.json`, made on first use with mode 0600.
 * The file appears whole or not at all, and of two processes that make it at once both get the same one.
 * Throws `StartupError` where the folder cannot be used or the file is damaged.
 */
export async function loadSecretsFile(dataDir: string, system: System): Promise<string[]> {
  try {
    return await readOrMake(dataDir, system);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new StartupError(`DATA_DIR ${dataDir} cannot be written (${error.code}).`, { cause: error });
  }
}
