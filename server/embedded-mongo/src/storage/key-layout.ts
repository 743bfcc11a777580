import type { Entry, KeyRange } from './storage.ts';

/** Where things lie in the store: collection, then space (0 for documents, else the number of an index), then the rest. */
const prefixBytes = 6;
const recordIdBytes = 6;

/** The space of the documents. */
export const recordSpace = 0;

function writePrefix(key: Buffer, collectionId: number, space: number): void {
  key.writeUInt32BE(collectionId, 0);
  key.writeUInt16BE(space, 4);
}

/** The beginning of all keys of one space of a collection. */
export function spacePrefix(collectionId: number, space: number): Buffer {
  const prefix = Buffer.allocUnsafe(prefixBytes);
  writePrefix(prefix, collectionId, space);
  return prefix;
}

/** A key of one space. */
export function spaceKey(collectionId: number, space: number, rest: Buffer): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + rest.length);
  writePrefix(key, collectionId, space);
  key.set(rest, prefixBytes);
  return key;
}

/** All keys of one space. */
export function spaceRange(collectionId: number, space: number): KeyRange {
  return { start: spacePrefix(collectionId, space), end: spacePrefix(collectionId, space + 1) };
}

/** A record number as bytes that sort as the numbers do. */
export function recordBytes(recordId: number): Buffer {
  const bytes = Buffer.allocUnsafe(recordIdBytes);
  bytes.writeUIntBE(recordId, 0, recordIdBytes);
  return bytes;
}

/** The key of a document. */
export function recordKey(collectionId: number, recordId: number): Buffer {
  const key = Buffer.allocUnsafe(prefixBytes + recordIdBytes);
  writePrefix(key, collectionId, recordSpace);
  key.writeUIntBE(recordId, prefixBytes, recordIdBytes);
  return key;
}

/** The record number in a document's key. */
export function recordIdOfKey(key: Buffer): number {
  return key.readUIntBE(prefixBytes, recordIdBytes);
}

/** The key of an index entry: a unique index has room for one record under a key, any other adds the record to it. */
export function entryKey(
  collectionId: number,
  index: { id: number; isUnique: boolean },
  key: Buffer,
  recordId: number,
): Buffer {
  return spaceKey(collectionId, index.id, index.isUnique ? key : Buffer.concat([key, recordBytes(recordId)]));
}

/** The record that an index entry points to. */
export function recordIdOfEntry(index: { isUnique: boolean }, { key, value }: Entry): number {
  return index.isUnique
    ? value.readUIntBE(0, recordIdBytes)
    : key.readUIntBE(key.length - recordIdBytes, recordIdBytes);
}
