import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { EmbeddedMongo } from '../src/server.ts';

// Other files of this worker may have loaded what is to be seen unloaded.
vi.resetModules();
const { LibraryNeeded, library } = await import('../src/language/library.ts');
const { startEmbeddedMongo } = await import('../src/server.ts');

const dataDir = mkdtempSync(join(tmpdir(), 'library-'));
let server: EmbeddedMongo;
let client: MongoClient;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir });
  client = await new MongoClient(server.uri).connect();
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

describe('the library of expressions', () => {
  it('stays unloaded while documents are found and changed by operators, and is loaded by who needs it', async () => {
    const items = client.db('test').collection<Document>('items');
    await items.createIndex({ key: 1 }, { unique: true, sparse: true });
    await items.insertMany([{ _id: 1, key: 'a', list: [1, 2, 3] } as Document, { _id: 2, key: 'b' } as Document]);
    await items.findOneAndUpdate({ key: 'a' }, { $set: { n: 1 }, $push: { list: 4 } } as Document, { upsert: true });
    await items.updateMany({ $or: [{ n: { $gt: 5 } }, { list: { $elemMatch: { $lt: 3 } } }] }, { $inc: { n: 1 } });
    await items.find({ list: { $in: [3] } }, { projection: { list: { $slice: 1 } }, sort: { n: -1 } }).toArray();
    await items.deleteOne({ _id: 2 } as Document);
    expect(() => library()).toThrow(LibraryNeeded);

    // The insert before it, and the writes beside it, happen once though the transaction is run again.
    await Promise.all([
      items.bulkWrite([
        { updateOne: { filter: { _id: 1 } as Document, update: { $inc: { n: 1 } } } },
        { updateOne: { filter: { _id: 1 } as Document, update: [{ $set: { double: { $multiply: ['$n', 2] } } }] } },
      ]),
      items.updateOne({ _id: 1 } as Document, { $inc: { beside: 1 } }),
    ]);
    expect(await items.findOne({ _id: 1 } as Document)).toMatchObject({ n: 3, double: 6, beside: 1 });
    expect(() => library()).not.toThrow();
  });
});
