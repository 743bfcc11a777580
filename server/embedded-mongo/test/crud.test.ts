import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Binary,
  type Collection,
  type Db,
  Decimal128,
  type Document,
  Double,
  Long,
  MongoBulkWriteError,
  MongoClient,
  ObjectId,
  Timestamp,
  UUID,
} from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'crud-'));
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
const ids = async (filter: Document) => (await items.find(filter).sort({ _id: 1 }).toArray()).map((item) => item._id);

describe('insert', () => {
  it('keeps order, makes an _id and puts it first', async () => {
    await items.insertMany([{ _id: 'b' }, { _id: 'a' }] as Document[]);
    expect(await items.find().toArray()).toEqual([{ _id: 'b' }, { _id: 'a' }]);
    await database.command({ insert: 'items', documents: [{ x: 1, _id: 5 }, { y: 1 }] });
    const [five, made] = await items.find({ _id: { $nin: ['a', 'b'] } } as Document).toArray();
    expect(Object.keys(five as Document)).toEqual(['_id', 'x']);
    expect(made?._id).toBeInstanceOf(ObjectId);
  });

  it('an ordered batch ends at the first duplicate, an unordered one goes on', async () => {
    const documents = [{ _id: 1 }, { _id: 1 }, { _id: 2 }] as Document[];
    const ordered = await items.insertMany(documents).catch((error: unknown) => error);
    expect(ordered).toBeInstanceOf(MongoBulkWriteError);
    expect(ordered).toMatchObject({ code: 11000, insertedCount: 1, writeErrors: [{ index: 1, code: 11000 }] });
    expect(await items.countDocuments()).toBe(1);
    await expect(items.insertMany(documents, { ordered: false })).rejects.toMatchObject({ insertedCount: 1 });
    expect(await ids({})).toEqual([1, 2]);
  });

  it('every type comes back as it went in', async () => {
    const document = {
      _id: new ObjectId(),
      int: 1,
      double: 1.5,
      whole: new Double(3),
      long: Long.fromString('9007199254740993'),
      decimal: Decimal128.fromString('1.10'),
      date: new Date(1234567890123),
      binary: new Binary(Buffer.from([1, 2, 3]), 5),
      uuid: new UUID(),
      regex: /ab+c/i,
      timestamp: new Timestamp({ t: 5, i: 6 }),
      nothing: null,
      list: [1, [2, { a: 3 }], []],
      nested: { a: { b: {} } },
      text: 'naïve 😀 \u0000 text',
      __proto__key: 1,
    };
    await insert(document);
    const found = await items.findOne({}, { promoteValues: false });
    expect(found?.whole._bsontype).toBe('Double');
    expect(String(found?.long)).toBe('9007199254740993');
    await items.updateOne({}, { $set: { touched: 1 } });
    const after = await items.findOne({}, { promoteValues: false, projection: { touched: 0 } });
    expect(after).toEqual(found);
  });

  it('an _id that cannot be one is refused', async () => {
    await expect(database.command({ insert: 'items', documents: [{ _id: [1] }] })).resolves.toMatchObject({
      writeErrors: [{ code: 53 }],
    });
    await expect(database.command({ insert: 'items', documents: [{ _id: { $a: 1 } }] })).resolves.toMatchObject({
      writeErrors: [{ code: 52 }],
    });
    await expect(database.command({ insert: 'items', documents: [] })).rejects.toMatchObject({ code: 16 });
  });
});

