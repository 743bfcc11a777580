import { serialize } from 'bson';
import { type Document, decodeDocument } from '../bson-decode.ts';
import { CommandError } from '../errors.ts';
import { toInteger } from '../numbers.ts';
import { isDocument, isTruthy } from '../values.ts';
import { insertDocument } from '../write-operations.ts';
import {
  booleanField,
  type Call,
  type Commands,
  checkKnownFields,
  documentField,
  documentsField,
  integerField,
} from './command.ts';
import { runDelete, runUpdate } from './write-commands.ts';

const NAMESPACE = 'admin.$cmd.bulkWrite';
const UPDATE_FIELDS = [
  'update',
  'filter',
  'updateMods',
  'multi',
  'upsert',
  'arrayFilters',
  'hint',
  'collation',
  'constants',
  'sort',
];
const DELETE_FIELDS = ['delete', 'filter', 'multi', 'hint', 'collation'];

interface Totals {
  nErrors: number;
  nInserted: number;
  nMatched: number;
  nModified: number;
  nUpserted: number;
  nDeleted: number;
}

/** The bulkWrite command of MongoDB 8: inserts, updates and deletes of several collections, with a cursor of results. */
export const bulkWriteCommands: Commands = {
  bulkWrite: {
    isWrite: true,
    fields: ['ops', 'nsInfo', 'ordered', 'errorsOnly', 'bypassDocumentValidation', 'let', 'cursor'],
    run(call) {
      if (call.database !== 'admin') {
        throw new CommandError('Unauthorized', 'bulkWrite may only be run against the admin database.');
      }
      const namespaces = documentsField(call, 'nsInfo').map(namespaceFrom);
      const operations = documentsField(call, 'ops').map(asDocument);
      const totals: Totals = { nErrors: 0, nInserted: 0, nMatched: 0, nModified: 0, nUpserted: 0, nDeleted: 0 };
      const isOrdered = call.command.ordered === undefined || isTruthy(call.command.ordered);
      const errorsOnly = booleanField(call, 'errorsOnly');
      const results: Buffer[] = [];
      for (const [idx, operation] of operations.entries()) {
        const result = attempt(call, namespaces, operation, totals);
        if (result.ok === 0 || !errorsOnly)
          results.push(Buffer.from(serialize({ ...result, idx }, { ignoreUndefined: true })));
        if (result.ok === 0 && isOrdered) break;
      }
      const batchSize = integerField({ ...call, command: documentField(call, 'cursor') ?? {} }, 'batchSize');
      const batch = call.state.cursors.open(NAMESPACE, results, { batchSize, limit: results.length });
      return { cursor: { name: 'firstBatch', namespace: NAMESPACE, ...batch }, fields: { ...totals, ok: 1 } };
    },
  },
};

function asDocument(source: Document | Buffer): Document {
  return Buffer.isBuffer(source) ? decodeDocument(source) : source;
}

function namespaceFrom(source: Document | Buffer): string {
  const { ns } = asDocument(source);
  if (typeof ns !== 'string' || !ns.includes('.')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${String(ns)}'`);
  }
  return ns;
}

function attempt(call: Call, namespaces: readonly string[], operation: Document, totals: Totals): Document {
  try {
    return { ok: 1, ...runOne(call, namespaces, operation, totals) };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    totals.nErrors++;
    return { ok: 0, n: 0, code: error.code, errmsg: error.message, ...error.details };
  }
}

function runOne(call: Call, namespaces: readonly string[], operation: Document, totals: Totals): Document {
  const kind = Object.keys(operation)[0] ?? '';
  const namespace = namespaces[toInteger(operation[kind]) ?? -1];
  if (namespace === undefined)
    throw new CommandError('BadValue', `BulkWrite ops entry ${kind} has an invalid nsInfo index.`);
  const { filter: q, updateMods: u, constants: c, multi, document } = operation;
  const variables = documentField(call, 'let') ?? {};
  switch (kind) {
    case 'insert': {
      checkKnownFields(operation, 'bulkWrite.ops', ['insert', 'document']);
      if (!isDocument(document)) throw new CommandError('TypeMismatch', 'bulkWrite needs a document to insert');
      insertDocument(call.state.catalog.ensure(namespace), document, call.state.now());
      totals.nInserted++;
      return { n: 1 };
    }
    case 'update': {
      checkKnownFields(operation, 'bulkWrite.ops', UPDATE_FIELDS);
      const { update: _, filter: _filter, updateMods: _mods, constants: _constants, ...options } = operation;
      const statement = { ...options, q, u, ...(c === undefined ? {} : { c }) };
      const { matched, modified, upsertedId } = runUpdate(call, namespace, statement, variables);
      totals.nMatched += matched;
      totals.nModified += modified;
      if (upsertedId === undefined) return { n: matched, nModified: modified };
      totals.nUpserted++;
      return { n: 1, nModified: 0, upserted: { _id: upsertedId } };
    }
    case 'delete': {
      checkKnownFields(operation, 'bulkWrite.ops', DELETE_FIELDS);
      const { hint, collation } = operation;
      const n = runDelete(call, namespace, { q, limit: isTruthy(multi) ? 0 : 1, hint, collation }, variables);
      totals.nDeleted += n;
      return { n };
    }
    default:
      throw new CommandError('IDLUnknownField', `BSON field 'bulkWrite.ops.${kind}' is an unknown field.`);
  }
}
