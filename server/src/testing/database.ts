import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedMongo } from '@latchkey/embedded-mongo';

/** Where there is one, the many syncs of a test run cost nothing. What they are for is tested on a real disk. */
const memoryDisk = '/dev/shm';

async function startServer() {
  const dataDir = await mkdtemp(join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'latchkey-test-'));
  const server = await startEmbeddedMongo({ dataDir });
  return {
    uri: server.uri,
    async close(): Promise<void> {
      await server.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const uriParts = /^(mongodb(?:\+srv)?:\/\/)([^/?@]*@)?([^/?]+)(?:\/([^?]*))?(?:\?(.*))?$/;

/**
 * A connection string with another database, other hosts or more options; user and password stay, and so does the
 * database that knows them.
 * @param options as they stand behind the `?`
 */
export function changeUri(
  uri: string,
  { database, hosts, options = {} }: { database?: string; hosts?: string; options?: Record<string, string> },
): string {
  const [, scheme, user = '', oldHosts, oldDatabase = '', query] = uriParts.exec(uri) ?? [];
  if (scheme === undefined) throw new Error(`${uri} is no connection string`);
  const asked = new URLSearchParams(query);
  if (user !== '' && !asked.has('authSource')) asked.set('authSource', oldDatabase || 'admin');
  for (const [name, value] of Object.entries(options)) asked.set(name, value);
  const tail = asked.size > 0 ? `?${asked}` : '';
  return `${scheme}${user}${hosts ?? oldHosts}/${database ?? oldDatabase}${tail}`;
}

/** The embedded server of this process, for as long as somebody uses a database on it. */
let shared: { server: ReturnType<typeof startServer>; users: number } | undefined;

/**
 * A database of one's own: on the server that `TEST_MONGODB_URI` names, else on the embedded one, which all tests of a
 * process share and which ends with the last of them.
 */
export async function openTestDatabase() {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const given = process.env.TEST_MONGODB_URI;
  if (given) return { uri: changeUri(given, { database: name }), [Symbol.asyncDispose]: async () => {} };

  shared ??= { server: startServer(), users: 0 };
  const mine = shared;
  mine.users += 1;
  async function close(): Promise<void> {
    mine.users -= 1;
    if (mine.users > 0) return;
    if (shared === mine) shared = undefined;
    await (await mine.server).close();
  }
  try {
    return { uri: changeUri((await mine.server).uri, { database: name }), [Symbol.asyncDispose]: close };
  } catch (error) {
    if (shared === mine) shared = undefined;
    throw error;
  }
}