describe('find', () => {
  it('null matches what is missing, numbers match across types, arrays by item and as a whole', async () => {
    await insert(
      { _id: 1, a: null },
      { _id: 2 },
      { _id: 3, a: [1, 2] },
      { _id: 4, a: new Double(1) },
      { _id: 5, a: Long.fromNumber(1) },
      { _id: 6, a: [] },
    );
    expect(await ids({ a: null })).toEqual([1, 2]);
    expect(await ids({ a: { $exists: false } })).toEqual([2]);
    expect(await ids({ a: { $type: 10 } })).toEqual([1]);
    expect(await ids({ a: 1 })).toEqual([3, 4, 5]);
    expect(await ids({ a: [1, 2] })).toEqual([3]);
    expect(await ids({ a: { $size: 0 } })).toEqual([6]);
    expect(await ids({ a: { $ne: 1 } })).toEqual([1, 2, 6]);
    expect(await ids({ a: { $in: [null, 2] } })).toEqual([1, 2, 3]);
    expect(await ids({ a: { $not: { $gt: 1 } } })).toEqual([1, 2, 4, 5, 6]);
    expect(await ids({ a: { $type: 'number' } })).toEqual([3, 4, 5]);
  });

  it('regular expressions, $mod, $all, bits and $expr match, and $comment does not matter', async () => {
    await insert({ _id: 1, t: 'Hello', n: 6, l: [1, 2, 3] }, { _id: 2, t: 'help\nHello', n: 7, l: [2] });
    expect(await ids({ t: /^hel/i })).toEqual([1, 2]);
    expect(await ids({ t: { $regex: '^hello$', $options: 'im' } })).toEqual([1, 2]);
    expect(await ids({ t: { $in: [/^Hel/] } })).toEqual([1]);
    expect(await ids({ t: { $not: /^Hel/ } })).toEqual([2]);
    expect(await ids({ n: { $mod: [3, 0] } })).toEqual([1]);
    expect(await ids({ l: { $all: [2, 3] } })).toEqual([1]);
    expect(await ids({ n: { $bitsAllSet: 3 } })).toEqual([2]);
    expect(await ids({ $expr: { $gt: [{ $size: '$l' }, 1] }, $comment: 'why' })).toEqual([1]);
  });

  it('$elemMatch asks one item for everything', async () => {
    await insert(
      {
        _id: 1,
        s: [
          { a: 1, b: 1 },
          { a: 2, b: 2 },
        ],
      },
      { _id: 2, s: [{ a: 1, b: 2 }] },
      { _id: 3, s: [5, 15] },
    );
    expect(await ids({ s: { $elemMatch: { a: 1, b: 2 } } })).toEqual([2]);
    expect(await ids({ 's.a': 1, 's.b': 2 })).toEqual([1, 2]);
    expect(await ids({ s: { $elemMatch: { $gt: 6, $lt: 10 } } })).toEqual([]);
    expect(await ids({ s: { $gt: 6, $lt: 10 } })).toEqual([3]);
  });

  it('results are sorted across types, skipped, limited and given in batches', async () => {
    const values = [true, 'a', null, 3, new Date(0), [2], { a: 1 }, new ObjectId(), 2.5];
    await insert(...values.map((v, i) => ({ _id: i, v })));
    expect((await items.find().sort({ v: 1 }).toArray()).map((item) => item._id)).toEqual([2, 5, 8, 3, 1, 6, 7, 0, 4]);
    expect((await items.find().sort({ v: -1 }).skip(1).limit(3).toArray()).map((item) => item._id)).toEqual([0, 7, 6]);
    await items.deleteMany({});
    await insert(...Array.from({ length: 250 }, (_, i) => ({ _id: i })));
    expect((await items.find().batchSize(7).toArray()).map((item) => item._id)).toEqual(
      Array.from({ length: 250 }, (_, i) => i),
    );
    // A limit that is reached with a batch ends the cursor with it.
    const { cursor } = await database.command({ find: 'items', limit: 4, batchSize: 2 });
    expect(await database.command({ getMore: cursor.id, collection: 'items', batchSize: 2 })).toMatchObject({
      cursor: { id: 0, nextBatch: [{ _id: 2 }, { _id: 3 }] },
    });
    expect(await items.find().limit(120).batchSize(50).toArray()).toHaveLength(120);
    expect((await items.find().sort({ $natural: -1 }).limit(2).toArray()).map((item) => item._id)).toEqual([249, 248]);
  });

  it('a projection includes, excludes, slices and computes', async () => {
    await insert({ _id: 1, a: 1, b: { c: 2, d: 3 }, l: [{ x: 1, y: 2 }, { x: 3, y: 4 }, 5] });
    const show = (projection: Document, filter: Document = {}) => items.findOne(filter, { projection });
    expect(await show({ a: 1, _id: 0 })).toEqual({ a: 1 });
    expect(await show({ 'b.c': 1 })).toEqual({ _id: 1, b: { c: 2 } });
    expect(await show({ b: 0, l: 0 })).toEqual({ _id: 1, a: 1 });
    expect(await show({ 'l.x': 1 })).toEqual({ _id: 1, l: [{ x: 1 }, { x: 3 }] });
    expect(await show({ 'l.x': 0, a: 0, b: 0 })).toEqual({ _id: 1, l: [{ y: 2 }, { y: 4 }, 5] });
    expect(await show({ l: { $slice: 1 }, b: 0 })).toEqual({ _id: 1, a: 1, l: [{ x: 1, y: 2 }] });
    expect(await show({ l: { $slice: [-2, 1] }, a: 1 })).toEqual({ _id: 1, a: 1, l: [{ x: 3, y: 4 }] });
    expect(await show({ l: { $elemMatch: { x: 3 } } })).toEqual({ _id: 1, l: [{ x: 3, y: 4 }] });
    expect(await show({ 'l.$': 1 }, { 'l.x': 3 })).toEqual({ _id: 1, l: [{ x: 3, y: 4 }] });
    expect(await show({ sum: { $add: ['$a', '$b.c'] } })).toEqual({ _id: 1, sum: 3 });
    expect(await show({ b: { c: 1 } })).toEqual({ _id: 1, b: { c: 2 } });
    await expect(show({ a: 1, b: 0 })).rejects.toMatchObject({ code: 31254 });
    await expect(show({ a: 0, b: 1 })).rejects.toMatchObject({ code: 31253 });
  });

  it('what MongoDB refuses is refused with its code', async () => {
    await insert({ a: 1 });
    const refused = (filter: Document) => expect(items.find(filter).toArray()).rejects;
    await refused({ a: { $nope: 1 } }).toMatchObject({
      code: 2,
      codeName: 'BadValue',
      message: 'unknown operator: $nope',
    });
    await refused({ $nope: 1 }).toMatchObject({ code: 2, message: expect.stringContaining('$nope') });
    await refused({ a: { $in: 1 } }).toMatchObject({ code: 2 });
    await refused({ $or: [] }).toMatchObject({ code: 2 });
    await refused({ a: { $regex: '(' } }).toMatchObject({ code: 51091 });
    await refused({ a: { $type: 'nope' } }).toMatchObject({ code: 2 });
    await refused({ $where: 'true' }).toMatchObject({ code: 2 });
    await expect(items.find({}, { hint: 'nope' }).toArray()).rejects.toMatchObject({ code: 2 });
    await expect(database.command({ find: 'items', sort: { a: 2 } })).rejects.toMatchObject({ code: 15975 });
    await expect(database.command({ find: 'items', limit: -1 })).rejects.toMatchObject({ code: 51024 });
    await expect(database.command({ find: 'items', filter: 5 })).rejects.toMatchObject({
      code: 14,
      codeName: 'TypeMismatch',
    });
    await expect(database.command({ getMore: Long.fromNumber(77), collection: 'items' })).rejects.toMatchObject({
      code: 43,
    });
  });

  it('matches are counted, and values given once each', async () => {
    await insert({ _id: 1, v: [1, 2] }, { _id: 2, v: 2 }, { _id: 3, v: null }, { _id: 4 });
    expect(await items.countDocuments({ v: 2 })).toBe(2);
    expect(await items.countDocuments({}, { skip: 1, limit: 2 })).toBe(2);
    expect(await items.estimatedDocumentCount()).toBe(4);
    expect(await items.distinct('v')).toEqual([1, 2, null]);
    expect(await items.distinct('v', { _id: { $gt: 1 } } as Document)).toEqual([2, null]);
  });

  it('a closed cursor is gone', async () => {
    await insert(...Array.from({ length: 10 }, (_, i) => ({ _id: i })));
    const { cursor } = await database.command({ find: 'items', batchSize: 2 });
    expect(await database.command({ killCursors: 'items', cursors: [cursor.id] })).toMatchObject({
      cursorsKilled: [cursor.id],
    });
    await expect(database.command({ getMore: cursor.id, collection: 'items' })).rejects.toMatchObject({
      code: 43,
      codeName: 'CursorNotFound',
    });
  });
});

