import { CommandError } from '../errors.ts';
import {
  entryKey,
  recordBytes,
  recordIdOfEntry,
  recordIdOfKey,
  recordKey,
  recordSpace,
  spaceKey,
  spacePrefix,
  spaceRange,
} from '../storage/key-layout.ts';
import type { KeyRange, Storage } from '../storage/storage.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { identicalValues } from '../values/values.ts';
import { duplicateKey, type IndexDefinition, parseIndex } from './index-definition.ts';
import { type IndexKey, type IndexKeys, indexKeys } from './index-keys.ts';

const maxDocumentBytes = 16 * 1024 * 1024;
const maxIndexes = 64;
const noBytes = Buffer.alloc(0);

/** An index of a collection with what was learned from the documents in it. */
export interface Index extends IndexDefinition {
  /** Its number in the store. */
  id: number;
  isMultikey: boolean;
  /** Some keys were cut, so the order of entries is not the order of documents. */
  hasTruncated: boolean;
}

/** A stored document: its place and its bytes. */
export interface StoredDocument {
  recordId: number;
  bytes: Buffer;
}

function hasKey(keys: readonly IndexKey[], wanted: IndexKey): boolean {
  return keys.some((key) => key.bytes.equals(wanted.bytes));
}

/** Whether two documents may have different keys in an index; those that agree in the fields it looks at have not. */
function mayDiffer({ fields, partialFilter }: Index, left: Document, right: Document): boolean {
  return (
    partialFilter !== undefined ||
    fields.some(({ path: [root] }) => !identicalValues(left[root as string], right[root as string]))
  );
}

function checkSize(bytes: Buffer): void {
  if (bytes.length > maxDocumentBytes) {
    throw new CommandError(
      'BSONObjectTooLarge',
      `object to insert too large. size in bytes: ${bytes.length}, max size: ${maxDocumentBytes}`,
    );
  }
}

/** What is known of a collection beside its documents. */
interface CollectionState {
  namespace: string;
  options: Document;
  indexes: readonly Index[];
  count: number;
  dataBytes: number;
  isDropped: boolean;
  nextRecordId: number;
  nextIndexId: number;
}

type NoteChange = (collection: Collection) => void;

/**
 * One collection: documents as BSON under record numbers in order of insertion, and index entries that point to them. A
 * unique index maps key to record, any other holds key and record together. Inside a write it shows what the write has made
 * of it, outside what is on disk, so that an index is used when its entries can be read and not before.
 */
export class Collection {
  readonly id: number;
  readonly #storage: Storage;
  readonly #noteChange: NoteChange;
  #stored: CollectionState;
  #changing: CollectionState | undefined;

  /** `noteChange` is told when counters or indexes change, so that the catalog stores them with the transaction. */
  private constructor(storage: Storage, id: number, state: CollectionState, noteChange: NoteChange) {
    this.#storage = storage;
    this.id = id;
    this.#stored = state;
    this.#noteChange = noteChange;
  }

  /** A new collection with its index on `_id`. Only inside a write. */
  static create(
    storage: Storage,
    id: number,
    namespace: string,
    options: Document,
    noteChange: NoteChange,
  ): Collection {
    const state = { namespace, options, indexes: [], count: 0, dataBytes: 0, isDropped: false };
    const collection = new Collection(storage, id, { ...state, nextRecordId: 1, nextIndexId: 1 }, noteChange);
    collection.addIndex(parseIndex({ key: { _id: 1 }, name: '_id_' }));
    return collection;
  }

  /** The collection that the catalog has stored. */
  static restore(storage: Storage, namespace: string, record: Document, noteChange: NoteChange): Collection {
    const counter = (name: string) => Number(String(record[name]));
    const indexes = (record.indexes as Document[]).map((index) => ({
      ...parseIndex(index.spec as Document),
      id: index.id as number,
      isMultikey: index.isMultikey as boolean,
      hasTruncated: index.hasTruncated as boolean,
    }));
    const state = {
      namespace,
      options: record.options as Document,
      indexes,
      count: counter('count'),
      dataBytes: counter('dataBytes'),
      isDropped: false,
      nextRecordId: counter('nextRecordId'),
      nextIndexId: counter('nextIndexId'),
    };
    return new Collection(storage, record.id as number, state, noteChange);
  }

  /** What the catalog stores. */
  toRecord(): Document {
    const { options, count, dataBytes, nextRecordId, nextIndexId, indexes } = this.#state;
    return {
      id: this.id,
      options,
      count,
      dataBytes,
      nextRecordId,
      nextIndexId,
      indexes: indexes.map(({ id, spec, isMultikey, hasTruncated }) => ({ id, spec, isMultikey, hasTruncated })),
    };
  }

