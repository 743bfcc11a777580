import type { Document } from '../bson-decode.ts';
import { decodeDocument } from '../bson-decode.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../matcher.ts';
import { toInteger } from '../numbers.ts';
import { parseSort } from '../sort.ts';
import { compileUpdate } from '../update.ts';
import { isDocument, isTruthy } from '../values.ts';
import { deleteDocuments, insertDocument, type UpdateResult, updateDocuments } from '../write-operations.ts';
import {
  type Call,
  type Commands,
  checkCollation,
  checkKnownFields,
  documentField,
  documentsField,
  hintField,
  namespaceOf,
} from './command.ts';

const MAX_BATCH = 100_000;
const UPDATE_FIELDS = ['q', 'u', 'c', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort'];
const DELETE_FIELDS = ['q', 'limit', 'hint', 'collation'];

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
      const variables = documentField(call, 'let') ?? {};
      const upserted: Document[] = [];
      let n = 0;
      let nModified = 0;
      const errors = runAll(call, batchOf(call, 'updates'), (source, index) => {
        const result = runUpdate(call, namespace, asDocument(source), variables);
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
      const variables = documentField(call, 'let') ?? {};
      let n = 0;
      const errors = runAll(call, batchOf(call, 'deletes'), (source) => {
        n += runDelete(call, namespace, asDocument(source), variables);
      });
      return { fields: { n, ...errors, ok: 1 } };
    },
  },
};

/** One statement of an update command. */
export function runUpdate(call: Call, namespace: string, statement: Document, variables: Document): UpdateResult {
  checkKnownFields(statement, 'update.updates', UPDATE_FIELDS);
  checkCollation(statement.collation);
  const query = queryOf(statement, 'q', 'update.updates');
  if (statement.u === undefined) {
    throw new CommandError('IDLFailedToParse', "BSON field 'update.updates.u' is missing but a required field");
  }
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
  checkKnownFields(statement, 'delete.deletes', DELETE_FIELDS);
  checkCollation(statement.collation);
  const limit = toInteger(statement.limit);
  if (limit !== 0 && limit !== 1) {
    throw new CommandError(
      'FailedToParse',
      `The limit field in delete objects must be 0 or 1. Got ${String(statement.limit)}`,
    );
  }
  const filter = compileFilter(queryOf(statement, 'q', 'delete.deletes'), variables);
  const hint = hintField(statement.hint);
  const collection = call.state.catalog.find(namespace);
  return collection === undefined ? 0 : deleteDocuments(collection, filter, limit === 0, hint);
}

function queryOf(statement: Document, field: string, prefix: string): Document {
  const query = statement[field];
  if (query === undefined) {
    throw new CommandError('IDLFailedToParse', `BSON field '${prefix}.${field}' is missing but a required field`);
  }
  if (!isDocument(query))
    throw new CommandError('TypeMismatch', `BSON field '${prefix}.${field}' is the wrong type, expected type 'object'`);
  return query;
}

function asDocument(source: Document | Buffer): Document {
  return Buffer.isBuffer(source) ? decodeDocument(source) : source;
}

function batchOf(call: Call, field: string): (Document | Buffer)[] {
  const documents = documentsField(call, field);
  if (documents.length === 0 || documents.length > MAX_BATCH) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${documents.length} operations.`,
    );
  }
  return documents;
}

/** Runs each operation, and gives their errors; an ordered batch ends at the first, any other goes on. */
function runAll(
  call: Call,
  operations: readonly (Document | Buffer)[],
  run: (operation: Document | Buffer, index: number) => void,
): Document {
  const isOrdered = call.command.ordered === undefined || isTruthy(call.command.ordered);
  const writeErrors: Document[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      run(operation, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      writeErrors.push({ index, code: error.code, errmsg: error.message, ...error.details });
      if (isOrdered) break;
    }
  }
  return writeErrors.length === 0 ? {} : { writeErrors };
}
