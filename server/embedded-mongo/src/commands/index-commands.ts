import { serialize } from 'bson';
import type { Collection, Index } from '../engine/collection.ts';
import { isEquivalentIndex, isSameIndex, parseIndex } from '../engine/index-definition.ts';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { formatDocument } from '../values/format.ts';
import { identicalValues, isDocument } from '../values/values.ts';
import {
  type Call,
  type Commands,
  documentField,
  documentsField,
  integerField,
  namespaceOf,
  wrongType,
} from './command.ts';

/** Whether the same index is there. Throws where another has its name (86), or an equivalent one differs (85). */
function isPresent(collection: Collection, definition: ReturnType<typeof parseIndex>): boolean {
  const byName = collection.indexes.find((index) => index.name === definition.name);
  if (byName !== undefined) {
    if (isSameIndex(byName, definition)) return true;
    const found = `Requested index: ${formatDocument(definition.spec)}, existing index: ${formatDocument(byName.spec)}`;
    throw isEquivalentIndex(byName, definition)
      ? new CommandError(
          'IndexOptionsConflict',
          `An equivalent index already exists with the same name but different options. ${found}`,
        )
      : new CommandError(
          'IndexKeySpecsConflict',
          `An existing index has the same name as the requested index. When index names are not specified, they are auto generated and can cause conflicts. Please refer to our documentation. ${found}`,
        );
  }
  const equivalent = collection.indexes.find((index) => isEquivalentIndex(index, definition));
  if (equivalent === undefined) return false;
  throw new CommandError('IndexOptionsConflict', `Index already exists with a different name: ${equivalent.name}`);
}

function findIndex(collection: Collection, wanted: unknown): Index {
  const [index, other] = collection.indexes.filter((one) =>
    isDocument(wanted) ? identicalValues(one.keyPattern, wanted) : one.name === wanted,
  );
  if (index !== undefined && other !== undefined) {
    throw new CommandError(
      'AmbiguousIndexKeyPattern',
      `${formatDocument(wanted as Document)} matches several indexes. Use the index name instead.`,
    );
  }
  if (index === undefined) {
    throw new CommandError(
      'IndexNotFound',
      isDocument(wanted)
        ? `can't find index with key: ${formatDocument(wanted)}`
        : `index not found with name [${String(wanted)}]`,
    );
  }
  return index;
}

/** The collection that a command names. Throws `NamespaceNotFound`. */
export function existing(call: Call): Collection {
  const namespace = namespaceOf(call);
  const collection = call.state.catalog.find(namespace);
  if (collection === undefined) {
    const message = call.name === 'listIndexes' ? `ns does not exist: ${namespace}` : `ns not found ${namespace}`;
    throw new CommandError('NamespaceNotFound', message);
  }
  return collection;
}

function dropIndexes(call: Call): { fields: Document } {
  const collection = existing(call);
  const { index: wanted } = call.command;
  const nIndexesWas = collection.indexes.length;
  if (wanted === '*') {
    for (const index of collection.indexes.slice(1)) collection.dropIndex(index);
    return { fields: { nIndexesWas, msg: 'non-_id indexes dropped for collection', ok: 1 } };
  }
  if (wanted === undefined) throw wrongType(call, 'index', wanted, 'string, object, array');
  const indexes = (Array.isArray(wanted) ? wanted : [wanted]).map((one) => findIndex(collection, one));
  for (const index of indexes) {
    if (index === collection.idIndex) throw new CommandError('InvalidOptions', 'cannot drop _id index');
  }
  for (const index of indexes) collection.dropIndex(index);
  return { fields: { nIndexesWas, ok: 1 } };
}

/** createIndexes, listIndexes, dropIndexes and collMod (of an index). */
export const indexCommands: Commands = {
  createIndexes: {
    isWrite: true,
    fields: ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions'],
    run(call) {
      const { catalog } = call.state;
      const namespace = namespaceOf(call);
      const specs = documentsField(call, 'indexes') as Document[];
      if (specs.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
      const definitions = specs.map(parseIndex);
      const existed = catalog.find(namespace) !== undefined;
      const collection = catalog.ensure(namespace);
      const numIndexesBefore = collection.indexes.length;
      const added: Index[] = [];
      try {
        for (const definition of definitions) {
          if (isPresent(collection, definition)) continue;
          collection.addIndex(definition);
          added.push(collection.indexes.at(-1) as Index);
        }
      } catch (error) {
        // All of them or none.
        if (error instanceof CommandError) for (const index of added) collection.dropIndex(index);
        throw error;
      }
      const fields: Document = {
        numIndexesBefore,
        numIndexesAfter: collection.indexes.length,
        createdCollectionAutomatically: !existed,
      };
      if (added.length === 0) fields.note = 'all indexes already exist';
      return { fields: { ...fields, ok: 1 } };
    },
  },
  listIndexes: {
    isWrite: false,
    fields: ['cursor'],
    run(call) {
      const collection = existing(call);
      const cursor = documentField(call, 'cursor') ?? {};
      const specs = collection.indexes.map(({ spec }) => Buffer.from(serialize(spec)));
      const { namespace } = collection;
      const batchSize = integerField({ ...call, command: cursor }, 'batchSize');
      const batch = call.state.cursors.open(namespace, specs, { batchSize, limit: specs.length });
      return { cursor: { name: 'firstBatch', namespace, ...batch }, fields: { ok: 1 } };
    },
  },
  dropIndexes: { isWrite: true, fields: ['index'], run: dropIndexes },
  deleteIndexes: { isWrite: true, fields: ['index'], run: dropIndexes },
  collMod: {
    isWrite: true,
    fields: ['index'],
    run(call) {
      const collection = existing(call);
      const change = documentField(call, 'index');
      if (change === undefined) return { fields: { ok: 1 } };
      const index = findIndex(collection, change.name ?? change.keyPattern);
      const spec: Document = { ...index.spec };
      const fields: Document = {};
      for (const option of ['expireAfterSeconds', 'hidden']) {
        if (change[option] === undefined) continue;
        fields[`${option}_old`] = spec[option];
        fields[`${option}_new`] = change[option];
        spec[option] = change[option];
      }
      collection.redefineIndex(index, spec);
      return { fields: { ...fields, ok: 1 } };
    },
  },
};
