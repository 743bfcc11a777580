import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, Decimal128, type Document, Double, Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'update-'));
let server: EmbeddedMongo;
let client: MongoClient;
let items: Collection<Document>;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir, now: () => 1_700_000_000_000 });
  client = await new MongoClient(server.uri).connect();
  items = client.db('test').collection('items');
});

beforeEach(async () => {
  await items.deleteMany({});
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

/** The document after an update of it. */
async function changed(
  document: Document,
  update: Document | Document[],
  filter: Document = {},
  options: Document = {},
): Promise<Document> {
  await items.deleteMany({});
  await items.insertOne({ _id: 1, ...document } as Document);
  await items.updateOne({ _id: 1, ...filter } as Document, update, options);
  const { _id, ...rest } = (await items.findOne()) as Document;
  return rest;
}

function refused(document: Document, update: Document | Document[], filter: Document = {}, options: Document = {}) {
  return expect(changed(document, update, filter, options)).rejects;
}

describe('operators on fields', () => {
  it('$set, $unset, $rename, $min, $max, $currentDate and $bit change the fields they name', async () => {
    expect(await changed({ a: 1 }, { $set: { 'b.c': 2, 'd.0': 1 } })).toEqual({ a: 1, b: { c: 2 }, d: { 0: 1 } });
    expect(await changed({ a: 1, l: [1, 2, 3] }, { $unset: { a: '', 'l.1': '', no: '' } })).toEqual({
      l: [1, null, 3],
    });
    expect(await changed({ a: 1, b: 2 }, { $rename: { a: 'c.d', no: 'e' } })).toEqual({ b: 2, c: { d: 1 } });
    expect(await changed({ a: 5, b: 5 }, { $min: { a: 3, b: 7, c: 1 }, $max: { d: 2 } })).toEqual({
      a: 3,
      b: 5,
      c: 1,
      d: 2,
    });
    expect(await changed({}, { $currentDate: { at: true } })).toEqual({ at: new Date(1_700_000_000_000) });
    expect(await changed({ a: 12 }, { $bit: { a: { and: 10, or: 1 } } })).toEqual({ a: 9 });
    expect(await changed({ l: [1] }, { $set: { 'l.3': 4 } })).toEqual({ l: [1, null, null, 4] });
  });

  it('numbers keep, widen and mix their types', async () => {
    const typed = async (start: unknown, operator: string, by: unknown) => {
      await changed({ n: start }, { [operator]: { n: by } });
      const { n } = (await items.findOne({}, { promoteValues: false })) as Document;
      return [n._bsontype ?? typeof n, n.toString()];
    };
    expect(await typed(1, '$inc', 2)).toEqual(['Int32', '3']);
    expect(await typed(2147483647, '$inc', 1)).toEqual(['Long', '2147483648']);
    expect(await typed(1, '$inc', 0.5)).toEqual(['Double', '1.5']);
    expect(await typed(1.5, '$inc', 0.5)).toEqual(['Double', '2']);
    expect(await typed(Long.fromNumber(5), '$mul', 2)).toEqual(['Long', '10']);
    expect(await typed(Decimal128.fromString('0.1'), '$inc', Decimal128.fromString('0.2'))).toEqual([
      'Decimal128',
      '0.3',
    ]);
    expect(await typed(3, '$mul', Decimal128.fromString('1.10'))).toEqual(['Decimal128', '3.30']);
    expect(await typed(new Double(3), '$mul', 2)).toEqual(['Double', '6']);
    expect(await changed({}, { $mul: { n: 5 } })).toEqual({ n: 0 });
    await refused({ n: Long.MAX_VALUE }, { $inc: { n: 1 } }).toMatchObject({ code: 2 });
    await refused({ n: 'x' }, { $inc: { n: 1 } }).toMatchObject({ code: 14 });
    await refused({ n: 1 }, { $inc: { n: 'x' } }).toMatchObject({ code: 14 });
    await refused({ n: null }, { $mul: { n: 2 } }).toMatchObject({ code: 14 });
  });

  it('what cannot be done fails the whole update', async () => {
    await refused({ a: 1 }, { $set: { b: 1, 'a.b': 2 } }).toMatchObject({ code: 28 });
    expect(await items.findOne()).toEqual({ _id: 1, a: 1 });
    await refused({ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }).toMatchObject({ code: 40 });
    await refused({ a: 1 }, { $set: { a: {}, 'a.b': 1 } }).toMatchObject({ code: 40 });
    await refused({ a: 1 }, { $set: { _id: 2 } }).toMatchObject({ code: 66 });
    await refused({ a: 1 }, { $nope: { a: 1 } }).toMatchObject({ code: 9, message: expect.stringContaining('$nope') });
    await refused({ a: 1 }, { $set: { '': 1 } }).toMatchObject({ code: 56 });
    await refused({ a: 1 }, { $set: 5 }).toMatchObject({ code: 9 });
    await refused({ a: [1] }, { $set: { 'a.x': 1 } }).toMatchObject({ code: 28 });
    await refused({ a: 1 }, { $rename: { a: 'a' } }).toMatchObject({ code: 2 });
    expect(await changed({ a: 1 }, { $set: { _id: 1, b: 1 } })).toEqual({ a: 1, b: 1 });
  });

  it('modifiedCount says whether anything changed', async () => {
    await items.insertOne({ _id: 1, a: 1, l: [1] } as Document);
    const updates: Document[] = [
      { $set: { a: 1 } },
      { $unset: { no: '' } },
      { $addToSet: { l: 1 } },
      { $max: { a: 0 } },
      { $inc: { a: 0 } },
      { $pull: { l: 9 } },
    ];
    for (const update of updates) {
      expect(await items.updateOne({}, update), JSON.stringify(update)).toMatchObject({
        matchedCount: 1,
        modifiedCount: 0,
      });
    }
    expect(await items.updateOne({}, { $set: { a: new Double(1) } })).toMatchObject({ modifiedCount: 1 });
    expect(await items.replaceOne({}, { a: new Double(1), l: [1] })).toMatchObject({
      matchedCount: 1,
      modifiedCount: 0,
    });
  });
});

describe('operators on arrays', () => {
  it('$push with all its clauses, $addToSet, $pop, $pull and $pullAll change the arrays they name', async () => {
    expect(await changed({}, { $push: { l: 1 } })).toEqual({ l: [1] });
    expect(await changed({ l: [1] }, { $push: { l: { $each: [2, 3], $position: 0 } } })).toEqual({ l: [2, 3, 1] });
    expect(await changed({ l: [3, 1] }, { $push: { l: { $each: [2], $sort: 1, $slice: -2 } } })).toEqual({ l: [2, 3] });
    expect(
      await changed({ l: [{ a: 2 }, { a: 3 }] }, { $push: { l: { $each: [{ a: 1 }], $sort: { a: -1 }, $slice: 2 } } }),
    ).toEqual({ l: [{ a: 3 }, { a: 2 }] });
    expect(await changed({ l: [1] }, { $addToSet: { l: { $each: [1, 2, 2] } } })).toEqual({ l: [1, 2] });
    expect(await changed({ l: [1, 2, 3] }, { $pop: { l: -1 } })).toEqual({ l: [2, 3] });
    expect(await changed({ l: [1, 5, 9] }, { $pull: { l: { $gte: 5 } } })).toEqual({ l: [1] });
    expect(
      await changed(
        {
          l: [
            { a: 1, b: 1 },
            { a: 1, b: 2 },
          ],
        },
        { $pull: { l: { a: 1, b: { $gt: 1 } } } },
      ),
    ).toEqual({ l: [{ a: 1, b: 1 }] });
    expect(await changed({ l: [1, 2, 1] }, { $pullAll: { l: [1] } })).toEqual({ l: [2] });
    await refused({ l: 1 }, { $push: { l: 1 } }).toMatchObject({ code: 2 });
    await refused({ l: 1 }, { $addToSet: { l: 1 } }).toMatchObject({ code: 2 });
    await refused({ l: 1 }, { $pull: { l: 1 } }).toMatchObject({ code: 2 });
    await refused({ l: 1 }, { $pop: { l: 1 } }).toMatchObject({ code: 14 });
    await refused({ l: [] }, { $pop: { l: 2 } }).toMatchObject({ code: 9 });
    await refused({ l: [] }, { $push: { l: { $each: 1 } } }).toMatchObject({ code: 2 });
  });

  it('$, $[] and $[name] stand for items', async () => {
    const list = {
      s: [
        { id: 1, n: 1, m: 1 },
        { id: 2, n: 2, m: 2 },
      ],
    };
    expect(await changed(list, { $set: { 's.$.n': 9 } }, { 's.id': 2 })).toEqual({
      s: [
        { id: 1, n: 1, m: 1 },
        { id: 2, n: 9, m: 2 },
      ],
    });
    expect(await changed(list, { $set: { 's.$.n': 9 } }, { s: { $elemMatch: { id: 2, n: 2 } } })).toEqual({
      s: [
        { id: 1, n: 1, m: 1 },
        { id: 2, n: 9, m: 2 },
      ],
    });
    expect(await changed(list, { $inc: { 's.$[].n': 1 } })).toEqual({
      s: [
        { id: 1, n: 2, m: 1 },
        { id: 2, n: 3, m: 2 },
      ],
    });
    // Two fields of one item in one update.
    expect(
      await changed(list, { $set: { 's.$[x].n': 7 }, $inc: { 's.$[x].m': 1 } }, {}, { arrayFilters: [{ 'x.id': 2 }] }),
    ).toEqual({
      s: [
        { id: 1, n: 1, m: 1 },
        { id: 2, n: 7, m: 3 },
      ],
    });
    expect(
      await changed({ l: [1, 2, 3] }, { $set: { 'l.$[big]': 0 } }, {}, { arrayFilters: [{ big: { $gte: 2 } }] }),
    ).toEqual({ l: [1, 0, 0] });
    await refused(list, { $set: { 's.$.n': 9 } }).toMatchObject({ code: 2 });
    await refused(list, { $set: { 's.$[x].n': 9 } }).toMatchObject({ code: 2 });
    await refused(list, { $set: { 'a.b': 9 } }, {}, { arrayFilters: [{ 'x.id': 2 }] }).toMatchObject({ code: 9 });
    await refused({ s: 1 }, { $set: { 's.$[].n': 9 } }).toMatchObject({ code: 2 });
  });
});

describe('replacements, upserts and pipelines', () => {
  it('a replacement keeps the _id', async () => {
    await items.insertOne({ _id: 1, a: 1 } as Document);
    await items.replaceOne({ a: 1 }, { b: 1 });
    expect(await items.findOne()).toEqual({ _id: 1, b: 1 });
    await expect(items.replaceOne({}, { _id: 2, b: 1 } as Document)).rejects.toMatchObject({ code: 66 });
    await expect(
      client.db('test').command({ update: 'items', updates: [{ q: {}, u: { a: 1 }, multi: true }] }),
    ).resolves.toMatchObject({ writeErrors: [{ code: 9 }] });
  });

  it('an upsert takes the equalities of the filter, and $setOnInsert', async () => {
    const upsert = async (filter: Document, update: Document) => {
      await items.deleteMany({});
      const { upsertedId } = await items.updateOne(filter, update, { upsert: true });
      const found = (await items.findOne()) as Document;
      expect(found._id).toEqual(upsertedId);
      return found;
    };
    expect(
      await upsert(
        { _id: 5, 'a.b': 1, c: { $gt: 1 }, $and: [{ d: { $eq: 2 } }] },
        { $setOnInsert: { e: 3 }, $inc: { n: 1 } },
      ),
    ).toEqual({ _id: 5, a: { b: 1 }, d: 2, e: 3, n: 1 });
    expect(await upsert({ a: 1 }, { $set: { a: 2 } })).toMatchObject({ a: 2 });
    await items.updateOne({ a: 2 }, { $setOnInsert: { e: 9 }, $inc: { n: 1 } }, { upsert: true });
    expect(await items.findOne()).toMatchObject({ a: 2, n: 1 });
    expect(await items.findOne()).not.toHaveProperty('e');
    await expect(
      items.updateOne({ x: 1, $and: [{ x: 2 }] }, { $set: { y: 1 } }, { upsert: true }),
    ).rejects.toMatchObject({ code: 54 });
    expect(await items.replaceOne({ _id: 8 } as Document, { z: 1 }, { upsert: true })).toMatchObject({ upsertedId: 8 });
  });

  it('of parallel upserts on a unique key one inserts', async () => {
    await items.createIndex({ key: 1 }, { unique: true });
    const results = await Promise.all(
      Array.from({ length: 20 }, () => items.updateOne({ key: 'k' }, { $inc: { n: 1 } }, { upsert: true })),
    );
    expect(results.filter((result) => result.upsertedCount === 1)).toHaveLength(1);
    expect(await items.findOne()).toMatchObject({ key: 'k', n: 20 });
    await items.dropIndexes();
  });

  it('a pipeline computes from the document', async () => {
    expect(await changed({ a: 1, b: 2 }, [{ $set: { c: { $add: ['$a', '$b'] } } }, { $unset: 'a' }])).toEqual({
      b: 2,
      c: 3,
    });
    expect(await changed({ a: { x: 1 } }, [{ $replaceWith: { $mergeObjects: ['$a', { y: 2 }] } }])).toEqual({
      x: 1,
      y: 2,
    });
    await refused({ a: 1 }, [{ $match: {} }]).toMatchObject({ code: 72 });
    await refused({ a: 1 }, [{ $set: { _id: 2 } }]).toMatchObject({ code: 66 });
  });

  it('multi changes each document once, even where the index moves', async () => {
    await items.createIndex({ n: 1 });
    await items.insertMany(Array.from({ length: 50 }, (_, i) => ({ n: i })));
    expect(await items.updateMany({ n: { $gte: 0 } }, { $inc: { n: 100 } })).toMatchObject({
      matchedCount: 50,
      modifiedCount: 50,
    });
    expect((await items.find().sort({ n: 1 }).toArray()).map((item) => item.n)).toEqual(
      Array.from({ length: 50 }, (_, i) => 100 + i),
    );
    await items.dropIndexes();
  });
});
