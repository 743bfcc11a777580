import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Storage } from '@latchkey/client';

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';

/**
 * Keeps tokens in a file that only its owner can read. Written beside it and moved, so that nobody finds half of one.
 * @param path its folder is made where it does not exist
 */
export function fileStorage(path: string): Storage {
  /** Writes of this process, one after the other: each begins with what the one before left. */
  let last: Promise<unknown> = Promise.resolve();

  async function read(): Promise<Record<string, string>> {
    try {
      return JSON.parse(await readFile(path, 'utf8'));
    } catch (error) {
      if (isMissing(error) || error instanceof SyntaxError) return {};
      throw error;
    }
  }

  async function write(change: (values: Record<string, string>) => void): Promise<void> {
    const values = await read();
    change(values);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${randomUUID()}`;
    await writeFile(draft, `${JSON.stringify(values)}\n`, { mode: 0o600 });
    await rename(draft, path);
  }

  function inTurn(change: (values: Record<string, string>) => void): Promise<void> {
    const turn = last.then(() => write(change));
    last = turn.catch(() => {});
    return turn;
  }

  return {
    get: async (key) => (await read())[key],
    set: (key, value) =>
      inTurn((values) => {
        values[key] = value;
      }),
    remove: (key) =>
      inTurn((values) => {
        delete values[key];
      }),
  };
}
