import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import fc from 'fast-check';
import { type Collection, type Document, type Filter, MongoClient, type Sort, type UpdateFilter } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

// The model below is written anew for this test, by lists and recursion and without an index, so that a mistake of the
// engine is not repeated in it.

type Value = number | string | boolean | null | Value[] | { [key: string]: Value };
type Fields = { [key: string]: Value };

function rank(value: Value | undefined): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return 1;
  if (typeof value === 'string') return 2;
  if (Array.isArray(value)) return 4;
  return typeof value === 'object' ? 3 : 5;
}

function order(a: Value | undefined, b: Value | undefined): number {
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const first = order(a[i], b[i]);
      if (first !== 0) return first;
    }
    return a.length - b.length;
  }
  if (isFields(a) && isFields(b)) {
    const left = Object.entries(a);
    const right = Object.entries(b);
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [nameA, valueA] = left[i] as [string, Value];
      const [nameB, valueB] = right[i] as [string, Value];
      const first = rank(valueA) - rank(valueB) || (nameA < nameB ? -1 : nameA > nameB ? 1 : order(valueA, valueB));
      if (first !== 0) return first;
    }
    return left.length - right.length;
  }
  if (a === undefined || a === null || b === undefined || b === null) return 0;
  return a < b ? -1 : a > b ? 1 : 0;
}

function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Every value that a path leads to, items of an array at its end before the array itself. */
function valuesAt(value: Value | undefined, path: string[]): (Value | undefined)[] {
  const [name, ...rest] = path;
  if (name === undefined) return Array.isArray(value) ? [...value, value] : [value];
  if (isFields(value)) return intoField(value[name], rest);
  return [undefined];
}

function intoField(value: Value | undefined, rest: string[]): (Value | undefined)[] {
  const [next, ...after] = rest;
  if (next === undefined || !Array.isArray(value)) return valuesAt(value, rest);
  const found = value.flatMap((item) => (isFields(item) ? valuesAt(item, rest) : []));
  if (!/^\d+$/.test(next) || Number(next) >= value.length) return found;
  const item = value[Number(next)];
  if (after.length === 0 || Array.isArray(item)) return [...found, ...intoField(item, after)];
  return isFields(item) ? [...found, ...valuesAt(item, after)] : found;
}

function holds(operator: string, value: Value | undefined, operand: Value): boolean {
  if (operator === '$eq') return order(value, operand) === 0;
  if (rank(value) !== rank(operand)) return false;
  const result = order(value, operand);
  if (operator === '$gt') return result > 0;
  if (operator === '$gte') return result >= 0;
  return operator === '$lt' ? result < 0 : result <= 0;
}

function modelMatches(document: Fields, filter: Fields): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    const clauses = condition as Fields[];
    if (key === '$and') return clauses.every((clause) => modelMatches(document, clause));
    if (key === '$or') return clauses.some((clause) => modelMatches(document, clause));
    if (key === '$nor') return !clauses.some((clause) => modelMatches(document, clause));
    const isOperators = isFields(condition) && Object.keys(condition)[0]?.startsWith('$') === true;
    const operators = isOperators ? condition : { $eq: condition };
    return Object.entries(operators).every(([operator, operand]) => modelTest(document, key, operator, operand));
  });
}

function modelTest(document: Fields, path: string, operator: string, operand: Value): boolean {
  const values = valuesAt(document, path.split('.'));
  switch (operator) {
    case '$ne':
      return !modelTest(document, path, '$eq', operand);
    case '$nin':
      return !modelTest(document, path, '$in', operand);
    case '$in':
      return (operand as Value[]).some((one) => modelTest(document, path, '$eq', one));
    case '$not':
      return !modelMatches(document, { [path]: operand });
    case '$exists': {
      const isThere = wholesAt(document, path.split('.')).some((value) => value !== undefined);
      return isThere === operand;
    }
    case '$size':
      return wholesAt(document, path.split('.')).some((value) => Array.isArray(value) && value.length === operand);
    case '$elemMatch':
      return wholesAt(document, path.split('.')).some(
        (value) => Array.isArray(value) && value.some((item) => modelItem(item, operand as Fields)),
      );
    default:
      return values.some((value) => holds(operator, value, operand));
  }
}

