import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, DBRef, type Db, type Document, MongoClient, ObjectId } from 'mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'dollar-names-'));
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
  await items.deleteMany({});
});

afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

/** Sends an update as it is: drivers refuse some of them before the server sees them. */
async function update(q: Document, u: Document, upsert = false): Promise<Document | undefined> {
  const { writeErrors = [] } = await database.command({ update: 'items', updates: [{ q, u, upsert }] });
  return writeErrors[0];
}

const one = { _id: 1 } as Document;

describe('a name that begins with a dollar', () => {
  it('is kept inside what an update sets, pushes or adds', async () => {
    await items.insertOne({ ...one });
    await items.updateOne(one, { $set: { price: { $usd: 1, by: { $year: 2 } } } });
    await items.updateOne(one, {
      $set: { 'price.$eur': 3 },
      $push: { list: { $a: 1 } },
      $addToSet: { set: { $b: 2 } },
    } as Document);
    expect(await items.findOne(one)).toEqual({
      ...one,
      price: { $usd: 1, by: { $year: 2 }, $eur: 3 },
      list: [{ $a: 1 }],
      set: [{ $b: 2 }],
    });
  });

  it('is kept inside a replacement, and inside what findOneAndReplace puts in', async () => {
    await items.insertOne({ ...one, old: true });
    await items.replaceOne(one, { price: { $usd: 1 } });
    expect(await items.findOne(one)).toEqual({ ...one, price: { $usd: 1 } });
    expect(await items.findOneAndReplace(one, { price: { $eur: 2 } }, { returnDocument: 'after' })).toEqual({
      ...one,
      price: { $eur: 2 },
    });
  });

  it('is kept at the top of what an insert and an upsert put in', async () => {
    await items.insertOne({ ...one, $price: 1, place: { $inc: true } });
    expect(await update({ _id: 2 }, { $set: { $hotel: 3 } }, true)).toBeUndefined();
    expect(await update({ _id: 3 }, { phone: 4, $hotel: 5 }, true)).toBeUndefined();
    await items.updateOne({ _id: 4, v: { $eq: { $x: 1 } } } as Document, { $set: { a: 1 } }, { upsert: true });
    expect(await items.find().sort({ _id: 1 }).toArray()).toEqual([
      { ...one, $price: 1, place: { $inc: true } },
      { _id: 2, $hotel: 3 },
      { _id: 3, phone: 4, $hotel: 5 },
      { _id: 4, v: { $x: 1 }, a: 1 },
    ]);
  });

  it('is refused at the top of a document that is there, by operators and by replacements', async () => {
    await items.insertOne({ ...one, $price: 1 });
    expect(await update(one, { $set: { $hotel: 3 } })).toMatchObject({ code: 52 });
    expect(await update(one, { $inc: { $price: 3 } })).toMatchObject({ code: 52 });
    expect(await update(one, { a: 1, $hotel: 3 })).toMatchObject({ code: 52 });
    expect(await update(one, { $rename: { a: '$hotel' } })).toBeUndefined();
    expect(await items.findOne(one)).toEqual({ ...one, $price: 1 });
  });

  it('does not hinder an update of other fields, nor being taken away', async () => {
    await items.insertOne({ ...one, $price: 1 });
    expect(await update(one, { $set: { a: 1 } })).toBeUndefined();
    expect(await update(one, { $unset: { $price: '' } })).toBeUndefined();
    expect(await items.findOne(one)).toEqual({ ...one, a: 1 });
  });
});

describe('a DBRef', () => {
  const id = new ObjectId();
  const reference = new DBRef('people', id, 'other');

  beforeEach(async () => {
    await items.insertOne({ ...one, owner: reference, readers: [reference, new DBRef('people', new ObjectId())] });
    await items.insertOne({ _id: 2, owner: new DBRef('people', new ObjectId()), readers: [] } as Document);
  });

  const found = async (filter: Document) => (await items.find(filter).toArray()).map(({ _id }) => _id);

  it('is found by itself and by each of its fields', async () => {
    expect(await found({ owner: reference })).toEqual([1]);
    expect(await found({ 'owner.$id': id })).toEqual([1]);
    expect(await found({ 'owner.$id': { $in: [id] } })).toEqual([1]);
    expect(await found({ 'owner.$ref': 'people' })).toEqual([1, 2]);
    expect(await found({ 'owner.$db': 'other' })).toEqual([1]);
  });

  it('is found among others in an array', async () => {
    expect(await found({ 'readers.$id': id })).toEqual([1]);
    expect(await found({ readers: { $elemMatch: { $id: id } } })).toEqual([1]);
    expect(await found({ readers: { $elemMatch: { $ref: 'people', $id: id, $db: 'other' } } })).toEqual([1]);
    expect(await found({ readers: { $elemMatch: { $ref: 'places', $id: id } } })).toEqual([]);
  });

  it('is found by an index on its $id', async () => {
    await items.createIndex({ 'owner.$id': 1 });
    expect(await found({ 'owner.$id': id })).toEqual([1]);
    const { queryPlanner } = await items.find({ 'owner.$id': id }).explain();
    expect(queryPlanner.winningPlan.inputStage).toMatchObject({ stage: 'IXSCAN', indexName: 'owner.$id_1' });
    await items.dropIndexes();
  });

  it('is projected, sorted by and pulled by its $id', async () => {
    const [first] = await items.find().sort({ 'owner.$id': 1 }).project({ 'owner.$id': 1 }).toArray();
    expect(first).toEqual({ ...one, owner: { $id: id } });
    await items.updateOne(one, { $pull: { readers: { $id: id } } as Document });
    expect(await found({ 'readers.$id': id })).toEqual([]);
  });

  it('is set by a path', async () => {
    await items.updateOne(one, { $set: { 'owner.$id': 7 } });
    expect(await found({ 'owner.$id': 7 })).toEqual([1]);
  });

  it('may not be out of order at the top of a document', async () => {
    expect(await update(one, { $set: { $id: 1 } })).toMatchObject({ code: 55 });
    expect(await update(one, { a: 1, $ref: 'people', $id: 2 })).toBeUndefined();
  });
});

describe('$pull', () => {
  it('takes the items that one of several conditions describes', async () => {
    await items.insertOne({ ...one, list: [{ a: 1 }, { b: 2 }, { a: 3, b: 2 }, { a: 4 }, 5] });
    await items.updateOne(one, { $pull: { list: { $or: [{ a: 1 }, { b: 2 }] } } as Document });
    expect(await items.findOne(one)).toEqual({ ...one, list: [{ a: 4 }, 5] });
  });

  it('takes the items that all or none of several conditions describe', async () => {
    await items.insertOne({ ...one, list: [{ a: 1, b: 1 }, { a: 1, b: 2 }, { a: 3 }] });
    await items.updateOne(one, { $pull: { list: { $and: [{ a: 1 }, { b: { $gt: 1 } }] } } as Document });
    expect(await items.findOne(one)).toEqual({ ...one, list: [{ a: 1, b: 1 }, { a: 3 }] });
    await items.updateOne(one, { $pull: { list: { $nor: [{ a: 1 }] } } as Document });
    expect(await items.findOne(one)).toEqual({ ...one, list: [{ a: 1, b: 1 }] });
  });
});
