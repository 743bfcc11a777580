import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, Decimal128, type Document, Double, Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'aggregation-'));
let server: EmbeddedMongo;
let client: MongoClient;
let items: Collection<Document>;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir });
  client = await new MongoClient(server.uri).connect();
  items = client.db('shop').collection('items');
});

beforeEach(async () => {
  await items.deleteMany({});
  await items.insertMany([
    { _id: 1, kind: 'a', price: 10, tags: ['x', 'y'], size: { w: 1, h: 2 } },
    { _id: 2, kind: 'b', price: new Double(20), tags: ['y'], size: { w: 3, h: 4 } },
    { _id: 3, kind: 'a', price: Long.fromNumber(30), tags: [] },
    { _id: 4, kind: 'c', price: 2.5 },
  ] as Document[]);
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

const run = (...stages: Document[]) => items.aggregate(stages).toArray();
const raw = (...stages: Document[]) => items.aggregate(stages, { promoteValues: false }).toArray();

describe('groups', () => {
  it('adds numbers of all types', async () => {
    expect(
      await run({ $group: { _id: '$kind', total: { $sum: '$price' }, n: { $sum: 1 } } }, { $sort: { _id: 1 } }),
    ).toEqual([
      { _id: 'a', total: 40, n: 2 },
      { _id: 'b', total: 20, n: 1 },
      { _id: 'c', total: 2.5, n: 1 },
    ]);
  });

  it('averages, finds extremes, takes the first and last, pushes and makes sets', async () => {
    const [all] = await run(
      { $sort: { _id: 1 } },
      {
        $group: {
          _id: null,
          avg: { $avg: '$price' },
          min: { $min: '$price' },
          max: { $max: '$price' },
          first: { $first: '$kind' },
          last: { $last: '$kind' },
          kinds: { $addToSet: '$kind' },
          ids: { $push: '$_id' },
        },
      },
    );
    expect(all).toMatchObject({ avg: 15.625, min: 2.5, max: 30, first: 'a', last: 'c', ids: [1, 2, 3, 4] });
    expect(all?.kinds.sort()).toEqual(['a', 'b', 'c']);
  });

  it('one number of several types is one group', async () => {
    await items.deleteMany({});
    await items.insertMany([
      { v: 5 },
      { v: new Double(5) },
      { v: Long.fromNumber(5) },
      { v: Decimal128.fromString('5.0') },
    ]);
    expect(await run({ $group: { _id: '$v', n: { $sum: 1 } } })).toMatchObject([{ n: 4 }]);
  });

  it('counts documents without a match', async () => {
    expect(await items.countDocuments({ kind: 'none' })).toBe(0);
    expect(await items.countDocuments({ kind: 'a' })).toBe(2);
    expect(await run({ $match: { kind: 'a' } }, { $count: 'n' })).toEqual([{ n: 2 }]);
  });
});

describe('expressions', () => {
  it('keep number types as MongoDB does', async () => {
    const [result] = await raw(
      { $match: { _id: 1 } },
      {
        $project: {
          _id: 0,
          int: { $add: ['$price', 1] },
          long: { $add: [Long.fromNumber(1), 1] },
          wide: { $add: [2147483647, 1] },
          double: { $divide: [10, 2] },
          decimal: { $multiply: [Decimal128.fromString('1.10'), 3] },
          type: { $type: '$price' },
        },
      },
    );
    expect(result).toMatchObject({ int: { value: 11 }, double: { value: 5 }, type: 'int' });
    expect(result?.int._bsontype).toBe('Int32');
    expect(result?.double._bsontype).toBe('Double');
    expect(String(result?.long)).toBe('2');
    expect(result?.long._bsontype).toBe('Long');
    expect(String(result?.wide)).toBe('2147483648');
    expect(String(result?.decimal)).toBe('3.30');
  });

  it('decide, compare and work on strings as MongoDB does', async () => {
    expect(
      await run(
        { $match: { $expr: { $gt: ['$price', 5] } } },
        { $sort: { _id: 1 } },
        {
          $project: {
            _id: 1,
            big: { $cond: [{ $gte: ['$price', 20] }, 'yes', 'no'] },
            k: { $toUpper: '$kind' },
            w: { $ifNull: ['$size.w', 0] },
          },
        },
      ),
    ).toEqual([
      { _id: 1, big: 'no', k: 'A', w: 1 },
      { _id: 2, big: 'yes', k: 'B', w: 3 },
      { _id: 3, big: 'yes', k: 'A', w: 0 },
    ]);
  });

  it('an unknown operator or stage is an error that names it', async () => {
    await expect(run({ $project: { x: { $nope: 1 } } })).rejects.toMatchObject({
      code: 31325,
      message: expect.stringContaining('$nope'),
    });
    await expect(run({ $nope: {} })).rejects.toMatchObject({ code: 40324, message: expect.stringContaining('$nope') });
    await expect(run({ $match: { $expr: { $function: { body: 'f', args: [], lang: 'js' } } } })).rejects.toMatchObject({
      code: 168,
    });
  });

  it('let gives names to values', async () => {
    const found = await items
      .aggregate([{ $match: { $expr: { $eq: ['$kind', '$$wanted'] } } }], { let: { wanted: 'b' } })
      .toArray();
    expect(found.map((item) => item._id)).toEqual([2]);
  });
});

describe('stages', () => {
  it('unwind, facet, bucket, sample, replaceRoot, addFields and unset do as in MongoDB', async () => {
    expect(await run({ $unwind: '$tags' }, { $project: { tags: 1 } }, { $sort: { _id: 1, tags: 1 } })).toEqual([
      { _id: 1, tags: 'x' },
      { _id: 1, tags: 'y' },
      { _id: 2, tags: 'y' },
    ]);
    expect(
      await run({
        $facet: { n: [{ $count: 'c' }], first: [{ $sort: { _id: 1 } }, { $limit: 1 }, { $project: { kind: 1 } }] },
      }),
    ).toEqual([{ n: [{ c: 4 }], first: [{ _id: 1, kind: 'a' }] }]);
    expect(
      await run(
        { $match: { _id: 2 } },
        { $replaceRoot: { newRoot: '$size' } },
        { $addFields: { area: { $multiply: ['$w', '$h'] } } },
        { $unset: 'h' },
      ),
    ).toEqual([{ w: 3, area: 12 }]);
    expect(await run({ $sample: { size: 2 } })).toHaveLength(2);
    expect(await run({ $sortByCount: '$kind' }, { $limit: 1 })).toEqual([{ _id: 'a', count: 2 }]);
  });

  it('lookup and unionWith read other collections', async () => {
    const kinds = client.db('shop').collection<Document>('kinds');
    await kinds.deleteMany({});
    await kinds.insertMany([
      { _id: 'a', label: 'first' },
      { _id: 'b', label: 'second' },
    ] as Document[]);
    expect(
      await run(
        { $match: { _id: 1 } },
        { $lookup: { from: 'kinds', localField: 'kind', foreignField: '_id', as: 'k' } },
        { $project: { k: 1 } },
      ),
    ).toEqual([{ _id: 1, k: [{ _id: 'a', label: 'first' }] }]);
    expect(
      await run(
        { $match: { _id: 2 } },
        {
          $lookup: {
            from: 'kinds',
            let: { kind: '$kind' },
            pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$kind'] } } }],
            as: 'k',
          },
        },
        { $project: { k: 1 } },
      ),
    ).toEqual([{ _id: 2, k: [{ _id: 'b', label: 'second' }] }]);
    expect(await run({ $match: { _id: 4 } }, { $project: { kind: 1 } }, { $unionWith: 'kinds' })).toHaveLength(3);
  });

  it('out replaces a collection and merge adds to one', async () => {
    const target = client.db('shop').collection<Document>('target');
    await run({ $match: { kind: 'a' } }, { $out: 'target' });
    expect(await target.countDocuments({})).toBe(2);
    await run(
      { $match: { _id: { $in: [1, 2] } } },
      { $project: { extra: { $literal: 1 } } },
      { $merge: { into: 'target' } },
    );
    expect(
      await target
        .find({}, { projection: { extra: 1, kind: 1 } })
        .sort({ _id: 1 })
        .toArray(),
    ).toEqual([
      { _id: 1, kind: 'a', extra: 1 },
      { _id: 2, extra: 1 },
      { _id: 3, kind: 'a' },
    ]);
    await expect(run({ $out: 'target' }, { $match: {} })).rejects.toMatchObject({ code: 40601 });
  });

  it('a leading match and sort use an index', async () => {
    await items.createIndex({ kind: 1, price: -1 });
    const explained = await items
      .aggregate([{ $match: { kind: 'a' } }, { $sort: { price: -1 } }, { $limit: 1 }])
      .explain('queryPlanner');
    expect(JSON.stringify(explained)).toContain('IXSCAN');
    expect(JSON.stringify(explained)).not.toContain('SORT');
    expect(
      await run({ $match: { kind: 'a' } }, { $sort: { price: -1 } }, { $limit: 1 }, { $project: { _id: 1 } }),
    ).toEqual([{ _id: 3 }]);
  });

  it('batches come one by one', async () => {
    await items.insertMany(Array.from({ length: 300 }, (_, i) => ({ i })));
    expect(await items.aggregate([{ $match: {} }], { batchSize: 7 }).toArray()).toHaveLength(304);
  });
});