  get #state(): CollectionState {
    return this.#changing !== undefined && this.#storage.isWriting ? this.#changing : this.#stored;
  }

  #change(): CollectionState {
    this.#changing ??= { ...this.#stored };
    this.#noteChange(this);
    return this.#changing;
  }

  /** The changes of a write are on disk: everybody sees them. */
  publish(): void {
    this.#stored = this.#changing ?? this.#stored;
    this.#changing = undefined;
  }

  /** The changes of a write are gone. */
  discard(): void {
    this.#changing = undefined;
  }

  get namespace(): string {
    return this.#state.namespace;
  }

  get database(): string {
    return this.namespace.slice(0, this.namespace.indexOf('.'));
  }

  get name(): string {
    return this.namespace.slice(this.namespace.indexOf('.') + 1);
  }

  get options(): Document {
    return this.#state.options;
  }

  get indexes(): readonly Index[] {
    return this.#state.indexes;
  }

  get count(): number {
    return this.#state.count;
  }

  get dataBytes(): number {
    return this.#state.dataBytes;
  }

  get isDropped(): boolean {
    return this.#state.isDropped;
  }

  /** The index on `_id`. */
  get idIndex(): Index {
    return this.indexes[0] as Index;
  }

  /** The bytes of a document, or undefined when it is gone. */
  get(recordId: number): Buffer | undefined {
    return this.#storage.get(recordKey(this.id, recordId));
  }

  /** All documents in order of insertion. */
  *documents(reverse = false): Generator<StoredDocument> {
    for (const { key, value } of this.#storage.scan(spaceRange(this.id, recordSpace), reverse)) {
      yield { recordId: recordIdOfKey(key), bytes: value };
    }
  }

  /** The record under a whole key of a unique index. */
  findUnique(index: Index, key: Buffer): number | undefined {
    const value = this.#storage.get(spaceKey(this.id, index.id, key));
    return value && recordIdOfEntry(index, { key, value });
  }

  /** The records of index entries from `start` (included) to `end` (excluded), in the order of the index. */
  *records(index: Index, range: KeyRange, reverse = false): Generator<number> {
    const prefix = spacePrefix(this.id, index.id);
    const full = { start: Buffer.concat([prefix, range.start]), end: Buffer.concat([prefix, range.end]) };
    for (const entry of this.#storage.scan(full, reverse)) yield recordIdOfEntry(index, entry);
  }

  /** Stores a new document, whose bytes are `bytes`. Throws `DuplicateKey` and stores nothing. Only inside a write. */
  insert(document: Document, bytes: Buffer): void {
    checkSize(bytes);
    const recordId = this.#state.nextRecordId;
    const changes = this.indexes.map((index) => ({ index, keys: this.#keysOf(index, document) }));
    for (const { index, keys } of changes) this.#checkUnique(index, keys.keys, recordId);
    for (const { index, keys } of changes) this.#addEntries(index, keys, recordId);
    this.#storage.put(recordKey(this.id, recordId), bytes);
    const state = this.#change();
    state.nextRecordId++;
    state.count++;
    state.dataBytes += bytes.length;
  }

  /** Puts `after`, whose bytes are `bytes`, in the place of a stored document. Throws as `insert`. Only inside a write. */
  replace(recordId: number, before: { document: Document; bytes: Buffer }, after: Document, bytes: Buffer): Buffer {
    checkSize(bytes);
    const changes = this.indexes
      .filter((index) => mayDiffer(index, before.document, after))
      .map((index) => {
        const oldKeys = this.#keysOf(index, before.document);
        const newKeys = this.#keysOf(index, after);
        const added = newKeys.keys.filter((key) => !hasKey(oldKeys.keys, key));
        const removed = oldKeys.keys.filter((key) => !hasKey(newKeys.keys, key));
        return { index, added: { ...newKeys, keys: added }, removed };
      });
    for (const { index, added } of changes) this.#checkUnique(index, added.keys, recordId);
    for (const { index, added, removed } of changes) {
      for (const key of removed) this.#storage.remove(entryKey(this.id, index, key.bytes, recordId));
      this.#addEntries(index, added, recordId);
    }
    this.#storage.put(recordKey(this.id, recordId), bytes);
    this.#change().dataBytes += bytes.length - before.bytes.length;
    return bytes;
  }

  /** Removes a document. Only inside a write. */
  remove({ recordId, bytes }: StoredDocument): void {
    const document = decodeDocument(bytes);
    for (const index of this.indexes) {
      for (const key of this.#keysOf(index, document).keys) {
        this.#storage.remove(entryKey(this.id, index, key.bytes, recordId));
      }
    }
    this.#storage.remove(recordKey(this.id, recordId));
    const state = this.#change();
    state.count--;
    state.dataBytes -= bytes.length;
  }

  /** Builds an index over what is stored. Throws `DuplicateKey`, and the index is not there. Only inside a write. */
  addIndex(definition: IndexDefinition): void {
    if (this.indexes.length >= maxIndexes) {
      throw new CommandError('CannotCreateIndex', `add index fails, too many indexes for ${this.namespace}`);
    }
    const state = this.#change();
    const index: Index = { ...definition, id: state.nextIndexId++, isMultikey: false, hasTruncated: false };
    state.indexes = [...state.indexes, index];
    try {
      for (const { recordId, bytes } of this.documents()) {
        const keys = this.#keysOf(index, decodeDocument(bytes));
        this.#checkUnique(index, keys.keys, recordId);
        this.#addEntries(index, keys, recordId);
      }
    } catch (error) {
      if (error instanceof CommandError) this.dropIndex(index);
      throw error;
    }
  }

  /** Removes an index. Only inside a write. */
  dropIndex(index: Index): void {
    this.#clearSpace(index.id);
    const state = this.#change();
    state.indexes = state.indexes.filter((one) => one.id !== index.id);
  }

  /** Replaces the definition of an index (collMod: `hidden`, `expireAfterSeconds`). Only inside a write. */
  redefineIndex(index: Index, spec: Document): void {
    this.#replaceIndex({ ...index, ...parseIndex(spec) });
  }

  #replaceIndex(index: Index): void {
    const state = this.#change();
    state.indexes = state.indexes.map((one) => (one.id === index.id ? index : one));
  }

  /** Takes another name. Only inside a write. */
  rename(namespace: string): void {
    this.#change().namespace = namespace;
    this.#noteChange(this);
  }

  /** Compares documents, counters and index entries; gives what does not agree, nothing when all is well. */
  verify(): string[] {
    const errors: string[] = [];
    const expected = new Map(this.indexes.map((index) => [index, 0]));
    let count = 0;
    let bytesTotal = 0;
    for (const { recordId, bytes } of this.documents()) {
      count++;
      bytesTotal += bytes.length;
      const document = decodeDocument(bytes);
      for (const index of this.indexes) {
        const { keys } = this.#keysOf(index, document);
        expected.set(index, (expected.get(index) ?? 0) + keys.length);
        for (const key of keys) {
          const entry = this.#storage.get(entryKey(this.id, index, key.bytes, recordId));
          if (entry === undefined) errors.push(`record ${recordId} has no entry in ${index.name}`);
          else if (index.isUnique && !entry.equals(recordBytes(recordId)))
            errors.push(`an entry of ${index.name} points elsewhere than record ${recordId}`);
        }
      }
    }
    if (count !== this.count) errors.push(`${count} documents, but the counter says ${this.count}`);
    if (bytesTotal !== this.dataBytes) errors.push(`${bytesTotal} bytes, but the counter says ${this.dataBytes}`);
    for (const [index, wanted] of expected) {
      const found = this.#storage.count(spaceRange(this.id, index.id));
      if (found !== wanted) errors.push(`${index.name} has ${found} entries instead of ${wanted}`);
    }
    return errors;
  }

  /** Removes all documents and entries; what iterates over them ends. Only inside a write. */
  clear(): void {
    for (const id of [recordSpace, ...this.indexes.map((index) => index.id)]) this.#clearSpace(id);
    this.#change().isDropped = true;
  }

  #clearSpace(id: number): void {
    for (const { key } of this.#storage.scan(spaceRange(this.id, id))) this.#storage.remove(key);
  }

  #keysOf(index: Index, document: Document): IndexKeys {
    if (index.partialFilter !== undefined && !index.partialFilter.matches(document)) {
      return { keys: [], isMultikey: false, hasTruncated: false };
    }
    return indexKeys(index.fields, document, index.isSparse);
  }

  #checkUnique(index: Index, keys: readonly IndexKey[], recordId: number): void {
    if (!index.isUnique) return;
    for (const key of keys) {
      const holder = this.findUnique(index, key.bytes);
      if (holder !== undefined && holder !== recordId) throw duplicateKey(this.namespace, index, key.values);
    }
  }

  #addEntries(index: Index, { keys, isMultikey, hasTruncated }: IndexKeys, recordId: number): void {
    const value = index.isUnique ? recordBytes(recordId) : noBytes;
    for (const key of keys) this.#storage.put(entryKey(this.id, index, key.bytes, recordId), value);
    const known = this.indexes.find((one) => one.id === index.id);
    if (known === undefined || ((known.isMultikey || !isMultikey) && (known.hasTruncated || !hasTruncated))) return;
    this.#replaceIndex({
      ...known,
      isMultikey: known.isMultikey || isMultikey,
      hasTruncated: known.hasTruncated || hasTruncated,
    });
  }
}
