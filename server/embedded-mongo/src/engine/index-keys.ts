import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { getChild, isArrayIndex } from '../values/paths.ts';
import { isDocument } from '../values/values.ts';

/** One field of an index: its path and whether it descends. */
export interface IndexField {
  path: readonly string[];
  text: string;
  descending: boolean;
}

/** One key, and the values of the index's fields that it was made of. */
export interface IndexKey {
  bytes: Buffer;
  values: unknown[];
}

/** The keys of one document in one index. */
export interface IndexKeys {
  keys: IndexKey[];
  /** The document has several keys, or an array in an indexed field. */
  isMultikey: boolean;
  /** A key was too long to keep its order. */
  hasTruncated: boolean;
}

/** What stands in an index for an empty array: it sorts before null and no query asks for it. */
const emptyArray = undefined;

interface FieldValues {
  values: unknown[];
  /** The path of the array that was spread, and how many items of it there are. */
  array: string | undefined;
  exists: boolean;
}

function noKeys(): IndexKeys {
  return { keys: [], isMultikey: false, hasTruncated: false };
}

function combinations(perField: unknown[][]): unknown[][] {
  return perField.reduce<unknown[][]>(
    (tuples, values) => tuples.flatMap((tuple) => values.map((value) => [...tuple, value])),
    [[]],
  );
}

function missing(array: string): FieldValues {
  return { values: [null], array, exists: false };
}

function throughArray(array: unknown[], path: readonly string[], at: number): FieldValues {
  const rest = path.slice(at);
  const arrayPath = path.slice(0, at).join('.');
  const [component] = rest as [string];
  if (isArrayIndex(component) && !array.some((item) => isDocument(item) && Object.hasOwn(item, component))) {
    const item = array[Number(component)];
    if (item === undefined) return { values: [null], array: arrayPath, exists: false };
    if (rest.length === 1) {
      const values = Array.isArray(item) ? (item.length === 0 ? [emptyArray] : item) : [item];
      return { values, array: arrayPath, exists: true };
    }
    return isDocument(item) ? { ...fieldValues(item, rest.slice(1)), array: arrayPath } : missing(arrayPath);
  }
  if (array.length === 0) return { values: [emptyArray], array: arrayPath, exists: false };
  const found = array.map((item) => (isDocument(item) ? fieldValues(item, rest) : missing(arrayPath)));
  return { values: found.flatMap((item) => item.values), array: arrayPath, exists: found.some((item) => item.exists) };
}

function fieldValues(document: Document, path: readonly string[]): FieldValues {
  let value: unknown = document;
  for (let at = 0; at < path.length; at++) {
    if (Array.isArray(value)) return throughArray(value, path, at);
    const child = getChild(value, path[at] as string);
    if (child === undefined) return { values: [null], array: undefined, exists: false };
    value = child;
  }
  if (!Array.isArray(value)) return { values: [value], array: undefined, exists: true };
  return { values: value.length === 0 ? [emptyArray] : value, array: path.join('.'), exists: true };
}

/** The tuples of a compound index over an array: one per item, the other fields repeated. */
function spread(document: Document, fields: readonly IndexField[], arrayPath: string[]): unknown[][] {
  const array = arrayPath.reduce<unknown>((value, component) => getChild(value, component), document) as unknown[];
  const items = array.length === 0 ? [emptyArray] : array;
  return items.flatMap((item) => {
    const perField = fields.map((field) => {
      if (!arrayPath.every((component, i) => field.path[i] === component))
        return fieldValues(document, field.path).values;
      const rest = field.path.slice(arrayPath.length);
      if (rest.length === 0) return [item];
      return isDocument(item) ? fieldValues(item, rest).values : [array.length === 0 ? emptyArray : null];
    });
    return combinations(perField);
  });
}

function encode(fields: readonly IndexField[], tuples: unknown[][], isMultikey: boolean): IndexKeys {
  const keys = new Map<string, IndexKey>();
  let hasTruncated = false;
  for (const tuple of tuples) {
    const writer = new KeyWriter();
    for (let i = 0; i < fields.length; i++) writer.append(tuple[i], (fields[i] as IndexField).descending);
    const { bytes, truncated } = writer.finish();
    hasTruncated ||= truncated;
    if (tuples.length === 1) return { keys: [{ bytes, values: tuple }], isMultikey, hasTruncated };
    keys.set(bytes.toString('latin1'), { bytes, values: tuple });
  }
  return { keys: [...keys.values()], isMultikey, hasTruncated };
}

/** Computes the index keys of a document. Throws `CannotIndexParallelArrays` when two fields hold different arrays. */
export function indexKeys(fields: readonly IndexField[], document: Document, isSparse: boolean): IndexKeys {
  if (fields.length === 1) {
    const [field] = fields as [IndexField];
    const found = fieldValues(document, field.path);
    return isSparse && !found.exists
      ? noKeys()
      : encode(
          fields,
          found.values.map((value) => [value]),
          found.array !== undefined,
        );
  }
  const perField = fields.map((field) => fieldValues(document, field.path));
  if (isSparse && !perField.some((found) => found.exists)) return noKeys();
  const arrays = [...new Set(perField.flatMap((found) => (found.array === undefined ? [] : [found.array])))];
  if (arrays.length === 0) return encode(fields, [perField.map((found) => found.values[0])], false);
  const outer = arrays.reduce((a, b) => (a.length <= b.length ? a : b));
  const parallel = arrays.find((array) => array !== outer && !array.startsWith(`${outer}.`));
  if (parallel !== undefined) {
    const name = (path: string) => path.split('.').at(-1);
    throw new CommandError(
      'CannotIndexParallelArrays',
      `cannot index parallel arrays [${name(parallel)}] [${name(outer)}]`,
    );
  }
  return encode(fields, spread(document, fields, outer.split('.')), true);
}
