import { serialize } from 'bson';
import type { Collection } from '../engine/collection.ts';
import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import type { Document } from '../values/bson.ts';
import { identicalValues } from '../values/values.ts';
import {
  booleanField,
  type Call,
  type Commands,
  checkCollation,
  documentField,
  integerField,
  namespaceOf,
  refuseOptions,
} from './command.ts';
import { existing } from './index-commands.ts';

function describe(collection: Collection): Document {
  return {
    name: collection.name,
    type: 'collection',
    options: collection.options,
    info: { readOnly: false },
    idIndex: collection.idIndex.spec,
  };
}

function totalBytes(collections: readonly Collection[]): number {
  return collections.reduce((sum, collection) => sum + collection.dataBytes, 0);
}

function scaleOf(call: Call): number {
  return integerField(call, 'scale') ?? 1;
}

/** Sizes of a collection as collStats and `$collStats` give them. */
export function collectionStats(collection: Collection | undefined, scale: number): Document {
  const count = collection?.count ?? 0;
  const bytes = collection?.dataBytes ?? 0;
  return {
    size: bytes / scale,
    count,
    avgObjSize: count === 0 ? 0 : Math.round(bytes / count),
    storageSize: bytes / scale,
    capped: false,
    nindexes: collection?.indexes.length ?? 0,
    indexDetails: {},
    indexSizes: Object.fromEntries((collection?.indexes ?? []).map((index) => [index.name, 0])),
    totalIndexSize: 0,
    totalSize: bytes / scale,
  };
}

