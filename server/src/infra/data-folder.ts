import { chmod, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StartupError } from '../errors.ts';

/** The folder of the embedded database below `DATA_DIR`. */
const databaseFolder = 'mongo';
export const databaseFolderOf = (dataDir: string): string => join(dataDir, databaseFolder);
const isOurs = (name: string): boolean => name === databaseFolder || name.startsWith('secrets.json');

/** A file that belongs to somebody else is theirs to close; what we make is closed from its beginning. */
const close = (path: string, mode: number): Promise<void> => chmod(path, mode).catch(() => undefined);

/** Takes the rights of others from a folder and all that is in it. */
async function closeFolder(folder: string): Promise<void> {
  await close(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await closeFolder(path);
    else if (entry.isFile()) await close(path, 0o600);
  }
}

/** Keeps `DATA_DIR` to its owner: folders 0700, files 0600. Of a folder that holds other things too only ours are closed. */
export async function closeDataFolder(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  await closeFolder(names.every(isOurs) ? dataDir : databaseFolderOf(dataDir));
}

/**
 * Makes the folder of the embedded database below `DATA_DIR` and gives its path. It and what an earlier version left in it
 * is for its owner only. Throws `StartupError` where it cannot be used.
 */
export async function openDataFolder(dataDir: string): Promise<string> {
  const database = databaseFolderOf(dataDir);
  try {
    await mkdir(database, { recursive: true, mode: 0o700 });
    await closeDataFolder(dataDir);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    throw new StartupError(`DATA_DIR ${dataDir} cannot be written (${error.code}).`, { cause: error });
  }
  return database;
}
