import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, type Db, type Document, Double, Long, MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'conformance-'));
let server: EmbeddedMongo;
let client: MongoClient;
let database: Db;
let items: Collection<Document>;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir });
  client = await new MongoClient(server.uri).connect();
  database = client.db('test');
  items = database.collection('items');
});

beforeEach(async () => {
  await database.dropDatabase();
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

const insert = (...documents: Document[]) => items.insertMany(documents);
const run = (command: Document) => database.command(command);
const one = (projection: Document, filter: Document = {}) => items.findOne(filter, { projection });

describe('a statement of the wrong shape fails the whole command', () => {
  it.each<[string, Document, number]>([
    ['an update without q', { updates: [{ u: {} }] }, 40414],
    ['an update without u', { updates: [{ q: {} }] }, 40414],
    ['a filter that is no document', { updates: [{ q: 'x', u: {} }] }, 14],
    ['multi that is no boolean', { updates: [{ q: {}, u: {}, multi: 1 }] }, 14],
    ['a field that is not known', { updates: [{ q: {}, u: {}, more: 1 }] }, 40415],
    ['ordered that is no boolean', { updates: [{ q: {}, u: {} }], ordered: 'no' }, 14],
  ])('%s', async (_, fields, code) => {
    await insert({ _id: 1, a: 1 });
    await expect(run({ update: 'items', ...fields })).rejects.toMatchObject({ code });
    expect(await items.findOne()).toEqual({ _id: 1, a: 1 });
  });

  it('as does a delete without a limit, or with one that is neither 0 nor 1', async () => {
    await expect(run({ delete: 'items', deletes: [{ q: {} }] })).rejects.toMatchObject({ code: 40414 });
    await expect(run({ delete: 'items', deletes: [{ q: {}, limit: 2 }] })).rejects.toMatchObject({ code: 9 });
  });

  it('bulkWrite writes nothing when one of its operations is malformed', async () => {
    const ops = [
      { insert: 0, document: { _id: 1 } },
      { update: 0, filter: {} },
    ];
    await expect(
      client.db('admin').command({ bulkWrite: 1, ops, nsInfo: [{ ns: 'test.items' }] }),
    ).rejects.toMatchObject({ code: 40414 });
    expect(await items.countDocuments()).toBe(0);
  });
});

describe('let', () => {
  it('holds expressions, which are evaluated once', async () => {
    await insert({ _id: 1, a: 3 });
    const found = items.aggregate(
      [{ $match: { $expr: { $eq: ['$a', '$$sum'] } } }, { $project: { _id: 0, text: '$$text' } }],
      { let: { sum: { $add: [1, 2] }, text: { $literal: '$a' } } },
    );
    expect(await found.toArray()).toEqual([{ text: '$a' }]);
    await items.updateOne({ a: 3 }, [{ $set: { a: '$$text' } }], { let: { text: { $literal: 'plain' } } });
    expect(await items.findOne()).toEqual({ _id: 1, a: 'plain' });
  });
});

describe('maxTimeMS', () => {
  it('ends a scan that takes longer, and the next command is not affected', async () => {
    await insert(...Array.from({ length: 5000 }, (_, i) => ({ i })));
    const slow = items.find({ $expr: { $eq: [{ $sum: { $range: [0, 2000] } }, -1] } });
    await expect(slow.maxTimeMS(1).toArray()).rejects.toMatchObject({ code: 50, codeName: 'MaxTimeMSExpired' });
    const update = { q: { $expr: { $eq: [{ $sum: { $range: [0, 2000] } }, -1] } }, u: { $set: { a: 1 } }, multi: true };
    await expect(run({ update: 'items', updates: [update], maxTimeMS: 1 })).rejects.toMatchObject({ code: 50 });
    expect(await items.find({ i: { $lt: 0 } }).toArray()).toEqual([]);
    await expect(run({ ping: 1, maxTimeMS: 'x' })).rejects.toMatchObject({ code: 14 });
  });
});

describe('updates', () => {
  it('an _id that is given in part is refused by an upsert', async () => {
    await expect(items.updateOne({ '_id.x': 1 }, { $set: { a: 1 } }, { upsert: true })).rejects.toMatchObject({
      code: 111,
    });
  });

  it('a field cannot be renamed into itself', async () => {
    await expect(items.updateOne({}, { $rename: { a: 'a.b' } })).rejects.toMatchObject({ code: 2 });
  });

  it('a pipeline sets and unsets fields in every item of an array', async () => {
    await insert({ _id: 1, a: [{ x: 1, y: 1 }, { x: 2 }, 3], b: { c: 1 } });
    await items.updateOne({}, [{ $set: { 'a.z': 9, b: { d: { $add: ['$b.c', 1] } } } }, { $unset: 'a.y' }]);
    expect(await items.findOne()).toEqual({
      _id: 1,
      a: [{ x: 1, z: 9 }, { x: 2, z: 9 }, { z: 9 }],
      b: { c: 1, d: 2 },
    });
    await items.updateOne({}, [{ $set: { a: '$nothing', b: '$$REMOVE', 'c.d': '$nothing' } }]);
    expect(await items.findOne()).toEqual({ _id: 1 });
    await expect(items.updateOne({}, [{ $nope: {} }] as Document[])).rejects.toMatchObject({ code: 40324 });
  });
});

describe('projections', () => {
  it('a slice keeps the place of its field and reaches into items', async () => {
    await insert({ _id: 1, a: [1, 2, 3], b: 1, c: [{ d: [1, 2] }, { d: [3, 4] }] });
    expect(Object.keys((await one({ b: 1, a: { $slice: [1, 1] } })) as Document)).toEqual(['_id', 'a', 'b']);
    expect(await one({ _id: 0, c: 1, 'c.d': { $slice: 1 } }).catch((error: Document) => error.code)).toBe(31249);
    expect(await one({ a: 0, b: 0, 'c.d': { $slice: 1 } })).toEqual({ _id: 1, c: [{ d: [1] }, { d: [3] }] });
  });

  it('a part of _id can be asked for, and what cannot be is refused', async () => {
    await insert({ _id: 1, a: [1], b: [1] });
    await expect(one({ 'a.$': 0 }, { a: 1 })).rejects.toMatchObject({ code: 31395 });
    await expect(one({ 'a.$': 1, 'b.$': 1 }, { a: 1 })).rejects.toMatchObject({ code: 31276 });
    await insert({ _id: { x: 1, y: 2 } });
    expect(await one({ '_id.x': 1 }, { '_id.y': 2 })).toEqual({ _id: { x: 1 } });
    await expect(one({ a: { $nope: 1 } })).rejects.toMatchObject({ code: 31325 });
  });
});

describe('indexes', () => {
  it('differing in unique, sparse or partial they stand side by side, under names of their own', async () => {
    await items.createIndex({ a: 1 });
    await expect(items.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 86 });
    await items.createIndex({ a: 1 }, { unique: true, name: 'unique' });
    await expect(items.createIndex({ a: 1 }, { unique: true, name: 'other' })).rejects.toMatchObject({ code: 85 });
    await expect(items.createIndex({ a: 1 }, { expireAfterSeconds: 5 })).rejects.toMatchObject({ code: 85 });
    await expect(run({ dropIndexes: 'items', index: { a: 1 } })).rejects.toMatchObject({ code: 181 });
  });

  it('the one on _id takes no options', async () => {
    await expect(items.createIndex({ _id: 1 }, { unique: true })).rejects.toMatchObject({ code: 197 });
    await items.createIndex({ _id: 1 });
    expect(await items.indexes()).toHaveLength(1);
  });

  it('a negative expiry is refused', async () => {
    await expect(items.createIndex({ a: 1 }, { expireAfterSeconds: -1 })).rejects.toMatchObject({ code: 67 });
  });

  it('a descending index finds the string that is all of a prefix', async () => {
    await insert({ _id: 1, a: 'ab' }, { _id: 2, a: 'abc' }, { _id: 3, a: 'b' });
    await items.createIndex({ a: -1 });
    const found = await items.find({ a: /^ab/ }).sort({ _id: 1 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual([1, 2]);
  });
});

describe('find', () => {
  it('a pattern may begin with its options, and an option that there is not is an error', async () => {
    await insert({ _id: 1, a: 'FOO' });
    expect(await items.countDocuments({ a: { $regex: '(?i)foo' } })).toBe(1);
    await expect(items.findOne({ a: { $regex: 'foo', $options: 'q' } })).rejects.toMatchObject({ code: 51108 });
  });

  it.each<[string, Document, number]>([
    ['a tailable cursor', { tailable: true }, 2],
    ['a natural order that is none', { hint: { $natural: 2 } }, 2],
    ['a sort by a field without a name', { sort: { '': 1 } }, 40352],
    ['a negative size', { filter: { a: { $size: -1 } } }, 9],
  ])('refuses %s', async (_, fields, code) => {
    await insert({ _id: 1 });
    await expect(run({ find: 'items', ...fields })).rejects.toMatchObject({ code });
  });
});

describe('aggregate', () => {
  it('null and missing are one group', async () => {
    await insert({ a: null }, {}, { a: 1 });
    const groups = await items.aggregate([{ $group: { _id: '$a', n: { $sum: 1 } } }, { $sort: { _id: 1 } }]).toArray();
    expect(groups).toEqual([
      { _id: null, n: 2 },
      { _id: 1, n: 1 },
    ]);
  });

  it('a lookup joins numbers of all types, items of arrays, and null with missing', async () => {
    await insert({ _id: 1, k: 1 }, { _id: 2, k: new Double(2) }, { _id: 3 }, { _id: 4, k: [9, 1] });
    const join = { from: 'items', localField: 'v', foreignField: 'k', as: 'found' };
    const joined = database.aggregate([
      { $documents: [{ v: [1, new Long(2)] }, { v: new Long(1) }, {}] },
      { $lookup: join },
      { $project: { ids: '$found._id' } },
    ]);
    expect(await joined.toArray()).toEqual([{ ids: [1, 2, 4] }, { ids: [1, 4] }, { ids: [3] }]);
    const { as: _, ...withoutAs } = join;
    await expect(items.aggregate([{ $lookup: withoutAs }]).toArray()).rejects.toMatchObject({ code: 9 });
  });

  it('a lookup runs its pipeline on what it joined, with variables of the document', async () => {
    await insert({ _id: 1, k: 1, n: 5 }, { _id: 2, k: 1, n: 9 });
    const found = database.aggregate([
      { $documents: [{ v: 1, least: 6 }] },
      {
        $lookup: {
          from: 'items',
          localField: 'v',
          foreignField: 'k',
          let: { least: '$least' },
          pipeline: [{ $match: { $expr: { $gt: ['$n', '$$least'] } } }, { $project: { _id: 1 } }],
          as: 'found',
        },
      },
    ]);
    expect(await found.toArray()).toEqual([{ v: 1, least: 6, found: [{ _id: 2 }] }]);
  });

  it('round and trunc take a place or none', async () => {
    const [result] = await database
      .aggregate([
        { $documents: [{ n: 2.567 }] },
        {
          $project: { a: { $round: ['$n', 1] }, b: { $trunc: '$n' }, c: { $round: [2.5] }, d: { $trunc: [1234, -2] } },
        },
      ])
      .toArray();
    expect(result).toEqual({ a: 2.6, b: 2, c: 2, d: 1200 });
  });

  it('sets and arrays hold numbers of several types as one', async () => {
    const [result] = await database
      .aggregate([
        { $documents: [{ a: [1, new Long(2), new Double(3)] }] },
        {
          $project: {
            index: { $indexOfArray: ['$a', 2] },
            equal: { $setEquals: ['$a', [3, 2, 1]] },
            difference: { $setDifference: ['$a', [2, 3]] },
            sorted: { $sortArray: { input: '$a', sortBy: -1 } },
            any: { $anyElementTrue: [[new Long(0), false]] },
          },
        },
      ])
      .toArray();
    expect(result).toEqual({ index: 1, equal: true, difference: [1], sorted: [3, 2, 1], any: false });
    await insert({ v: 1 }, { v: new Long(1) }, {});
    const [group] = await items
      .aggregate([{ $group: { _id: null, set: { $addToSet: '$v' }, all: { $push: '$v' }, s: { $stdDevPop: '$v' } } }])
      .toArray();
    expect(group).toEqual({ _id: null, set: [1], all: [1, 1], s: 0 });
  });

  it('an operand that no document could serve is refused before any is read', async () => {
    const run = (stage: Document) => items.aggregate([stage]).toArray();
    await expect(run({ $match: 1 })).rejects.toMatchObject({ code: 15959 });
    await expect(run({ $sort: {} })).rejects.toMatchObject({ code: 15976 });
    await expect(run({ $unwind: 'a' })).rejects.toMatchObject({ code: 28818 });
    await expect(run({ $group: { _id: null, a: { $nope: 1 } } })).rejects.toMatchObject({ code: 15952 });
  });

  it('a limit is a positive number wherever it stands', async () => {
    const withLimit = (limit: unknown) =>
      items.aggregate([{ $unwind: '$a' }, { $limit: limit }] as Document[]).toArray();
    await expect(withLimit(-1)).rejects.toMatchObject({ code: 5107201 });
    await expect(withLimit('x')).rejects.toMatchObject({ code: 5107201 });
    await expect(withLimit(0)).rejects.toMatchObject({ code: 15958 });
  });

  it('explain: true explains and runs nothing', async () => {
    await insert({ a: 1 });
    const plan = await run({ aggregate: 'items', pipeline: [{ $match: { a: 1 } }], cursor: {}, explain: true });
    expect(plan.queryPlanner.winningPlan.stage).toBe('COLLSCAN');
  });

  it('a merge that must find nothing says which key it found', async () => {
    await insert({ _id: 2 });
    const merge = database.aggregate([
      { $documents: [{ _id: 2, x: 1 }] },
      { $merge: { into: 'items', whenMatched: 'fail' } },
    ]);
    await expect(merge.toArray()).rejects.toMatchObject({
      code: 11000,
      errorResponse: { keyPattern: { _id: 1 }, keyValue: { _id: 2 } },
    });
  });

  it('scripts and stages that are not here are refused', async () => {
    const script = { $function: { body: 'f', args: [], lang: 'js' } };
    await expect(items.aggregate([{ $facet: { x: [{ $project: { a: script } }] } }]).toArray()).rejects.toMatchObject({
      code: 168,
    });
    await expect(items.aggregate([{ $setWindowFields: { output: {} } }]).toArray()).rejects.toMatchObject({
      code: 238,
    });
  });
});
