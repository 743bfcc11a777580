import { serialize } from 'bson';
import { CommandError } from '../errors.ts';
import { openStorage } from '../storage/storage.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { Collection } from './collection.ts';

/** Keys that begin with a zero belong to the catalog; collections are numbered from one. */
const catalogPrefix = Buffer.from([0, 0, 0, 0]);
const catalogEnd = Buffer.from([0, 0, 0, 1]);
const maxNamespaceBytes = 255;

function checkNamespace(namespace: string): void {
  const dot = namespace.indexOf('.');
  const database = namespace.slice(0, dot);
  const name = namespace.slice(dot + 1);
  const isValid =
    dot > 0 &&
    name !== '' &&
    !/[\s/\\."$\0]/.test(database) &&
    Buffer.byteLength(database) < 64 &&
    !/[$\0]/.test(name) &&
    !name.startsWith('.') &&
    !name.endsWith('.') &&
    !name.startsWith('system.');
  if (!isValid) throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  if (Buffer.byteLength(namespace) > maxNamespaceBytes) {
    throw new CommandError('InvalidNamespace', `Fully qualified namespace is too long. Namespace: ${namespace}`);
  }
}

/**
 * All databases and collections of a data file: their names, options, indexes and counters, in memory and in the store.
 * Inside a write it shows what the write has made of them, outside what is on disk. Throws what LMDB throws when the file
 * cannot be opened.
 */
export function openCatalog(path: string) {
  const storage = openStorage(path, { beforeCommit: save, afterCommit: publish, afterAbort: discard });
  let stored = new Map<string, Collection>();
  let changing: Map<string, Collection> | undefined;
  /** By name, what is to be stored, or removed. */
  const changed = new Map<string, Collection | undefined>();
  const touched = new Set<Collection>();
  // Numbers are not used twice while a cursor may still be on a collection that is gone.
  let lastId = 0;

  for (const { key, value } of storage.scan({ start: catalogPrefix, end: catalogEnd })) {
    const namespace = key.toString('utf8', catalogPrefix.length);
    const collection = Collection.restore(storage, namespace, decodeDocument(value), note);
    lastId = Math.max(lastId, collection.id);
    stored.set(namespace, collection);
  }

  function collections(): ReadonlyMap<string, Collection> {
    return storage.isWriting && changing !== undefined ? changing : stored;
  }

  function change(): Map<string, Collection> {
    changing ??= new Map(stored);
    return changing;
  }

  function note(collection: Collection): void {
    touched.add(collection);
    changed.set(collection.namespace, collection);
  }

  function forget(collection: Collection): void {
    touched.add(collection);
    change().delete(collection.namespace);
    changed.set(collection.namespace, undefined);
  }

  function save(): void {
    for (const [namespace, collection] of changed) {
      const key = Buffer.concat([catalogPrefix, Buffer.from(namespace)]);
      if (collection === undefined) storage.remove(key);
      else storage.put(key, Buffer.from(serialize(collection.toRecord())));
    }
  }

  function settle(): void {
    changing = undefined;
    changed.clear();
    touched.clear();
  }

  function publish(): void {
    stored = changing ?? stored;
    for (const collection of touched) collection.publish();
    settle();
  }

  function discard(): void {
    for (const collection of touched) collection.discard();
    settle();
  }

  /** Makes a collection. Throws `InvalidNamespace`. Only inside a write. */
  function create(namespace: string, options: Document): Collection {
    checkNamespace(namespace);
    lastId++;
    const collection = Collection.create(storage, lastId, namespace, options, note);
    change().set(namespace, collection);
    return collection;
  }

  return {
    storage,
    create,

    /** The collection of a namespace (`database.collection`), if there is one. */
    find(namespace: string): Collection | undefined {
      return collections().get(namespace);
    },

    /** The collection of a namespace, made if need be, as MongoDB does on the first insert. Only inside a write. */
    ensure(namespace: string): Collection {
      return collections().get(namespace) ?? create(namespace, {});
    },

    /** Removes a collection with its documents and indexes. Only inside a write. */
    drop(collection: Collection): void {
      collection.clear();
      forget(collection);
    },

    /** Gives a collection another name. Only inside a write. */
    rename(collection: Collection, namespace: string): void {
      checkNamespace(namespace);
      forget(collection);
      collection.rename(namespace);
      change().set(namespace, collection);
    },

    /** The collections of a database, or of all, by name. */
    list(database?: string): Collection[] {
      const all = [...collections().values()];
      const chosen = database === undefined ? all : all.filter((one) => one.database === database);
      return chosen.sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
    },
  };
}

export type Catalog = ReturnType<typeof openCatalog>;