/** As `valuesAt`, but an array at the end is not entered. */
function wholesAt(value: Value | undefined, path: string[]): (Value | undefined)[] {
  const [name, ...rest] = path;
  if (name === undefined) return [value];
  if (!isFields(value)) return [undefined];
  const child = value[name];
  const [next, ...after] = rest;
  if (next === undefined || !Array.isArray(child)) return wholesAt(child, rest);
  const found = child.flatMap((item) => (isFields(item) ? wholesAt(item, rest) : []));
  if (!/^\d+$/.test(next) || Number(next) >= child.length) return found;
  const item = child[Number(next)];
  return after.length === 0 || isFields(item) ? [...found, ...wholesAt(item, after)] : found;
}

function modelItem(item: Value, condition: Fields): boolean {
  if (!Object.keys(condition)[0]?.startsWith('$')) return isFields(item) && modelMatches(item, condition);
  return Object.entries(condition).every(([operator, operand]) => holds(operator, item, operand));
}

function sortKey(document: Fields, path: string, descending: boolean): Value | undefined {
  const parts = path.split('.');
  const leaves = wholesAt(document, parts).flatMap((value): (Value | undefined)[] =>
    Array.isArray(value) ? (value.length === 0 ? [emptyDocument] : value) : [value],
  );
  const rankOf = (a: Value | undefined, b: Value | undefined) =>
    a === emptyDocument ? (b === emptyDocument ? 0 : -1) : b === emptyDocument ? 1 : order(a, b);
  // A missing field sorts as null; JavaScript's sort would put undefined last.
  const sorted = leaves.map((leaf) => leaf ?? null).sort(rankOf);
  return descending ? sorted.at(-1) : sorted[0];
}

/** Stands for an empty array, which sorts before everything. */
const emptyDocument = '\0empty';

function modelSort(documents: Fields[], sort: [string, 1 | -1][]): Fields[] {
  return [...documents].sort((a, b) => {
    for (const [path, direction] of sort) {
      const left = sortKey(a, path, direction < 0);
      const right = sortKey(b, path, direction < 0);
      const result =
        left === emptyDocument || right === emptyDocument
          ? left === right
            ? 0
            : left === emptyDocument
              ? -1
              : 1
          : order(left, right);
      if (result !== 0) return result * direction;
    }
    return 0;
  });
}

class Refused extends Error {}

/** Applies an update to a copy; throws `Refused` where MongoDB fails the whole update. */
function modelUpdate(document: Fields, update: Fields): Fields {
  const copy = structuredClone(document);
  const steps = Object.entries(update).flatMap(([operator, fields]) =>
    Object.entries(fields as Fields).map(([path, operand]) => ({ operator, path, operand })),
  );
  steps.sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const { operator, path, operand } of steps) {
    const parts = path.split('.');
    const name = parts.pop() as string;
    let container: Fields = copy;
    let isMissing = false;
    for (const part of parts) {
      if (!Object.hasOwn(container, part)) {
        if (operator === '$unset' || operator === '$pull' || operator === '$pop') {
          isMissing = true;
          break;
        }
        container[part] = {};
      }
      const child = container[part];
      if (!isFields(child)) {
        if (operator === '$unset' || operator === '$pull' || operator === '$pop') {
          isMissing = true;
          break;
        }
        throw new Refused();
      }
      container = child;
    }
    if (!isMissing) applyOne(container, name, operator, operand);
  }
  return copy;
}

function applyOne(container: Fields, name: string, operator: string, operand: Value): void {
  const current = Object.hasOwn(container, name) ? container[name] : undefined;
  const each = isFields(operand) && Array.isArray(operand.$each) ? operand.$each : [operand];
  switch (operator) {
    case '$set':
      container[name] = structuredClone(operand);
      return;
    case '$unset':
      delete container[name];
      return;
    case '$inc':
    case '$mul':
      if (current !== undefined && typeof current !== 'number') throw new Refused();
      if (operator === '$inc') container[name] = (current ?? 0) + (operand as number);
      else container[name] = (current ?? 0) * (operand as number) + 0;
      return;
    case '$min':
    case '$max': {
      const wins = operator === '$min' ? order(operand, current) < 0 : order(operand, current) > 0;
      if (current === undefined || wins) container[name] = structuredClone(operand);
      return;
    }
    case '$push':
    case '$addToSet': {
      if (current !== undefined && !Array.isArray(current)) throw new Refused();
      const list = [...(current ?? [])];
      for (const value of each) {
        if (operator === '$push' || !list.some((item) => order(item, value) === 0)) list.push(structuredClone(value));
      }
      const slice = isFields(operand) ? operand.$slice : undefined;
      container[name] = typeof slice === 'number' ? (slice < 0 ? list.slice(slice) : list.slice(0, slice)) : list;
      return;
    }
    case '$pull':
      if (current === undefined) return;
      if (!Array.isArray(current)) throw new Refused();
      container[name] = current.filter((item) => order(item, operand) !== 0);
      return;
    case '$pop':
      if (current === undefined) return;
      if (!Array.isArray(current)) throw new Refused();
      container[name] = operand === 1 ? current.slice(0, -1) : current.slice(1);
  }
}