/** create, drop, rename and list collections and databases, and their sizes. */
export const collectionCommands: Commands = {
  create: {
    isWrite: true,
    fields: [
      'capped',
      'size',
      'max',
      'validator',
      'validationLevel',
      'validationAction',
      'viewOn',
      'pipeline',
      'collation',
      'timeseries',
      'expireAfterSeconds',
      'clusteredIndex',
      'changeStreamPreAndPostImages',
      'storageEngine',
      'indexOptionDefaults',
      'autoIndexId',
      'idIndex',
      'encryptedFields',
      'flags',
      'temp',
    ],
    run(call) {
      checkCollation(call.command.collation);
      refuseOptions(call, [
        'capped',
        'validator',
        'viewOn',
        'timeseries',
        'expireAfterSeconds',
        'clusteredIndex',
        'changeStreamPreAndPostImages',
        'encryptedFields',
      ]);
      const { catalog } = call.state;
      const namespace = namespaceOf(call);
      const found = catalog.find(namespace);
      if (found !== undefined && !identicalValues(found.options, {})) {
        throw new CommandError('NamespaceExists', `Collection ${namespace} already exists.`);
      }
      if (found === undefined) catalog.create(namespace, {});
      return { fields: { ok: 1 } };
    },
  },
  drop: {
    isWrite: true,
    fields: [],
    run(call) {
      const namespace = namespaceOf(call);
      const collection = call.state.catalog.find(namespace);
      // Since MongoDB 7.0 dropping what is not there succeeds.
      if (collection === undefined) return { fields: { ok: 1 } };
      const nIndexesWas = collection.indexes.length;
      call.state.catalog.drop(collection);
      return { fields: { nIndexesWas, ns: namespace, ok: 1 } };
    },
  },
  dropDatabase: {
    isWrite: true,
    fields: [],
    run(call) {
      const collections = call.state.catalog.list(call.database);
      for (const collection of collections) call.state.catalog.drop(collection);
      return { fields: collections.length === 0 ? { ok: 1 } : { dropped: call.database, ok: 1 } };
    },
  },
  renameCollection: {
    isWrite: true,
    fields: ['to', 'dropTarget'],
    run(call) {
      if (call.database !== 'admin')
        throw new CommandError('Unauthorized', 'renameCollection may only be run against the admin database.');
      const { catalog } = call.state;
      const { renameCollection: from, to } = call.command;
      if (typeof from !== 'string' || typeof to !== 'string')
        throw new CommandError('TypeMismatch', 'renameCollection takes two namespaces');
      const source = catalog.find(from);
      if (source === undefined) throw new CommandError('NamespaceNotFound', `Source collection ${from} does not exist`);
      if (from === to) throw new CommandError('IllegalOperation', "Can't rename a collection to itself");
      const target = catalog.find(to);
      if (target !== undefined) {
        if (!booleanField(call, 'dropTarget')) throw new CommandError('NamespaceExists', 'target namespace exists');
        catalog.drop(target);
      }
      catalog.rename(source, to);
      return { fields: { ok: 1 } };
    },
  },
  listCollections: {
    isWrite: false,
    fields: ['filter', 'nameOnly', 'cursor', 'authorizedCollections'],
    run(call) {
      const filter = compileFilter(documentField(call, 'filter') ?? {});
      const isNameOnly = booleanField(call, 'nameOnly');
      const cursor = documentField(call, 'cursor') ?? {};
      const entries = call.state.catalog
        .list(call.database)
        .map(describe)
        .filter((entry) => filter.matches(entry));
      const documents = entries.map((entry) =>
        Buffer.from(serialize(isNameOnly ? { name: entry.name, type: entry.type } : entry)),
      );
      const namespace = `${call.database}.$cmd.listCollections`;
      const batchSize = integerField({ ...call, command: cursor }, 'batchSize');
      const batch = call.state.cursors.open(namespace, documents, { batchSize, limit: documents.length });
      return { cursor: { name: 'firstBatch', namespace, ...batch }, fields: { ok: 1 } };
    },
  },
  listDatabases: {
    isWrite: false,
    fields: ['filter', 'nameOnly', 'authorizedDatabases'],
    run(call) {
      if (call.database !== 'admin')
        throw new CommandError('Unauthorized', 'listDatabases may only be run against the admin database.');
      const { catalog } = call.state;
      const filter = compileFilter(documentField(call, 'filter') ?? {});
      const names = [...new Set(catalog.list().map((collection) => collection.database))];
      const databases = names
        .map((name) => ({ name, sizeOnDisk: totalBytes(catalog.list(name)), empty: false }))
        .filter((entry) => filter.matches(entry));
      if (booleanField(call, 'nameOnly'))
        return { fields: { databases: databases.map(({ name }) => ({ name })), ok: 1 } };
      const totalSize = databases.reduce((sum, { sizeOnDisk }) => sum + sizeOnDisk, 0);
      return { fields: { databases, totalSize, totalSizeMb: Math.floor(totalSize / 1024 / 1024), ok: 1 } };
    },
  },
  collStats: {
    isWrite: false,
    fields: ['scale'],
    run(call) {
      const namespace = namespaceOf(call);
      const collection = call.state.catalog.find(namespace);
      const scale = scaleOf(call);
      return { fields: { ns: namespace, ...collectionStats(collection, scale), scaleFactor: scale, ok: 1 } };
    },
  },
  dbStats: {
    isWrite: false,
    fields: ['scale', 'freeStorage'],
    run(call) {
      const collections = call.state.catalog.list(call.database);
      const scale = scaleOf(call);
      const objects = collections.reduce((sum, collection) => sum + collection.count, 0);
      const dataSize = totalBytes(collections);
      return {
        fields: {
          db: call.database,
          collections: collections.length,
          views: 0,
          objects,
          avgObjSize: objects === 0 ? 0 : dataSize / objects,
          dataSize: dataSize / scale,
          storageSize: dataSize / scale,
          indexes: collections.reduce((sum, collection) => sum + collection.indexes.length, 0),
          indexSize: 0,
          totalSize: dataSize / scale,
          scaleFactor: scale,
          ok: 1,
        },
      };
    },
  },
  validate: {
    isWrite: false,
    fields: ['full', 'metadata', 'checkBSONConformance', 'repair'],
    run(call) {
      const collection = existing(call);
      const errors = collection.verify();
      return {
        fields: {
          ns: collection.namespace,
          nrecords: collection.count,
          nIndexes: collection.indexes.length,
          valid: errors.length === 0,
          errors,
          ok: 1,
        },
      };
    },
  },
};
