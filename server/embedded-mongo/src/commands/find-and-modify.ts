import { findFirst } from '../engine/query.ts';
import { updateDocuments } from '../engine/write-operations.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import { compileProjection } from '../language/projection.ts';
import { parseSort } from '../language/sort.ts';
import { compileUpdate } from '../update/update.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import {
  booleanField,
  type Call,
  type Command,
  type Commands,
  checkCollation,
  documentField,
  hintField,
  letField,
  namespaceOf,
} from './command.ts';
import type { Reply } from './request.ts';

function invalid(message: string): CommandError {
  return new CommandError('FailedToParse', message);
}

function requestOf(call: Call) {
  const query = documentField(call, 'query') ?? {};
  const variables = letField(call);
  const sort = parseSort(documentField(call, 'sort') ?? {});
  return { query, filter: compileFilter(query, variables), sort, hint: hintField(call.command.hint), variables };
}

type FindRequest = ReturnType<typeof requestOf>;

function valueProjection(call: Call, request: FindRequest): (bytes: Buffer) => Document {
  const projection = compileProjection(documentField(call, 'fields') ?? {}, request.variables);
  return (bytes) => {
    const document = decodeDocument(bytes);
    return projection === undefined ? document : projection(document, request.filter);
  };
}

function answer(lastErrorObject: Document, value: Document | null): Reply {
  return { fields: { lastErrorObject, value, ok: 1 } };
}

function remove(call: Call, namespace: string): Reply {
  const request = requestOf(call);
  const project = valueProjection(call, request);
  const collection = call.state.catalog.find(namespace);
  const found = collection && findFirst(collection, request);
  if (collection === undefined || found === undefined) return answer({ n: 0 }, null);
  const value = project(found.candidate.bytes);
  collection.remove(found.candidate);
  return answer({ n: 1 }, value);
}

function modify(call: Call, namespace: string, isUpsert: boolean, wantsNew: boolean): Reply {
  const request = requestOf(call);
  const project = valueProjection(call, request);
  const { update: source, arrayFilters } = call.command;
  const update = compileUpdate(source, { arrayFilters, variables: request.variables });
  const { catalog } = call.state;
  const collection = isUpsert ? catalog.ensure(namespace) : catalog.find(namespace);
  if (collection === undefined) return answer({ n: 0, updatedExisting: false }, null);
  const result = updateDocuments(collection, { ...request, update, isUpsert, isMulti: false }, call.state.now());
  const bytes = wantsNew ? result.after : result.before;
  const value = bytes === undefined ? null : project(bytes);
  if (result.upsertedId !== undefined) {
    return answer({ n: 1, updatedExisting: false, upserted: result.upsertedId }, value);
  }
  return answer({ n: result.matched, updatedExisting: result.matched > 0 }, value);
}

const findAndModify: Command = {
  isWrite: true,
  fields: [
    'query',
    'sort',
    'remove',
    'update',
    'new',
    'fields',
    'upsert',
    'arrayFilters',
    'hint',
    'collation',
    'let',
    'bypassDocumentValidation',
  ],
  run(call) {
    const namespace = namespaceOf(call);
    checkCollation(call.command.collation);
    const isRemove = booleanField(call, 'remove');
    const isUpsert = booleanField(call, 'upsert');
    const wantsNew = booleanField(call, 'new');
    const { update } = call.command;
    if (isRemove && update !== undefined) throw invalid('Cannot specify both an update and remove=true');
    if (!isRemove && update === undefined) throw invalid('Either an update or remove=true must be specified');
    if (isRemove && isUpsert) throw invalid('Cannot specify both upsert=true and remove=true');
    if (isRemove && wantsNew)
      throw invalid("Cannot specify both new=true and remove=true; 'remove' always returns the deleted document");
    return isRemove ? remove(call, namespace) : modify(call, namespace, isUpsert, wantsNew);
  },
};

/** findAndModify under both its names. */
export const findAndModifyCommands: Commands = { findAndModify, findandmodify: findAndModify };
