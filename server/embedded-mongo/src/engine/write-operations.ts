import { ObjectId, serialize, Timestamp } from 'bson';
import { CommandError } from '../errors.ts';
import type { MatchDetails } from '../language/match-nodes.ts';
import type { Filter } from '../language/matcher.ts';
import type { SortKey } from '../language/sort.ts';
import type { Update } from '../update/update.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { identicalValues, isDocument, TypeOrder, typeName, typeOrder } from '../values/values.ts';
import type { Collection } from './collection.ts';
import { Candidate } from './planner.ts';
import { findFirst, matchDetails, prepareQuery } from './query.ts';

const maxStoredDepth = 180;

/** What an update is to do, and to which documents. */
interface UpdateRequest {
  /** As the client sent it: an upsert takes its fields from it. */
  query: unknown;
  filter: Filter;
  update: Update;
  isUpsert: boolean;
  isMulti: boolean;
  sort?: readonly SortKey[];
  hint?: unknown;
}

export interface UpdateResult {
  matched: number;
  modified: number;
  upsertedId?: unknown;
  /** Of an update of one document: its bytes before and after. */
  before?: Buffer;
  after?: Buffer;
}

/** Refuses what nests deeper than can be read back inside a reply. */
function checkDepth(value: unknown, depth = 0): void {
  if (depth > maxStoredDepth) {
    throw new CommandError('Overflow', `Document exceeds maximum nested object depth: ${maxStoredDepth}`);
  }
  if (Array.isArray(value)) for (const item of value) checkDepth(item, depth + 1);
  else if (isDocument(value)) for (const name of Object.keys(value)) checkDepth(value[name], depth + 1);
}

/** JavaScript puts names that are numbers first; MongoDB puts `_id` first. */
function encodeWithIdFirst(document: Document): Buffer {
  const names = Object.keys(document);
  const ordered = names[0] === '_id' ? document : new Map([['_id', document._id], ...Object.entries(document)]);
  return Buffer.from(serialize(ordered as Document, { ignoreUndefined: true }));
}

function isEmptyTimestamp(value: unknown): boolean {
  return value instanceof Timestamp && value.isZero();
}

function timestamp(now: number): Timestamp {
  return new Timestamp({ t: Math.floor(now / 1000), i: 1 });
}

function checkIdType(id: unknown): void {
  const type = typeOrder(id);
  if (type === TypeOrder.array || type === TypeOrder.regex || type === TypeOrder.missing) {
    throw new CommandError('InvalidIdField', `The '_id' value cannot be of type ${typeName(id)}`);
  }
  if (isDocument(id)) {
    const dollar = Object.keys(id).find((name) => name.startsWith('$'));
    if (dollar !== undefined) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `_id fields may not contain '$'-prefixed fields: ${dollar} is not valid for storage.`,
      );
    }
  }
}

/** The new bytes, or undefined when the update changes nothing. */
function updateOne(
  collection: Collection,
  candidate: Candidate,
  update: Update,
  details: MatchDetails,
  now: number,
): Buffer | undefined {
  const after = update.apply(decodeDocument(candidate.bytes), details, now);
  if (identicalValues(candidate.document, after)) return undefined;
  checkDepth(after);
  return collection.replace(candidate.recordId, candidate, after, encodeWithIdFirst(after));
}

function updateAll(collection: Collection, { filter, update, hint }: UpdateRequest, now: number): UpdateResult {
  // All matches are found before the first is changed, so that none is met again in a new place.
  const recordIds = [...prepareQuery(collection, { filter, hint }).run()].map((candidate) => candidate.recordId);
  let modified = 0;
  for (const recordId of recordIds) {
    const bytes = collection.get(recordId);
    if (bytes === undefined) continue;
    const candidate = new Candidate({ recordId, bytes });
    const details = matchDetails(filter, candidate.document);
    if (updateOne(collection, candidate, update, details, now) !== undefined) modified++;
  }
  return { matched: recordIds.length, modified };
}

function upsert(collection: Collection, request: UpdateRequest, now: number): UpdateResult {
  const document = request.update.create(request.query, now);
  checkIdType(document._id);
  checkDepth(document);
  const bytes = encodeWithIdFirst(document);
  collection.insert(document, bytes);
  return { matched: 0, modified: 0, upsertedId: document._id, after: bytes };
}

/** Stores a new document, with an `_id` made for it where it has none. Gives the `_id`. */
export function insertDocument(collection: Collection, source: Document | Buffer, now: number): unknown {
  const document = Buffer.isBuffer(source) ? decodeDocument(source) : source;
  const names = Object.keys(document);
  const hasId = Object.hasOwn(document, '_id');
  checkDepth(document);
  if (hasId) checkIdType(document._id);
  const needsStamp = names.some((name) => isEmptyTimestamp(document[name]));
  if (hasId && Buffer.isBuffer(source) && names[0] === '_id' && !needsStamp) {
    collection.insert(document, source);
    return document._id;
  }
  const id = hasId ? document._id : new ObjectId();
  const complete: Document = { _id: id };
  for (const name of names) {
    // An empty timestamp at the top level asks for the present one.
    if (name !== '_id') complete[name] = isEmptyTimestamp(document[name]) ? timestamp(now) : document[name];
  }
  collection.insert(complete, encodeWithIdFirst(complete));
  return id;
}

/** Updates the documents that match, or inserts one for an upsert that matches none. */
export function updateDocuments(collection: Collection, request: UpdateRequest, now: number): UpdateResult {
  if (request.isMulti) {
    const result = updateAll(collection, request, now);
    return result.matched === 0 && request.isUpsert ? upsert(collection, request, now) : result;
  }
  const found = findFirst(collection, request);
  if (found === undefined) return request.isUpsert ? upsert(collection, request, now) : { matched: 0, modified: 0 };
  const after = updateOne(collection, found.candidate, request.update, found.details, now);
  const before = found.candidate.bytes;
  return { matched: 1, modified: after === undefined ? 0 : 1, before, after: after ?? before };
}

/** Deletes the documents that match, or the first of them. Gives how many. */
export function deleteDocuments(collection: Collection, filter: Filter, isMulti: boolean, hint: unknown): number {
  if (!isMulti) {
    const found = findFirst(collection, { filter, hint });
    if (found === undefined) return 0;
    collection.remove(found.candidate);
    return 1;
  }
  let count = 0;
  const recordIds = [...prepareQuery(collection, { filter, hint }).run()].map((candidate) => candidate.recordId);
  for (const recordId of recordIds) {
    const bytes = collection.get(recordId);
    if (bytes === undefined) continue;
    collection.remove({ recordId, bytes });
    count++;
  }
  return count;
}
