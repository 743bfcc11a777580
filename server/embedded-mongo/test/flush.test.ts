import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type Collection, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const folder = mkdtempSync(join(tmpdir(), 'flush-'));
const pipe = join(folder, 'pipe');
const threads = Number(process.env.UV_THREADPOOL_SIZE ?? 4);
let server: EmbeddedMongo;
let client: MongoClient;
let items: Collection<Document>;

/**
 * Stands for a disk that never ends a sync until it is told to: the threads that wait for the disk all wait for the other
 * end of a pipe. What is returned lets them go.
 */
function stopDisk(): () => Promise<void> {
  const waiting = Array.from({ length: threads }, () => open(pipe, 'r'));
  return async () => {
    const otherEnd = openSync(pipe, 'r+');
    for (const handle of await Promise.all(waiting)) await handle.close();
    closeSync(otherEnd);
  };
}

beforeAll(async () => {
  execFileSync('mkfifo', [pipe]);
  server = await startEmbeddedMongo({ dataDir: join(folder, 'data') });
  client = await new MongoClient(server.uri).connect();
  items = client.db('test').collection('items');
  // What counts is loaded by the first count, and by the same threads.
  await items.countDocuments();
});

beforeEach(async () => {
  await items.drop();
  await items.insertMany([{ _id: 1, n: 1 }, { _id: 2 }] as Document[]);
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const first = { _id: 1 } as Document;

describe('while the disk takes its time', () => {
  it('reads are answered, and no write is', async () => {
    const letGo = stopDisk();
    const answered: string[] = [];
    const writes = [
      items.insertOne({ _id: 3 } as Document).then(() => answered.push('insert')),
      items.updateOne(first, { $inc: { n: 1 } }).then(() => answered.push('update')),
    ];
    const reads = await Promise.all(Array.from({ length: 50 }, () => items.findOne(first)));
    expect(reads).toEqual(Array(50).fill({ ...first, n: 1 }));
    expect(answered).toEqual([]);
    await letGo();
    await Promise.all(writes);
    expect(await items.findOne(first)).toEqual({ ...first, n: 2 });
    expect(answered.sort()).toEqual(['insert', 'update']);
  });

  it('no read tells of what is not on disk: documents, counts, indexes, collections', async () => {
    const letGo = stopDisk();
    const others = client.db('test').collection('others');
    const writes = [
      items.insertMany([{ _id: 3 }, { _id: 4 }] as Document[]),
      items.createIndex({ n: 1 }),
      others.insertOne({}),
      items.deleteOne({ _id: 2 } as Document),
    ];
    expect(await items.countDocuments()).toBe(2);
    expect(await items.estimatedDocumentCount()).toBe(2);
    expect((await items.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id)).toEqual([1, 2]);
    expect((await items.indexes()).map(({ name }) => name)).toEqual(['_id_']);
    expect((await client.db('test').listCollections().toArray()).map(({ name }) => name)).toEqual(['items']);
    await letGo();
    await Promise.all(writes);
    expect(await items.estimatedDocumentCount()).toBe(3);
    expect((await items.indexes()).map(({ name }) => name)).toEqual(['_id_', 'n_1']);
    expect(await others.countDocuments()).toBe(1);
    await others.drop();
  });

  it('a find by an index that is going still finds', async () => {
    await items.createIndex({ n: 1 });
    const letGo = stopDisk();
    const going = items.dropIndex('n_1');
    expect(await items.find({ n: 1 }).hint('n_1').toArray()).toEqual([{ ...first, n: 1 }]);
    await letGo();
    await going;
    expect(await items.findOne({ n: 1 })).toEqual({ ...first, n: 1 });
  });

  it('writes to one document follow one another, each seeing the one before', async () => {
    const letGo = stopDisk();
    const writes = Array.from({ length: 20 }, () =>
      items.findOneAndUpdate(first, { $inc: { n: 1 } }, { returnDocument: 'after' }),
    );
    await items.findOne(first);
    await letGo();
    const seen = (await Promise.all(writes)).map((document) => document?.n);
    expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
  });

  it('of many inserts of one key exactly one succeeds', async () => {
    const letGo = stopDisk();
    const inserts = Promise.allSettled(Array.from({ length: 20 }, () => items.insertOne({ _id: 9 } as Document)));
    expect(await items.findOne({ _id: 9 } as Document)).toBeNull();
    await letGo();
    const outcomes = await inserts;
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 11000 });
    }
  });

  it('a stop waits for what is on its way', async () => {
    const dataDir = join(folder, 'stopping');
    const stopping = await startEmbeddedMongo({ dataDir });
    const other = await new MongoClient(stopping.uri).connect();
    const collection = other.db('test').collection('items');
    await collection.insertOne({ n: 1 });
    const letGo = stopDisk();
    const lost = collection.insertOne({ n: 2 }).catch(() => undefined);
    // The server answers in order, so that it has taken the insert by then.
    await collection.findOne();
    const stopped = stopping.close();
    await letGo();
    await stopped;
    await lost;
    await other.close();
    const again = await startEmbeddedMongo({ dataDir });
    const reader = await new MongoClient(again.uri).connect();
    expect(await reader.db('test').collection('items').countDocuments()).toBe(2);
    await reader.close();
    await again.close();
  });
});