describe('delete and findAndModify', () => {
  it('deletes one or many', async () => {
    await insert({ _id: 1, a: 1 }, { _id: 2, a: 1 }, { _id: 3, a: 2 });
    expect(await items.deleteOne({ a: 1 })).toMatchObject({ deletedCount: 1 });
    expect(await items.deleteMany({})).toMatchObject({ deletedCount: 2 });
  });

  it('finds, sorts, changes and gives the document before or after', async () => {
    await insert({ _id: 1, a: 1 }, { _id: 2, a: 2 });
    expect(await items.findOneAndUpdate({}, { $inc: { a: 10 } }, { sort: { a: -1 } })).toEqual({ _id: 2, a: 2 });
    expect(
      await items.findOneAndUpdate(
        { _id: 1 } as Document,
        { $set: { b: 1 } },
        { returnDocument: 'after', projection: { a: 0 } },
      ),
    ).toEqual({ _id: 1, b: 1 });
    expect(await items.findOneAndReplace({ _id: 1 } as Document, { c: 1 }, { returnDocument: 'after' })).toEqual({
      _id: 1,
      c: 1,
    });
    expect(await items.findOneAndDelete({ _id: 2 } as Document)).toEqual({ _id: 2, a: 12 });
    expect(await items.findOneAndUpdate({ _id: 9 } as Document, { $set: { a: 1 } })).toBeNull();
    expect(
      await items.findOneAndUpdate(
        { _id: 9 } as Document,
        { $setOnInsert: { a: 1 } },
        { upsert: true, returnDocument: 'after' },
      ),
    ).toEqual({ _id: 9, a: 1 });
    const result = await items.findOneAndUpdate(
      { _id: 10 } as Document,
      { $set: { a: 1 } },
      { upsert: true, includeResultMetadata: true },
    );
    expect(result).toMatchObject({ value: null, lastErrorObject: { n: 1, updatedExisting: false, upserted: 10 } });
    await expect(
      database.command({ findAndModify: 'items', query: {}, remove: true, update: {} }),
    ).rejects.toMatchObject({ code: 9 });
    await expect(database.command({ findAndModify: 'items', query: {} })).rejects.toMatchObject({ code: 9 });
  });
});

