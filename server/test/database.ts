import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedMongo } from '@latchkey/embedded-mongo';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A MongoDB server without a database name; every test app takes a database of its own. */
    mongodbUri: string;
  }
}

/** Where there is one, the many syncs of a test run cost nothing. What they are for is tested on a real disk. */
const memoryDisk = '/dev/shm';

/** One MongoDB for the whole run: `TEST_MONGODB_URI`, else the embedded server on a folder that is thrown away. */
export default async function provideDatabase(project: TestProject) {
  const given = process.env.TEST_MONGODB_URI;
  if (given) {
    project.provide('mongodbUri', given.replace(/\/+$/, ''));
    return undefined;
  }
  const dataDir = await mkdtemp(join(existsSync(memoryDisk) ? memoryDisk : tmpdir(), 'latchkey-test-'));
  const server = await startEmbeddedMongo({ dataDir });
  project.provide('mongodbUri', server.uri);
  return async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
}
