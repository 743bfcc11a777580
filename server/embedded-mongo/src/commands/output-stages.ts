import { ObjectId } from 'bson';
import type { Collection, Index } from '../engine/collection.ts';
import { duplicateKey } from '../engine/index-definition.ts';
import { insertDocument, updateDocuments } from '../engine/write-operations.ts';
import { CommandError } from '../errors.ts';
import { runStages } from '../language/aggregation.ts';
import { compileFilter } from '../language/matcher.ts';
import { compileUpdate } from '../update/update.ts';
import type { Document } from '../values/bson.ts';
import { getPath } from '../values/paths.ts';
import { isDocument } from '../values/values.ts';
import { type Call, checkKnownFields } from './command.ts';

const mergeFields = ['into', 'on', 'let', 'whenMatched', 'whenNotMatched'];

function namespaceFrom(call: Call, target: unknown): string {
  if (typeof target === 'string') return `${call.database}.${target}`;
  if (isDocument(target) && typeof target.db === 'string' && typeof target.coll === 'string') {
    checkKnownFields(target, 'into', ['db', 'coll']);
    return `${target.db}.${target.coll}`;
  }
  throw new CommandError(16990, 'the target must be a string or an object with db and coll');
}

/** All or nothing: a duplicate among the results leaves the old collection as it was, indexes and all. */
function replaceCollection(call: Call, target: unknown, documents: Document[]): void {
  const { catalog } = call.state;
  const collection = catalog.ensure(namespaceFrom(call, target));
  const before = [...collection.documents()];
  for (const stored of before) collection.remove(stored);
  try {
    for (const document of documents) insertDocument(collection, document, call.state.now());
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    for (const stored of [...collection.documents()]) collection.remove(stored);
    for (const { bytes } of before) insertDocument(collection, bytes, call.state.now());
    throw error;
  }
}

function uniqueIndexOn(collection: Collection, on: string[]): Index {
  const index = collection.indexes.find(
    (one) => one.isUnique && one.fields.length === on.length && one.fields.every((field) => on.includes(field.text)),
  );
  if (index === undefined) {
    throw new CommandError(51183, 'Cannot find index to verify that join fields will be unique');
  }
  return index;
}

function evaluateLet(variables: Document, document: Document): Document {
  const [values] = runStages([document], [{ $replaceWith: variables }], {});
  return { new: document, ...values };
}

function mergeOne(call: Call, collection: Collection, on: string[], options: Document, source: Document): void {
  const document = Object.hasOwn(source, '_id') ? source : { _id: new ObjectId(), ...source };
  const { whenMatched = 'merge', whenNotMatched = 'insert' } = options;
  const query = Object.fromEntries(on.map((path) => [path, { $eq: getPath(document, path.split('.')) ?? null }]));
  const filter = compileFilter(query);
  const { _id, ...rest } = document;
  const isMerge = whenMatched === 'merge' || Array.isArray(whenMatched);
  const variables = isDocument(options.let) ? evaluateLet(options.let, document) : { new: document };
  const update = compileUpdate(
    Array.isArray(whenMatched) ? whenMatched : isMerge ? { $set: rest } : rest,
    Array.isArray(whenMatched) ? { variables } : {},
  );
  const now = call.state.now();
  if (whenMatched === 'keepExisting' || whenMatched === 'fail') {
    const existing = updateDocuments(
      collection,
      { query, filter, update: compileUpdate({ $set: {} }), isUpsert: false, isMulti: false },
      now,
    );
    if (existing.matched > 0) {
      if (whenMatched === 'keepExisting') return;
      const index = uniqueIndexOn(collection, on);
      throw duplicateKey(
        collection.namespace,
        index,
        index.fields.map(({ path }) => getPath(document, path)),
      );
    }
  } else {
    if (!isMerge && whenMatched !== 'replace')
      throw new CommandError(
        'BadValue',
        `Enumeration value '${String(whenMatched)}' for field 'whenMatched' is not a valid value.`,
      );
    if (updateDocuments(collection, { query, filter, update, isUpsert: false, isMulti: false }, now).matched > 0)
      return;
  }
  if (whenNotMatched === 'insert') insertDocument(collection, document, now);
  else if (whenNotMatched === 'fail')
    throw new CommandError(
      13113,
      '$merge could not find a matching document in the target collection for at least one document in the source collection',
    );
  else if (whenNotMatched !== 'discard')
    throw new CommandError(
      'BadValue',
      `Enumeration value '${String(whenNotMatched)}' for field 'whenNotMatched' is not a valid value.`,
    );
}

function mergeDocuments(call: Call, spec: unknown, documents: Document[]): void {
  const options: Document = isDocument(spec) && Object.hasOwn(spec, 'into') ? spec : { into: spec };
  checkKnownFields(options, '$merge', mergeFields);
  const collection = call.state.catalog.ensure(namespaceFrom(call, options.into));
  const on =
    options.on === undefined ? ['_id'] : Array.isArray(options.on) ? (options.on as string[]) : [String(options.on)];
  uniqueIndexOn(collection, on);
  for (const document of documents) mergeOne(call, collection, on, options, document);
}

/** Writes the results of a pipeline by its last stage, `$out` or `$merge`. */
export function writeStage(call: Call, stage: Document, documents: Document[]): void {
  if (Object.hasOwn(stage, '$out')) replaceCollection(call, stage.$out, documents);
  else mergeDocuments(call, stage.$merge, documents);
}