const scalar = fc.oneof(
  fc.integer({ min: -3, max: 5 }),
  fc.constantFrom<Value>(2.5, -0.5, 'a', 'b', 'ab', '', null, true, false),
);
const names = fc.constantFrom('a', 'b', 'c');
const nested = fc.dictionary(names, fc.oneof(scalar, fc.array(scalar, { maxLength: 2 })), {
  maxKeys: 2,
  noNullPrototype: true,
});
const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: scalar },
  { weight: 2, arbitrary: fc.array(fc.oneof(scalar, nested), { maxLength: 3 }) },
  { weight: 2, arbitrary: nested },
);
const fields = fc
  .tuple(fc.dictionary(names, value, { maxKeys: 3, noNullPrototype: true }), fc.option(scalar, { nil: undefined }))
  .map(([some, e]): Fields => (e === undefined ? some : { ...some, e }));
// Only `e` never holds an array, and so can stand beside another field in an index.
const path = fc.constantFrom('a', 'b', 'c', 'e', 'a.a', 'a.b', 'b.c', 'a.0', 'b.1.a');
const comparison = fc.oneof(
  fc.record({
    operator: fc.constantFrom('$eq', '$ne', '$gt', '$gte', '$lt', '$lte'),
    operand: fc.oneof(scalar, nested),
  }),
  fc.record({ operator: fc.constantFrom('$in', '$nin'), operand: fc.array(scalar, { maxLength: 3 }) }),
  fc.record({ operator: fc.constant('$exists'), operand: fc.boolean() }),
  fc.record({ operator: fc.constant('$size'), operand: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    operator: fc.constant('$elemMatch'),
    operand: fc.oneof(
      fc.record({ $gte: fc.integer({ min: -3, max: 5 }), $lt: fc.integer({ min: -3, max: 5 }) }),
      fc.dictionary(names, scalar, { minKeys: 1, maxKeys: 2, noNullPrototype: true }),
    ),
  }),
);
const condition = fc
  .tuple(path, comparison)
  .map(([name, { operator, operand }]): Fields => ({ [name]: { [operator]: operand as Value } }));
const range = fc
  .tuple(path, fc.integer({ min: -3, max: 5 }), fc.integer({ min: -3, max: 5 }))
  .map(([name, low, high]): Fields => ({ [name]: { $gte: low, $lte: high } }));
const filter: fc.Arbitrary<Fields> = fc.oneof(
  condition,
  range,
  fc.array(fc.oneof(condition, range), { minLength: 1, maxLength: 3 }).map((all): Fields => ({ $and: all })),
  fc.array(fc.oneof(condition, range), { minLength: 1, maxLength: 3 }).map((any): Fields => ({ $or: any })),
  fc.array(condition, { minLength: 1, maxLength: 2 }).map((none): Fields => ({ $nor: none })),
  condition.map((one): Fields => Object.fromEntries(Object.entries(one).map(([name, test]) => [name, { $not: test }]))),
);
const sort = fc.uniqueArray(
  fc.tuple(fc.constantFrom('a', 'b', 'c', 'e', 'a.a', 'b.c'), fc.constantFrom<1 | -1>(1, -1)),
  {
    maxLength: 2,
    selector: ([name]) => name.split('.')[0],
  },
);
const step = fc.oneof(
  fc.record({ operator: fc.constantFrom('$set', '$min', '$max'), operand: value }),
  fc.record({ operator: fc.constant('$unset'), operand: fc.constant<Value>('') }),
  fc.record({ operator: fc.constantFrom('$inc', '$mul'), operand: fc.constantFrom<Value>(1, -2, 0, 0.5) }),
  fc.record({ operator: fc.constantFrom('$push', '$addToSet'), operand: scalar }),
  fc.record({
    operator: fc.constant('$push'),
    operand: fc.record({ $each: fc.array(scalar, { maxLength: 2 }), $slice: fc.integer({ min: -2, max: 2 }) }),
  }),
  fc.record({ operator: fc.constant('$pull'), operand: fc.constantFrom<Value>(1, 'a', null, true) }),
  fc.record({ operator: fc.constant('$pop'), operand: fc.constantFrom<Value>(1, -1) }),
);
const updatePath = fc.constantFrom('a', 'b', 'c', 'a.a', 'b.c');
const update = fc
  .uniqueArray(fc.tuple(updatePath, step), { minLength: 1, maxLength: 2, selector: ([name]) => name.split('.')[0] })
  .map((steps) => {
    const result: Fields = {};
    for (const [name, { operator, operand }] of steps) {
      result[operator] = { ...(result[operator] as Fields | undefined), [name]: operand as Value };
    }
    return result;
  });

