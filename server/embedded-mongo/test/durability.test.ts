import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Document, MongoClient } from 'mongodb';
import { rolldown } from 'rolldown';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import config from '../rolldown.config.ts';
import { EmbeddedMongoError, startEmbeddedMongo } from '../src/server.ts';

const folders: string[] = [];
const children: ChildProcess[] = [];
const kills = 5;
const writers = 8;

const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the command line server is built, in reach of the libraries of the package. */
let built: string;

beforeAll(async () => {
  built = mkdtempSync(join(root, 'node_modules/.built-'));
  const bundle = await rolldown({ ...config, cwd: root });
  await bundle.write({ ...config.output, dir: built });
  await bundle.close();
}, 60_000);

afterAll(() => rmSync(built, { recursive: true, force: true }));

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'durability-'));
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const child of children.splice(0)) await killed(child);
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Starts the built command line server in a process of its own; `wrap` is a shell command line that runs "$@". */
async function spawnServer(dataDir: string, wrap = 'exec "$@"'): Promise<{ child: ChildProcess; uri: string }> {
  const command = [process.execPath, join(built, 'cli.js'), '--port', '0'];
  const child = spawn('/bin/sh', ['-c', wrap, 'sh', ...command], {
    env: { ...process.env, DATA_DIR: dataDir },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const uri = await new Promise<string>((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const found = /mongodb:\/\/127\.0\.0\.1:\d+/.exec(output);
      if (found !== null) resolve(found[0]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', () => reject(new Error(output.trim())));
  });
  return { child, uri };
}

function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

function connect(uri: string): Promise<MongoClient> {
  return new MongoClient(uri, { serverSelectionTimeoutMS: 3000, retryReads: false, maxPoolSize: writers }).connect();
}

/** The names and contents of a folder, to see that it was not touched. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

describe('kill -9', () => {
  it('loses no acknowledged write and leaves none half done, again and again', async () => {
    const folder = newFolder();
    const acknowledged = new Map<string, number>();
    for (let round = 0; round < kills; round++) {
      const { child, uri } = await spawnServer(folder);
      const client = await connect(uri);
      const items = client.db('test').collection<Document>('items');
      await items.createIndex({ key: 1 }, { unique: true });
      await items.createIndex({ count: 1, tags: 1 });
      await checkAll(client, acknowledged);
      // A closed client gives up at once what it would otherwise try for seconds.
      child.once('exit', () => void client.close());
      const enough = acknowledged.size + writers + Math.floor(Math.random() * 100);
      const acknowledge = (key: string, count: number) => {
        acknowledged.set(key, count);
        if (acknowledged.size === enough) child.kill('SIGKILL');
      };
      await Promise.all(
        Array.from({ length: writers }, (_, writer) => writeUntilGone(client, `${round}-${writer}`, acknowledge)),
      );
      await killed(child);
      await client.close();
    }
    const server = await startEmbeddedMongo({ dataDir: join(folder, 'mongo') });
    const client = await connect(server.uri);
    await checkAll(client, acknowledged);
    expect(acknowledged.size).toBeGreaterThanOrEqual(kills * writers);
    await client.close();
    await server.close();
  }, 60_000);
});

/** Inserts documents and updates each, and notes what was answered; ends when the server does. */
async function writeUntilGone(
  client: MongoClient,
  prefix: string,
  acknowledge: (key: string, count: number) => void,
): Promise<void> {
  const items = client.db('test').collection<Document>('items');
  try {
    for (let i = 0; ; i++) {
      const key = `${prefix}-${i}`;
      await items.insertOne({ key, count: 0, tags: ['new', key], padding: 'x'.repeat(i % 3 === 0 ? 6000 : 10) });
      acknowledge(key, 0);
      // Both fields and three index entries change together or not at all.
      await items.updateOne({ key }, { $inc: { count: 1, twin: 1 }, $set: { tags: ['old', key] } });
      acknowledge(key, 1);
    }
  } catch {
    // The server is gone, as it should be.
  }
}

async function checkAll(client: MongoClient, acknowledged: Map<string, number>): Promise<void> {
  const database = client.db('test');
  const stored = new Map(
    (await database.collection('items').find().toArray()).map((item) => [item.key as string, item]),
  );
  for (const [key, count] of acknowledged) {
    const item = stored.get(key);
    expect(item, key).toBeDefined();
    expect(item?.count, key).toBeGreaterThanOrEqual(count);
  }
  for (const [key, item] of stored) {
    expect(item.twin ?? 0, key).toBe(item.count);
    expect(item.tags, key).toEqual([item.count === 0 ? 'new' : 'old', key]);
  }
  if (stored.size > 0) expect(await database.command({ validate: 'items' })).toMatchObject({ valid: true, errors: [] });
}

describe('a data folder', () => {
  async function filledFolder(): Promise<string> {
    const dataDir = newFolder();
    const server = await startEmbeddedMongo({ dataDir });
    const client = await connect(server.uri);
    await client
      .db('test')
      .collection('items')
      .insertMany(Array.from({ length: 2000 }, (_, i) => ({ i, text: 'x'.repeat(100) })));
    await client.close();
    await server.close();
    return dataDir;
  }

  async function refusal(dataDir: string): Promise<string> {
    const before = fingerprint(dataDir);
    const error = await startEmbeddedMongo({ dataDir }).then(
      async (server) => {
        await server.close();
        return undefined;
      },
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(EmbeddedMongoError);
    expect(fingerprint(dataDir)).toBe(before);
    const { message } = error as Error;
    expect(message).not.toContain('\n');
    return message;
  }

  it('is refused and left untouched when it is torn', async () => {
    const dataDir = await filledFolder();
    const file = join(dataDir, 'data.mdb');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    expect(await refusal(dataDir)).toContain('cut off');
  });

  it('is refused when pages in its middle are overwritten, or its beginning, or when a file is gone', async () => {
    const dataDir = await filledFolder();
    const file = join(dataDir, 'data.mdb');
    const whole = readFileSync(file);
    const torn = Buffer.from(whole);
    torn.fill(0, Math.floor(whole.length / 8192) * 4096, Math.floor(whole.length / 8192) * 4096 + 65_536);
    writeFileSync(file, torn);
    expect(await refusal(dataDir)).toContain('damaged');
    writeFileSync(file, Buffer.concat([Buffer.alloc(8192, 7), whole.subarray(8192)]));
    expect(await refusal(dataDir)).toContain('damaged');
    rmSync(file);
    expect(await refusal(dataDir)).toContain('missing');
    writeFileSync(file, whole);
    const server = await startEmbeddedMongo({ dataDir });
    await server.close();
  });

  it('is refused when it is foreign', async () => {
    const dataDir = newFolder();
    writeFileSync(join(dataDir, 'holiday.jpg'), 'not a database');
    expect(await refusal(dataDir)).toContain('left as it is');
    const other = newFolder();
    writeFileSync(join(other, 'data.mdb'), Buffer.alloc(100_000, 'x'));
    expect(await refusal(other)).toContain('another kind');
    const later = await filledFolder();
    writeFileSync(join(later, 'embedded-mongo.json'), '{"format":2}');
    expect(await refusal(later)).toContain('format');
  });

  it('is refused when it is a file or cannot be made', async () => {
    const folder = newFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(startEmbeddedMongo({ dataDir: file })).rejects.toThrow(EmbeddedMongoError);
    await expect(startEmbeddedMongo({ dataDir: join(file, 'below') })).rejects.toThrow('cannot be written');
    await expect(startEmbeddedMongo({ dataDir: '/proc/none/below' })).rejects.toThrow('cannot be written');
  });

  it('serves one process at a time, and the next after it is closed', async () => {
    const folder = newFolder();
    const dataDir = join(folder, 'mongo');
    mkdirSync(dataDir);
    const first = await startEmbeddedMongo({ dataDir });
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow('in use');
    await expect(spawnServer(folder)).rejects.toThrow('in use by another process');
    await first.close();
    const { child } = await spawnServer(folder);
    await expect(startEmbeddedMongo({ dataDir })).rejects.toThrow('in use');
    await killed(child);
    const last = await startEmbeddedMongo({ dataDir });
    await last.close();
  }, 20_000);

  it('a taken port is one clear line, and leaves the folder free', async () => {
    const first = await startEmbeddedMongo({ dataDir: newFolder() });
    const dataDir = newFolder();
    await expect(startEmbeddedMongo({ dataDir, port: first.port })).rejects.toThrow(
      `Port ${first.port} on 127.0.0.1 is taken.`,
    );
    const second = await startEmbeddedMongo({ dataDir });
    await second.close();
    await first.close();
  });
});

describe('a full disk', () => {
  it('fails the write, keeps what was there, and the server lives', async () => {
    const folder = newFolder();
    // A limit on the size of files (in blocks of 512 bytes) stands for the disk; the signal for passing it is ignored.
    const { uri } = await spawnServer(folder, 'trap "" XFSZ; ulimit -f 10000; exec "$@"');
    const client = await connect(uri);
    const items = client.db('test').collection<Document>('items');
    await items.createIndex({ n: 1 }, { unique: true });
    let stored = 0;
    const failure = await (async () => {
      for (; stored < 5000; stored++)
        await items.insertOne({ n: stored, text: 'x'.repeat(3000), more: 'y'.repeat(800) });
      return undefined;
    })().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 14031, codeName: 'OutOfDiskSpace' });
    expect(stored).toBeGreaterThan(100);
    expect(await items.countDocuments({})).toBe(stored);
    expect(await items.findOne({ n: stored - 1 })).toMatchObject({ n: stored - 1 });
    expect(await client.db('test').command({ validate: 'items' })).toMatchObject({ valid: true });
    // Room that is given back can be used again.
    for (let n = 50; n <= 400; n += 50) await items.deleteMany({ n: { $lt: n } });
    await items.insertOne({ n: 100_000 });
    expect(await items.findOne({ n: 100_000 })).not.toBeNull();
    await client.close();
  }, 30_000);
});
