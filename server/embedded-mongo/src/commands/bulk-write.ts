import { serialize } from 'bson';
import { insertDocument } from '../engine/write-operations.ts';
import { CommandError } from '../errors.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { toInteger } from '../values/numbers.ts';
import { isTruthy } from '../values/values.ts';
import {
  booleanField,
  type Call,
  type Commands,
  checkShape,
  documentField,
  documentsField,
  integerField,
  isOrderedBatch,
  letField,
  type Shape,
} from './command.ts';
import { runDelete, runUpdate } from './write-commands.ts';

const resultNamespace = 'admin.$cmd.bulkWrite';
/** The fields of each kind of operation, and those that it must have. */
const operationShapes: Readonly<Record<string, { shape: Shape; required: readonly string[] }>> = {
  insert: { shape: { insert: 'any', document: 'object' }, required: ['document'] },
  update: {
    shape: {
      update: 'any',
      filter: 'object',
      updateMods: 'any',
      multi: 'bool',
      upsert: 'bool',
      arrayFilters: 'array',
      hint: 'any',
      collation: 'object',
      constants: 'object',
      sort: 'object',
    },
    required: ['filter', 'updateMods'],
  },
  delete: {
    shape: { delete: 'any', filter: 'object', multi: 'bool', hint: 'any', collation: 'object' },
    required: ['filter'],
  },
};

interface Totals {
  nErrors: number;
  nInserted: number;
  nMatched: number;
  nModified: number;
  nUpserted: number;
  nDeleted: number;
}

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

function checkOperation(operation: Document, namespaces: readonly string[]): void {
  const kind = Object.keys(operation)[0] ?? '';
  const definition = Object.hasOwn(operationShapes, kind) ? operationShapes[kind] : undefined;
  if (definition === undefined) {
    throw new CommandError('IDLUnknownField', `BSON field 'bulkWrite.ops.${kind}' is an unknown field.`);
  }
  checkShape(operation, 'bulkWrite.ops', definition.shape, definition.required);
  if (namespaces[toInteger(operation[kind]) ?? -1] === undefined) {
    throw new CommandError('BadValue', `BulkWrite ops entry ${kind} has an invalid nsInfo index.`);
  }
}

function runOne(call: Call, namespaces: readonly string[], operation: Document, totals: Totals): Document {
  const kind = Object.keys(operation)[0] ?? '';
  const namespace = namespaces[toInteger(operation[kind]) as number] as string;
  const { filter: q, updateMods: u, constants: c, multi, document } = operation;
  const variables = letField(call);
  switch (kind) {
    case 'insert': {
      insertDocument(call.state.catalog.ensure(namespace), document as Document, call.state.now());
      totals.nInserted++;
      return { n: 1 };
    }
    case 'update': {
      const { update: _, filter: _filter, updateMods: _mods, constants: _constants, ...options } = operation;
      const statement = { ...options, q, u, ...(c === undefined ? {} : { c }) };
      const { matched, modified, upsertedId } = runUpdate(call, namespace, statement, variables);
      totals.nMatched += matched;
      totals.nModified += modified;
      if (upsertedId === undefined) return { n: matched, nModified: modified };
      totals.nUpserted++;
      return { n: 1, nModified: 0, upserted: { _id: upsertedId } };
    }
    default: {
      const { hint, collation } = operation;
      const n = runDelete(call, namespace, { q, limit: isTruthy(multi) ? 0 : 1, hint, collation }, variables);
      totals.nDeleted += n;
      return { n };
    }
  }
}

function attempt(call: Call, namespaces: readonly string[], operation: Document, totals: Totals): Document {
  try {
    return { ok: 1, ...runOne(call, namespaces, operation, totals) };
  } catch (error) {
    if (!(error instanceof CommandError) || error.codeName === 'MaxTimeMSExpired') throw error;
    totals.nErrors++;
    return { ok: 0, n: 0, code: error.code, errmsg: error.message, ...error.details };
  }
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
      for (const operation of operations) checkOperation(operation, namespaces);
      const isOrdered = isOrderedBatch(call);
      const errorsOnly = booleanField(call, 'errorsOnly');
      const results: Buffer[] = [];
      for (const [idx, operation] of operations.entries()) {
        const result = attempt(call, namespaces, operation, totals);
        if (result.ok === 0 || !errorsOnly)
          results.push(Buffer.from(serialize({ ...result, idx }, { ignoreUndefined: true })));
        if (result.ok === 0 && isOrdered) break;
      }
      const batchSize = integerField({ ...call, command: documentField(call, 'cursor') ?? {} }, 'batchSize');
      const batch = call.state.cursors.open(resultNamespace, results, { batchSize, limit: results.length });
      return { cursor: { name: 'firstBatch', namespace: resultNamespace, ...batch }, fields: { ...totals, ok: 1 } };
    },
  },
};
