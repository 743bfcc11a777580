import { deleteDocuments, insertDocument, type UpdateResult, updateDocuments } from '../engine/write-operations.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import { parseSort } from '../language/sort.ts';
import { compileUpdate } from '../update/update.ts';
import type { Document } from '../values/bson.ts';
import { decodeDocument } from '../values/bson.ts';
import { toInteger } from '../values/numbers.ts';
import { isDocument, isTruthy } from '../values/values.ts';
import {
  type Call,
  type Commands,
  checkCollation,
  checkShape,
  documentsField,
  hintField,
  isOrderedBatch,
  letField,
  namespaceOf,
  type Shape,
} from './command.ts';

const maxBatch = 100_000;
const updateShape: Shape = {
  q: 'object',
  u: 'any',
  c: 'object',
  multi: 'bool',
  upsert: 'bool',
  arrayFilters: 'array',
  hint: 'any',
  collation: 'object',
  sort: 'object',
};
const deleteShape: Shape = { q: 'object', limit: 'any', hint: 'any', collation: 'object' };

function checkDelete(statement: Document): void {
  checkShape(statement, 'delete.deletes', deleteShape, ['q', 'limit']);
  const limit = toInteger(statement.limit);
  if (limit !== 0 && limit !== 1) {
    throw new CommandError(
      'FailedToParse',
      `The limit field in delete objects must be 0 or 1. Got ${String(statement.limit)}`,
    );
  }
}

function asDocument(source: Document | Buffer): Document {
  return Buffer.isBuffer(source) ? decodeDocument(source) : source;
}

function batchOf(call: Call, field: string): (Document | Buffer)[] {
  const documents = documentsField(call, field);
  if (documents.length === 0 || documents.length > maxBatch) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${maxBatch}. Got ${documents.length} operations.`,
    );
  }
  return documents;
}

/** Runs each operation, and gives their errors; an ordered batch ends at the first, any other goes on. */
function runAll<T>(call: Call, operations: readonly T[], run: (operation: T, index: number) => void): Document {
  const isOrdered = isOrderedBatch(call);
  const writeErrors: Document[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      run(operation, index);
    } catch (error) {
      // Time that is out is out for the whole command.
      if (!(error instanceof CommandError) || error.codeName === 'MaxTimeMSExpired') throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
      if (isOrdered) break;
    }
  }
  return writeErrors.length === 0 ? {} : { writeErrors };
}

/** One statement of an update command. */
export function runUpdate(call: Call, namespace: string, statement: Document, variables: Document): UpdateResult {
  checkCollation(statement.collation);
  const query = statement.q as Document;
  const constants = isDocument(statement.c) ? statement.c : {};
  const update = compileUpdate(statement.u, {
    arrayFilters: statement.arrayFilters,
    variables: { ...variables, ...constants },
  });
  const isMulti = isTruthy(statement.multi);
  if (isMulti && update.isReplacement) {
    throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
  }
  if (isMulti && statement.sort !== undefined) {
    throw new CommandError('FailedToParse', 'Cannot specify sort with multi=true');
  }
  const isUpsert = isTruthy(statement.upsert);
  const filter = compileFilter(query, variables);
  const { catalog } = call.state;
  const collection = isUpsert ? catalog.ensure(namespace) : catalog.find(namespace);
  if (collection === undefined) return { matched: 0, modified: 0 };
  const sort = statement.sort === undefined ? [] : parseSort(statement.sort);
  const request = { query, filter, update, isUpsert, isMulti, sort, hint: hintField(statement.hint) };
  return updateDocuments(collection, request, call.state.now());
}

/** One statement of a delete command; gives how many documents it removed. */
export function runDelete(call: Call, namespace: string, statement: Document, variables: Document): number {
  checkCollation(statement.collation);
  const filter = compileFilter(statement.q, variables);
  const hint = hintField(statement.hint);
  const collection = call.state.catalog.find(namespace);
  return collection === undefined ? 0 : deleteDocuments(collection, filter, toInteger(statement.limit) === 0, hint);
}

/** insert, update and delete: many operations in one command, each with its own error. */
export const writeCommands: Commands = {
  insert: {
    isWrite: true,
    fields: ['documents', 'ordered', 'bypassDocumentValidation'],
    run(call) {
      const { catalog } = call.state;
      const namespace = namespaceOf(call);
      const documents = batchOf(call, 'documents');
      const collection = catalog.ensure(namespace);
      const now = call.state.now();
      let n = 0;
      const errors = runAll(call, documents, (document) => {
        insertDocument(collection, document, now);
        n++;
      });
      return { fields: { n, ...errors, ok: 1 } };
    },
  },
  update: {
    isWrite: true,
    fields: ['updates', 'ordered', 'bypassDocumentValidation', 'let'],
    run(call) {
      const namespace = namespaceOf(call);
      const variables = letField(call);
      const upserted: Document[] = [];
      let n = 0;
      let nModified = 0;
      const statements = batchOf(call, 'updates').map(asDocument);
      for (const statement of statements) checkShape(statement, 'update.updates', updateShape, ['q', 'u']);
      const errors = runAll(call, statements, (statement, index) => {
        const result = runUpdate(call, namespace, statement, variables);
        n += result.matched + (result.upsertedId === undefined ? 0 : 1);
        nModified += result.modified;
        if (result.upsertedId !== undefined) upserted.push({ index, _id: result.upsertedId });
      });
      const fields: Document = { n, nModified };
      if (upserted.length > 0) fields.upserted = upserted;
      return { fields: { ...fields, ...errors, ok: 1 } };
    },
  },
  delete: {
    isWrite: true,
    fields: ['deletes', 'ordered', 'let'],
    run(call) {
      const namespace = namespaceOf(call);
      const variables = letField(call);
      let n = 0;
      const statements = batchOf(call, 'deletes').map(asDocument);
      for (const statement of statements) checkDelete(statement);
      const errors = runAll(call, statements, (statement) => {
        n += runDelete(call, namespace, statement, variables);
      });
      return { fields: { n, ...errors, ok: 1 } };
    },
  },
};
