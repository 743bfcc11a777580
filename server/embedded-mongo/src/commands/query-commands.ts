import { serialize } from 'bson';
import type { Candidate } from '../engine/planner.ts';
import { countMatches, prepareQuery, type QueryRequest } from '../engine/query.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import { compileProjection } from '../language/projection.ts';
import { parseSort } from '../language/sort.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { isNumber, toInteger } from '../values/numbers.ts';
import { visitPath } from '../values/paths.ts';
import {
  booleanField,
  type Call,
  type Commands,
  checkCollation,
  documentField,
  hintField,
  integerField,
  letField,
  missingField,
  namespaceOf,
  refuseOptions,
  wrongType,
} from './command.ts';

function distinctValues(candidates: Iterable<Candidate>, path: string[]): unknown[] {
  const values = new Map<string, unknown>();
  const add = (value: unknown) => {
    if (value === undefined) return;
    const key = new KeyWriter().append(value).raw().toString('latin1');
    if (!values.has(key)) values.set(key, value);
  };
  for (const { document } of candidates) {
    visitPath(document, path, ({ value, isWholeArray }) => {
      if (!isWholeArray) add(value);
      return false;
    });
  }
  return [...values.values()];
}

/** Reads the options of a find: what to look for, and how to show it. */
export function parseFind(call: Call): {
  request: QueryRequest;
  project: (candidates: Iterable<Candidate>) => Iterable<Buffer>;
} {
  checkCollation(call.command.collation);
  refuseOptions(call, ['max', 'min', 'returnKey', 'showRecordId', 'awaitData']);
  if (booleanField(call, 'tailable')) {
    throw new CommandError('BadValue', 'error processing query: tailable cursor requested on non capped collection');
  }
  const variables = letField(call);
  const filter = compileFilter(documentField(call, 'filter') ?? {}, variables);
  const projection = compileProjection(documentField(call, 'projection') ?? {}, variables);
  const order = documentField(call, 'sort') ?? {};
  const hint = hintField(call.command.hint);
  const isNatural = Object.hasOwn(order, '$natural');
  const request: QueryRequest = {
    filter,
    sort: isNatural ? [] : parseSort(order),
    skip: integerField(call, 'skip') ?? 0,
    limit: integerField(call, 'limit') ?? 0,
    hint: isNatural && hint === undefined ? order : hint,
  };
  return {
    request,
    *project(candidates) {
      for (const candidate of candidates) {
        yield projection === undefined
          ? candidate.bytes
          : Buffer.from(serialize(projection(candidate.document, filter), { ignoreUndefined: true }));
      }
    },
  };
}

/** find, getMore, killCursors, count and distinct. */
export const queryCommands: Commands = {
  find: {
    isWrite: false,
    fields: [
      'filter',
      'projection',
      'sort',
      'hint',
      'skip',
      'limit',
      'batchSize',
      'singleBatch',
      'let',
      'collation',
      'allowDiskUse',
      'allowPartialResults',
      'noCursorTimeout',
      'max',
      'min',
      'returnKey',
      'showRecordId',
      'tailable',
      'awaitData',
      'oplogReplay',
    ],
    run(call) {
      const namespace = namespaceOf(call);
      const { request, project } = parseFind(call);
      const collection = call.state.catalog.find(namespace);
      const results = collection === undefined ? [] : project(prepareQuery(collection, request).run());
      const batch = call.state.cursors.open(namespace, results, {
        batchSize: integerField(call, 'batchSize'),
        isSingleBatch: booleanField(call, 'singleBatch'),
        limit: request.limit ?? 0,
      });
      return { cursor: { name: 'firstBatch', namespace, ...batch }, fields: { ok: 1 } };
    },
  },
  getMore: {
    isWrite: false,
    fields: ['collection', 'batchSize'],
    run(call) {
      const { getMore: id, collection } = call.command;
      if (typeof id !== 'bigint') throw wrongType(call, 'getMore', id, 'long');
      if (typeof collection !== 'string') throw wrongType(call, 'collection', collection, 'string');
      const batchSize = integerField(call, 'batchSize');
      const namespace = `${call.database}.${collection}`;
      const batch = call.state.cursors.next(id, namespace, batchSize === 0 ? undefined : batchSize);
      return { cursor: { name: 'nextBatch', namespace, ...batch }, fields: { ok: 1 } };
    },
  },
  killCursors: {
    isWrite: false,
    fields: ['cursors'],
    run(call) {
      namespaceOf(call);
      const { cursors } = call.command;
      if (!Array.isArray(cursors)) throw wrongType(call, 'cursors', cursors, 'array');
      const ids = cursors.map((id) => {
        if (!isNumber(id)) throw wrongType(call, 'cursors', id, 'long');
        return BigInt(String(id));
      });
      const cursorsKilled = ids.filter((id) => call.state.cursors.close(id));
      const cursorsNotFound = ids.filter((id) => !cursorsKilled.includes(id));
      return { fields: { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 } };
    },
  },
  count: {
    isWrite: false,
    fields: ['query', 'limit', 'skip', 'hint', 'collation', 'fields'],
    run(call) {
      checkCollation(call.command.collation);
      const collection = call.state.catalog.find(namespaceOf(call));
      const request = {
        filter: compileFilter(documentField(call, 'query') ?? {}),
        // A negative limit counts as a positive one.
        limit: Math.abs(toInteger(call.command.limit ?? 0) ?? 0),
        skip: integerField(call, 'skip') ?? 0,
        hint: hintField(call.command.hint),
      };
      return { fields: { n: collection === undefined ? 0 : countMatches(collection, request), ok: 1 } };
    },
  },
  distinct: {
    isWrite: false,
    fields: ['key', 'query', 'hint', 'collation'],
    run(call) {
      checkCollation(call.command.collation);
      const collection = call.state.catalog.find(namespaceOf(call));
      const { key } = call.command;
      if (key === undefined) throw missingField(call, 'key');
      if (typeof key !== 'string') throw wrongType(call, 'key', key, 'string');
      const filter = compileFilter(documentField(call, 'query') ?? {});
      const hint = hintField(call.command.hint);
      const candidates = collection === undefined ? [] : prepareQuery(collection, { filter, hint }).run();
      return { fields: { values: distinctValues(candidates, key.split('.')), ok: 1 } };
    },
  },
};