describe('bulkWrite', () => {
  it('runs everything, ordered or not', async () => {
    await insert({ _id: 1, a: 1 });
    const result = await items.bulkWrite([
      { insertOne: { document: { _id: 2 } as Document } },
      { updateOne: { filter: { _id: 1 } as Document, update: { $inc: { a: 1 } } } },
      { updateMany: { filter: {}, update: { $set: { b: 1 } } } },
      { replaceOne: { filter: { _id: 3 } as Document, replacement: { c: 1 }, upsert: true } },
      { deleteOne: { filter: { _id: 2 } as Document } },
    ]);
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 3,
      modifiedCount: 3,
      upsertedCount: 1,
      deletedCount: 1,
    });
    expect(result.upsertedIds).toEqual({ 3: 3 });
    const operations = [
      { insertOne: { document: { _id: 1 } as Document } },
      { insertOne: { document: { _id: 4 } as Document } },
    ];
    await expect(items.bulkWrite(operations, { ordered: false })).rejects.toMatchObject({
      code: 11000,
      insertedCount: 1,
    });
    expect(await ids({})).toEqual([1, 3, 4]);
  });

  it('of a client writes to several collections', async () => {
    const [one, two] = [new ObjectId(), new ObjectId()];
    const result = await client.bulkWrite(
      [
        { name: 'insertOne', namespace: 'test.items', document: { _id: one, a: 1 } },
        { name: 'updateOne', namespace: 'test.items', filter: { _id: one }, update: { $inc: { a: 1 } } },
        { name: 'updateOne', namespace: 'test.others', filter: { _id: two }, update: { $set: { b: 1 } }, upsert: true },
        { name: 'deleteMany', namespace: 'test.others', filter: {} },
      ],
      { verboseResults: true },
    );
    expect(result).toMatchObject({
      insertedCount: 1,
      matchedCount: 1,
      modifiedCount: 1,
      upsertedCount: 1,
      deletedCount: 1,
    });
    await expect(
      client.bulkWrite([{ name: 'insertOne', namespace: 'test.items', document: { _id: one } }]),
    ).rejects.toMatchObject({ writeErrors: new Map([[0, expect.objectContaining({ code: 11000 })]]) });
  });
});

