import { serialize } from 'bson';
import { CommandError } from '../errors.ts';
import { Storage } from '../storage/storage.ts';
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

/** All databases and collections: their names, options, indexes and counters, in memory and in the store. */
export class Catalog {
  readonly storage: Storage;
  #collections = new Map<string, Collection>();
  readonly #changed = new Map<string, Collection | undefined>();
  /** Numbers are not used twice while a cursor may still be on a collection that is gone. */
  #lastId = 0;

  constructor(path: string) {
    const hooks = { beforeCommit: () => this.#save(), afterAbort: () => this.#load() };
    this.storage = new Storage(path, hooks);
    this.#load();
  }

  /** The collection of a namespace (`database.collection`), if there is one. */
  find(namespace: string): Collection | undefined {
    return this.#collections.get(namespace);
  }

  /** The collection of a namespace, made if need be, as MongoDB does on the first insert. Only inside a write. */
  ensure(namespace: string): Collection {
    return this.#collections.get(namespace) ?? this.create(namespace, {});
  }

  /** Makes a collection. Throws `InvalidNamespace`. Only inside a write. */
  create(namespace: string, options: Document): Collection {
    checkNamespace(namespace);
    this.#lastId++;
    const id = this.#lastId;
    const collection = Collection.create(this.storage, id, namespace, options, (changed) => this.#note(changed));
    this.#collections.set(namespace, collection);
    return collection;
  }

  /** Removes a collection with its documents and indexes. Only inside a write. */
  drop(collection: Collection): void {
    collection.clear();
    this.#collections.delete(collection.namespace);
    this.#changed.set(collection.namespace, undefined);
  }

  /** Gives a collection another name. Only inside a write. */
  rename(collection: Collection, namespace: string): void {
    checkNamespace(namespace);
    this.#collections.delete(collection.namespace);
    this.#changed.set(collection.namespace, undefined);
    collection.namespace = namespace;
    this.#collections.set(namespace, collection);
    this.#note(collection);
  }

  /** The collections of a database, or of all, by name. */
  list(database?: string): Collection[] {
    const collections = [...this.#collections.values()];
    const chosen = database === undefined ? collections : collections.filter((one) => one.database === database);
    return chosen.sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
  }

  #note(collection: Collection): void {
    this.#changed.set(collection.namespace, collection);
  }

  #save(): void {
    for (const [namespace, collection] of this.#changed) {
      const key = Buffer.concat([catalogPrefix, Buffer.from(namespace)]);
      if (collection === undefined) this.storage.remove(key);
      else this.storage.put(key, Buffer.from(serialize(collection.toRecord())));
    }
    this.#changed.clear();
  }

  /** Reads everything anew: at the start, and after a transaction that failed. */
  #load(): void {
    this.#changed.clear();
    const kept = this.#collections;
    this.#collections = new Map();
    for (const { key, value } of this.storage.scan({ start: catalogPrefix, end: catalogEnd })) {
      const namespace = key.toString('utf8', catalogPrefix.length);
      const record = decodeDocument(value);
      const collection =
        kept.get(namespace) ??
        new Collection(this.storage, namespace, record.id as number, (changed) => this.#note(changed));
      collection.restore(record);
      this.#lastId = Math.max(this.#lastId, collection.id);
      this.#collections.set(namespace, collection);
    }
  }
}