const dataDir = mkdtempSync(join(tmpdir(), 'differential-'));
const realUri = process.env.TEST_MONGODB_URI;
let server: EmbeddedMongo;
const clients: MongoClient[] = [];
const subjects: { name: string; collection: Collection<Document> }[] = [];

beforeAll(async () => {
  server = await startEmbeddedMongo({ dataDir });
  for (const [name, uri] of Object.entries({ embedded: server.uri, real: realUri })) {
    if (uri === undefined) continue;
    const client = await new MongoClient(uri).connect();
    clients.push(client);
    for (const indexes of [[], [{ a: 1 }, { b: -1, e: 1 }, { 'a.a': 1 }, { e: 1, 'b.c': -1 }]]) {
      const collection = client.db('differential').collection(`items_${indexes.length}`);
      await collection.drop();
      for (const keys of indexes) await collection.createIndex(keys as Record<string, 1 | -1>);
      subjects.push({ name: `${name}, ${indexes.length} indexes`, collection });
    }
  }
});

afterAll(async () => {
  for (const client of clients) await client.close();
  await server.close();
  rmSync(dataDir, { recursive: true });
});

async function fill(collection: Collection<Document>, documents: Fields[]): Promise<void> {
  await collection.deleteMany({});
  if (documents.length > 0) await collection.insertMany(structuredClone(documents));
}

function numbered(documents: Fields[]): Fields[] {
  return documents.map((document, i) => ({ _id: i, ...document }));
}

/** Reckoning with fractions may give a zero a sign, as IEEE 754 has it; the model does not know which zeros are fractions. */
function withoutSignOfZero(value: unknown): unknown {
  if (typeof value === 'number') return value + 0;
  if (Array.isArray(value)) return value.map(withoutSignOfZero);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withoutSignOfZero(field)]));
}

describe('the engine agrees with a naive model', () => {
  it('on what a filter matches, and in which order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fields, { maxLength: 12 }).map(numbered),
        fc.array(fc.tuple(filter, sort), { minLength: 6, maxLength: 6 }),
        async (documents, queries) => {
          for (const { name, collection } of subjects) {
            await fill(collection, documents);
            for (const [query, keys] of queries) {
              const wanted = modelSort(
                documents.filter((document) => modelMatches(document, query)),
                [...keys, ['_id', 1]],
              );
              const found = await collection
                .find(query as Filter<Document>)
                .sort([...keys, ['_id', 1]] as Sort)
                .toArray();
              expect(found, `${name}: ${JSON.stringify(query)} sorted by ${JSON.stringify(keys)}`).toEqual(wanted);
            }
          }
        },
      ),
      { numRuns: 50 },
    );
  }, 60_000);

  it('on what an update makes, or that it is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fields, fc.array(update, { minLength: 4, maxLength: 4 }), async (document, updates) => {
        for (const { name, collection } of subjects) {
          const [start] = numbered([document]) as [Fields];
          await fill(collection, [start]);
          // Reckoning with fractions may change the type alone, which the model does not know.
          const knowsTypes = !JSON.stringify([document, updates]).includes('.5');
          let current = start;
          for (const change of updates) {
            let wanted: Fields | undefined;
            try {
              wanted = modelUpdate(current, change);
            } catch (error) {
              if (!(error instanceof Refused)) throw error;
            }
            const result = await collection
              .updateOne({ _id: 0 } as Document, change as UpdateFilter<Document>)
              .catch(() => undefined);
            const context = `${name}: ${JSON.stringify(change)} of ${JSON.stringify(current)}`;
            expect(result === undefined, context).toBe(wanted === undefined);
            const stored = (await collection.findOne({ _id: 0 } as Document)) as Fields;
            expect(withoutSignOfZero(stored), context).toEqual(withoutSignOfZero(wanted ?? current));
            if (result !== undefined && knowsTypes) {
              expect(result.modifiedCount, context).toBe(JSON.stringify(stored) === JSON.stringify(current) ? 0 : 1);
            }
            current = stored;
          }
          const check = await collection.db.command({ validate: collection.collectionName });
          expect(check.valid, name).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