describe('administration', () => {
  it('collections and databases are listed, renamed and dropped', async () => {
    await database.createCollection('empty');
    await insert({ a: 1 });
    expect((await database.listCollections().toArray()).map((one) => one.name)).toEqual(['empty', 'items']);
    expect(await database.listCollections({ name: 'items' }, { nameOnly: true }).toArray()).toEqual([
      { name: 'items', type: 'collection' },
    ]);
    await database.renameCollection('items', 'things');
    expect(await database.collection('things').countDocuments()).toBe(1);
    await expect(database.renameCollection('things', 'empty')).rejects.toMatchObject({ code: 48 });
    await database.renameCollection('things', 'empty', { dropTarget: true });
    expect((await client.db().admin().listDatabases()).databases).toMatchObject([{ name: 'test' }]);
    expect(await database.dropCollection('empty')).toBe(true);
    await database.dropDatabase();
    expect(await database.listCollections().toArray()).toEqual([]);
    await expect(database.createCollection('a$b')).rejects.toBeDefined();
    await expect(database.createCollection('capped', { capped: true, size: 1000 })).rejects.toMatchObject({
      codeName: 'NotImplemented',
    });
  });

  it('a shell finds what it asks for', async () => {
    const admin = client.db('admin');
    for (const command of [
      { hello: 1 },
      { ping: 1 },
      { buildInfo: 1 },
      { serverStatus: 1 },
      { hostInfo: 1 },
      { connectionStatus: 1, showPrivileges: true },
      { getCmdLineOpts: 1 },
      { getParameter: 1, featureCompatibilityVersion: 1 },
      { getLog: 'startupWarnings' },
      { whatsmyuri: 1 },
      { listCommands: 1 },
    ]) {
      expect(await admin.command(command), JSON.stringify(command)).toMatchObject({ ok: 1 });
    }
    await insert({ a: 1 });
    expect(await database.command({ collStats: 'items' })).toMatchObject({ count: 1, nindexes: 1 });
    expect(await database.stats()).toMatchObject({ collections: 1, objects: 1 });
    expect(await items.aggregate([{ $collStats: { count: {} } }]).toArray()).toMatchObject([{ count: 1 }]);
    expect(await items.aggregate([{ $indexStats: {} }]).toArray()).toMatchObject([{ name: '_id_' }]);
    await expect(admin.command({ atlasVersion: 1 })).rejects.toMatchObject({ code: 59 });
  });
});
