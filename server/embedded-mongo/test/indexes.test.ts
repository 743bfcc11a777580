import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, type Db, type Document, MongoClient, type Sort } from 'mongodb';
import { createConnection, Schema } from 'mongoose';
import { RateLimiterMongo } from 'rate-limiter-flexible';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'indexes-'));
let clock = 1_700_000_000_000;
let server: EmbeddedMongo;
let client: MongoClient;
let database: Db;
let items: Collection<Document>;

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir, now: () => clock, ttlSweepSeconds: 0.05 });
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

/** The plan of a find as a line, such as `FETCH < IXSCAN a_1`, and how much it looked at. */
async function plan(
  filter: Document,
  sort: Sort = {},
  { hint, limit = 0 }: { hint?: string; limit?: number } = {},
): Promise<{ line: string; keys: number; documents: number; returned: number }> {
  const explained = await items
    .find(filter, hint === undefined ? {} : { hint })
    .sort(sort)
    .limit(limit)
    .explain('executionStats');
  const names: string[] = [];
  const visit = (stage: Document | undefined) => {
    if (stage === undefined) return;
    names.push(stage.indexName === undefined ? stage.stage : `${stage.stage} ${stage.indexName}`);
    visit(stage.inputStage);
    for (const one of stage.inputStages ?? []) visit(one);
  };
  visit(explained.queryPlanner.winningPlan);
  const { totalKeysExamined: keys, totalDocsExamined: documents, nReturned: returned } = explained.executionStats;
  return { line: names.join(' < '), keys, documents, returned };
}

describe('uniqueness', () => {
  it('E11000 names index, keys and values', async () => {
    await items.createIndex({ 'name.first': 1, age: -1 }, { unique: true, name: 'who' });
    await items.insertOne({ name: { first: 'Ann' }, age: 5 });
    const error = await items.insertOne({ name: { first: 'Ann' }, age: 5 }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 11000,
      keyPattern: { 'name.first': 1, age: -1 },
      keyValue: { 'name.first': 'Ann', age: 5 },
      message: 'E11000 duplicate key error collection: test.items index: who dup key: { name.first: "Ann", age: 5 }',
    });
    await items.insertOne({ name: { first: 'Bob' }, age: 5 });
    await expect(items.updateOne({ 'name.first': 'Bob' }, { $set: { 'name.first': 'Ann' } })).rejects.toMatchObject({
      code: 11000,
    });
    await expect(
      items.findOneAndUpdate({ 'name.first': 'Bob' }, { $set: { 'name.first': 'Ann' } }),
    ).rejects.toMatchObject({ code: 11000, keyValue: { 'name.first': 'Ann', age: 5 } });
    expect(await database.command({ validate: 'items' })).toMatchObject({ valid: true });
  });

  it('a missing field is null, once, unless the index is sparse or partial', async () => {
    await items.createIndex({ a: 1 }, { unique: true });
    await items.insertOne({ b: 1 });
    await expect(items.insertOne({ b: 2 })).rejects.toMatchObject({ code: 11000, keyValue: { a: null } });
    await items.dropIndex('a_1');
    await items.createIndex({ a: 1 }, { unique: true, sparse: true });
    await items.insertMany([{ b: 2 }, { b: 3 }]);
    await items.createIndex({ c: 1 }, { unique: true, partialFilterExpression: { c: { $gt: 5 } } });
    await items.insertMany([{ c: 1 }, { c: 1 }, { c: 6 }]);
    await expect(items.insertOne({ c: 6 })).rejects.toMatchObject({ code: 11000 });
  });

  it('items of an array are unique across documents, not within one', async () => {
    await items.createIndex({ tags: 1 }, { unique: true });
    await items.insertOne({ tags: ['a', 'a', 'b'] });
    await expect(items.insertOne({ tags: ['c', 'b'] })).rejects.toMatchObject({ code: 11000, keyValue: { tags: 'b' } });
    await items.insertOne({ tags: 'c' });
  });

  it('an index over duplicates is not built, and leaves nothing behind', async () => {
    await items.insertMany([{ a: 1 }, { a: 1 }]);
    await expect(items.createIndex({ a: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 });
    expect(await items.indexes()).toHaveLength(1);
    expect(await database.command({ validate: 'items' })).toMatchObject({ valid: true });
  });

  it('of ten parallel registrations one wins', async () => {
    await items.createIndex({ name: 1 }, { unique: true });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => items.insertOne({ name: 'joe' })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

describe('plans', () => {
  beforeEach(async () => {
    await items.createIndexes([
      { key: { email: 1 }, unique: true },
      { key: { group: 1, rank: -1, name: 1 } },
      { key: { tags: 1 } },
      { key: { 'sessions._id': 1, 'sessions.live': 1 } },
      { key: { sparse: 1 }, sparse: true },
      { key: { part: 1 }, partialFilterExpression: { active: true } },
    ]);
    await items.insertMany(
      Array.from({ length: 200 }, (_, i) => ({
        _id: i as never,
        email: `p${i}@x.org`,
        group: i % 4,
        rank: i % 10,
        name: `n${i % 7}`,
        tags: [`t${i % 5}`, `u${i % 3}`],
        sessions: [
          { _id: `s${i}`, live: true },
          { _id: `r${i}`, live: false },
        ],
        ...(i % 50 === 0 ? { sparse: i } : {}),
        part: i,
        active: i % 2 === 0,
      })),
    );
  });

  it('equality, unique keys and $in look at what they return and no more', async () => {
    expect(await plan({ _id: 5 })).toEqual({ line: 'FETCH < IXSCAN _id_', keys: 1, documents: 1, returned: 1 });
    expect(await plan({ email: 'p7@x.org' })).toEqual({
      line: 'FETCH < IXSCAN email_1',
      keys: 1,
      documents: 1,
      returned: 1,
    });
    expect(await plan({ email: { $in: ['p7@x.org', 'p8@x.org', 'none'] } })).toMatchObject({
      line: 'FETCH < IXSCAN email_1',
      keys: 2,
      returned: 2,
    });
    expect(await plan({ email: 'none', name: 'n1' })).toMatchObject({ line: 'FETCH < IXSCAN email_1', documents: 0 });
    expect(await plan({ $or: [{ email: 'p7@x.org' }, { _id: 3 }] })).toMatchObject({
      line: 'FETCH < OR < IXSCAN email_1 < IXSCAN _id_',
      documents: 2,
      returned: 2,
    });
    expect(await plan({ name: 'n1' })).toMatchObject({ line: 'COLLSCAN', documents: 200 });
  });

  it('a compound index serves prefixes, ranges and sorts', async () => {
    expect(await plan({ group: 1 })).toMatchObject({
      line: 'FETCH < IXSCAN group_1_rank_-1_name_1',
      keys: 50,
      returned: 50,
    });
    expect(await plan({ group: 1, rank: { $gte: 3, $lt: 6 } })).toMatchObject({
      line: 'FETCH < IXSCAN group_1_rank_-1_name_1',
      keys: 20,
      returned: 20,
    });
    expect(await plan({ group: 1 }, { rank: -1 })).toMatchObject({ line: 'FETCH < IXSCAN group_1_rank_-1_name_1' });
    expect(await plan({ group: 1 }, { rank: 1, name: -1 })).toMatchObject({
      line: 'FETCH < IXSCAN group_1_rank_-1_name_1',
    });
    expect(await plan({ group: 1 }, { rank: 1, name: 1 })).toMatchObject({
      line: 'SORT < FETCH < IXSCAN group_1_rank_-1_name_1',
    });
    expect(await plan({}, { group: -1, rank: 1 })).toMatchObject({ line: 'FETCH < IXSCAN group_1_rank_-1_name_1' });
    expect(await plan({ email: /^p19/ })).toMatchObject({ line: 'FETCH < IXSCAN email_1', keys: 11, returned: 11 });
    expect(await plan({ email: { $gt: 'p98' } })).toMatchObject({
      line: 'FETCH < IXSCAN email_1',
      keys: 3,
      returned: 3,
    });
    const sorted = await items.find({ group: 1 }).sort({ rank: -1, name: 1 }).toArray();
    const expected = [...sorted].sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    expect(sorted.map(({ rank, name }) => [rank, name])).toEqual(expected.map(({ rank, name }) => [rank, name]));
  });

  it('an index on an array gives each document once, and a range only where one item is meant', async () => {
    expect(await plan({ tags: 't1' })).toMatchObject({ line: 'FETCH < IXSCAN tags_1', returned: 40 });
    expect(await plan({ tags: { $in: ['t1', 'u1'] } })).toMatchObject({ line: 'FETCH < IXSCAN tags_1', returned: 93 });
    expect(await plan({ 'sessions._id': 's9' })).toMatchObject({ keys: 1, returned: 1 });
    expect(await plan({ sessions: { $elemMatch: { _id: 's9', live: true } } })).toMatchObject({ keys: 1, returned: 1 });
    expect(await plan({ sessions: { $elemMatch: { _id: 's9', live: false } } })).toMatchObject({
      keys: 0,
      returned: 0,
    });
    expect(await plan({ 'sessions._id': 's9', 'sessions.live': false })).toMatchObject({ keys: 1, returned: 1 });
  });

  it('sparse and partial indexes serve only what they hold', async () => {
    expect(await plan({ sparse: 50 })).toMatchObject({ line: 'FETCH < IXSCAN sparse_1', returned: 1 });
    expect(await plan({ sparse: null })).toMatchObject({ line: 'COLLSCAN', returned: 196 });
    expect(await plan({ part: 8, active: true })).toMatchObject({ line: 'FETCH < IXSCAN part_1', returned: 1 });
    expect(await plan({ part: 8 })).toMatchObject({ line: 'COLLSCAN', returned: 1 });
  });

  it('hints are followed, also by name, and counted', async () => {
    expect(await plan({ group: 1 }, {}, { hint: '_id_' })).toMatchObject({
      line: 'FETCH < IXSCAN _id_',
      documents: 200,
    });
    await expect(items.find({}, { hint: { nope: 1 } }).toArray()).rejects.toMatchObject({ code: 2 });
    expect(await items.find({ group: 1 }, { hint: { $natural: 1 } }).toArray()).toHaveLength(50);
    await expect(items.updateOne({}, { $set: { z: 1 } }, { hint: 'nope' })).rejects.toMatchObject({ code: 2 });
  });

  it('a page goes to what is rare, and along its order to what is frequent', async () => {
    await items.drop();
    await items.createIndexes([{ key: { place: 1 } }, { key: { kind: 1 } }, { key: { owner: 1, place: 1 } }]);
    const kindOf = (place: number) => (place === 2_990 ? 'rare' : place % 2 === 0 ? 'even' : 'odd');
    await items.insertMany(
      Array.from({ length: 3_000 }, (_, place) => ({ place, kind: kindOf(place), owner: place % 3 === 0 ? 1 : 2 })),
    );
    const page = (filter: Document) => plan(filter, { place: 1 }, { limit: 20 });
    const rare = { line: 'LIMIT < SORT < FETCH < IXSCAN kind_1', documents: 1, returned: 1 };
    expect(await page({ kind: 'rare' })).toMatchObject(rare);
    expect(await page({ kind: 'none' })).toMatchObject({ documents: 0, returned: 0 });
    expect(await page({ kind: 'odd' })).toMatchObject({
      line: 'LIMIT < FETCH < IXSCAN place_1',
      documents: 40,
      returned: 20,
    });
    // Of two that have an index the rare one counts, and where neither is rare the one that is in order.
    expect(await page({ owner: 2, kind: 'rare' })).toMatchObject(rare);
    expect(await page({ owner: 2, kind: 'odd' })).toMatchObject({ line: 'LIMIT < FETCH < IXSCAN owner_1_place_1' });
    // All that match are read in any case.
    expect(await plan({ kind: 'odd' }, { place: 1 })).toMatchObject({ line: 'SORT < FETCH < IXSCAN kind_1' });
  });

  it('explain tells of every command that searches', async () => {
    for (const command of [
      { find: 'items', filter: { email: 'x' } },
      { count: 'items', query: { email: 'x' } },
      { distinct: 'items', key: 'name', query: { email: 'x' } },
      { update: 'items', updates: [{ q: { email: 'x' }, u: { $set: { a: 1 } } }] },
      { delete: 'items', deletes: [{ q: { email: 'x' }, limit: 1 }] },
      { findAndModify: 'items', query: { email: 'x' }, update: { $set: { a: 1 } } },
      { aggregate: 'items', pipeline: [{ $match: { email: 'x' } }], cursor: {} },
    ]) {
      const { queryPlanner } = await database.command({ explain: command, verbosity: 'queryPlanner' });
      expect(JSON.stringify(queryPlanner.winningPlan), Object.keys(command)[0]).toContain('"indexName":"email_1"');
    }
  });
});

describe('definitions', () => {
  it('are listed, compared, changed and dropped', async () => {
    await items.createIndex({ a: 1 }, { name: 'one', unique: true, sparse: true });
    await items.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    expect(await items.indexes()).toEqual([
      { v: 2, key: { _id: 1 }, name: '_id_' },
      { v: 2, key: { a: 1 }, name: 'one', unique: true, sparse: true },
      { v: 2, key: { at: 1 }, name: 'at_1', expireAfterSeconds: 60 },
    ]);
    await items.createIndex({ a: 1 }, { name: 'one', unique: true, sparse: true });
    await expect(items.createIndex({ b: 1 }, { name: 'one' })).rejects.toMatchObject({
      code: 86,
      codeName: 'IndexKeySpecsConflict',
    });
    await expect(items.createIndex({ a: 1 }, { name: 'two', unique: true, sparse: true })).rejects.toMatchObject({
      code: 85,
    });
    await expect(items.createIndex({ at: 1 }, { expireAfterSeconds: 61 })).rejects.toMatchObject({ code: 85 });
    await database.command({ collMod: 'items', index: { name: 'at_1', expireAfterSeconds: 61 } });
    await items.createIndex({ at: 1 }, { expireAfterSeconds: 61 });
    await expect(items.dropIndex('nope')).rejects.toMatchObject({ code: 27, codeName: 'IndexNotFound' });
    await expect(items.dropIndex('_id_')).rejects.toMatchObject({ code: 72, codeName: 'InvalidOptions' });
    await items.dropIndex('one');
    await items.dropIndexes();
    expect(await items.indexes()).toHaveLength(1);
    await expect(database.collection('none').dropIndex('x')).rejects.toMatchObject({
      code: 26,
      codeName: 'NamespaceNotFound',
    });
    await expect(database.command({ listIndexes: 'none' })).rejects.toMatchObject({ code: 26 });
  });

  it('what cannot be an index is refused', async () => {
    const refused = (key: Document, options: Document = {}) =>
      expect(database.command({ createIndexes: 'items', indexes: [{ key, name: 'x', ...options }] })).rejects;
    await refused({ a: 'text' }).toMatchObject({ code: 67, codeName: 'CannotCreateIndex' });
    await refused({ a: 0 }).toMatchObject({ code: 67 });
    await refused({}).toMatchObject({ code: 67 });
    await refused({ a: 1, b: 1 }, { expireAfterSeconds: 5 }).toMatchObject({ code: 67 });
    await refused({ a: 1 }, { nope: 1 }).toMatchObject({ code: 197, codeName: 'InvalidIndexSpecificationOption' });
    await refused({ a: 1 }, { unique: 'yes' }).toMatchObject({ code: 14 });
    await refused({ a: 1 }, { collation: { locale: 'de' } }).toMatchObject({ code: 67 });
    await items.createIndex({ a: 1, b: 1 });
    await expect(items.insertOne({ a: [1], b: [2] })).rejects.toMatchObject({
      code: 171,
      message: 'cannot index parallel arrays [b] [a]',
    });
  });

  it('indexes survive a restart', async () => {
    await items.createIndex({ a: 1 }, { unique: true });
    await items.insertMany(Array.from({ length: 300 }, (_, a) => ({ a })));
    await client.close();
    await server.close();
    server = await startEmbeddedMongo({ dataDir, now: () => clock, ttlSweepSeconds: 0.05 });
    client = await new MongoClient(server.uri).connect();
    database = client.db('test');
    items = database.collection('items');
    expect(await plan({ a: 77 })).toEqual({ line: 'FETCH < IXSCAN a_1', keys: 1, documents: 1, returned: 1 });
    await expect(items.insertOne({ a: 5 })).rejects.toMatchObject({ code: 11000 });
    expect(await items.countDocuments()).toBe(300);
  });
});

describe('expiry', () => {
  async function settled(wanted: number): Promise<void> {
    await expect.poll(() => items.countDocuments(), { timeout: 20_000, interval: 20 }).toBe(wanted);
  }

  it('is looked for as often as setParameter says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sweeps-'));
    const rarely = await startEmbeddedMongo({ dataDir: folder, now: () => clock, ttlSweepSeconds: 3600 });
    const other = await new MongoClient(rarely.uri).connect();
    const expiring = other.db('test').collection('items');
    await expiring.createIndex({ at: 1 }, { expireAfterSeconds: 0 });
    await expiring.insertOne({ at: new Date(clock - 1) });
    const admin = other.db('admin');
    expect(await admin.command({ setParameter: 1, ttlMonitorSleepSecs: 1 })).toMatchObject({ was: 3600 });
    expect(await admin.command({ getParameter: 1, ttlMonitorSleepSecs: 1 })).toMatchObject({ ttlMonitorSleepSecs: 1 });
    await expect.poll(() => expiring.countDocuments(), { timeout: 20_000 }).toBe(0);
    await expect(admin.command({ setParameter: 1, ttlMonitorSleepSecs: 0 })).rejects.toMatchObject({ code: 2 });
    await expect(admin.command({ setParameter: 1 })).rejects.toMatchObject({ code: 72 });
    await other.close();
    await rarely.close();
    rmSync(folder, { recursive: true });
  });

  it('follows the given clock, and dates only', async () => {
    await items.createIndex({ at: 1 }, { expireAfterSeconds: 60 });
    await items.insertMany([
      { at: new Date(clock) },
      { at: new Date(clock + 30_000) },
      { at: [new Date(clock), new Date(clock + 1e9)] },
      { at: 'never' },
      { at: 5 },
      {},
    ]);
    clock += 59_000;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(await items.countDocuments()).toBe(6);
    clock += 1000;
    await settled(4);
    clock += 30_000;
    await settled(3);
    expect(await database.command({ validate: 'items' })).toMatchObject({ valid: true });
  });
});

describe('libraries', () => {
  it('the limiter of rate-limiter-flexible counts and expires', async () => {
    const connection = await createConnection(server.uri, { dbName: 'limits' }).asPromise();
    const limiter = new RateLimiterMongo({ storeClient: connection, points: 5, duration: 60, keyPrefix: 'login' });
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => limiter.consume('1.2.3.4')));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect((await limiter.get('1.2.3.4'))?.consumedPoints).toBe(8);
    await limiter.delete('1.2.3.4');
    expect(await limiter.get('1.2.3.4')).toBeNull();
    await connection.close();
  });

  it('Mongoose saves, populates, versions and checks uniqueness', async () => {
    const connection = await createConnection(server.uri, {
      dbName: 'goose',
      writeConcern: { w: 'majority' },
    }).asPromise();
    const Author = connection.model(
      'Author',
      new Schema({ name: { type: String, unique: true }, books: [{ type: Schema.Types.ObjectId, ref: 'Book' }] }),
    );
    const Book = connection.model('Book', new Schema({ title: String, tags: [String] }, { timestamps: true }));
    await Author.init();
    const book = await Book.create({ title: 'One', tags: ['a', 'b'] });
    const author = await Author.create({ name: 'Ann', books: [book._id] });
    book.set('tags', ['b', 'c']);
    await book.save();
    expect(
      (await Author.findById(author._id).populate<{ books: { title: string; tags: string[] }[] }>('books'))?.books[0],
    ).toMatchObject({ title: 'One', tags: ['b', 'c'] });
    await expect(Author.create({ name: 'Ann' })).rejects.toMatchObject({ code: 11000 });
    expect(await Book.aggregate([{ $unwind: '$tags' }, { $group: { _id: '$tags' } }, { $sort: { _id: 1 } }])).toEqual([
      { _id: 'b' },
      { _id: 'c' },
    ]);
    expect(await Author.exists({ name: 'Ann' })).not.toBeNull();
    const streamed = [];
    for await (const one of Book.find().cursor()) streamed.push(one.title);
    expect(streamed).toEqual(['One']);
    await connection.close();
  });
});
