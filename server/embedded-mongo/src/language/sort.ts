import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDbRefField, visitPath } from '../values/paths.ts';
import { compareValues, isDocument } from '../values/values.ts';

/** One key of a sort. */
export interface SortKey {
  path: readonly string[];
  text: string;
  descending: boolean;
}

const maxSortBytes = 100 * 1024 * 1024;
const maxSortKeys = 32;

/** Reads a sort specification. Throws `BadValue` or `FailedToParse`; `$natural` is the planner's. */
export function parseSort(spec: unknown): SortKey[] {
  if (!isDocument(spec)) throw new CommandError('TypeMismatch', 'the sort specification must be an object');
  const keys = Object.entries(spec).map(([text, direction]) => {
    if (isDocument(direction)) throw new CommandError('BadValue', '$meta sorts are not supported by this server');
    if (!isNumber(direction)) {
      throw new CommandError(15974, `Illegal key in $sort specification: ${text}: ${String(direction)}`);
    }
    const value = toDouble(direction);
    if (value !== 1 && value !== -1) {
      throw new CommandError(15975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    if (text === '') throw new CommandError(40352, 'FieldPath cannot be constructed with empty string');
    if (text.split('.').includes('')) {
      throw new CommandError(15998, 'FieldPath field names may not be empty strings.');
    }
    if (text.startsWith('$') && !isDbRefField(text.split('.')[0] as string))
      throw new CommandError(
        16410,
        `FieldPath field names may not start with '$'. Consider using $getField or $setField.`,
      );
    return { path: text.split('.'), text, descending: value < 0 };
  });
  if (keys.length > maxSortKeys) throw new CommandError('BadValue', 'too many compound keys');
  return keys;
}

/** What a document is sorted by: of an array, its least item, or its greatest where the sort descends. */
export function sortValues(keys: readonly SortKey[], document: Document): unknown[] {
  return keys.map(({ path, descending }) => {
    let best: unknown;
    let isFirst = true;
    visitPath(document, path, ({ value, isWholeArray }) => {
      if (isWholeArray && (value as unknown[]).length > 0) return false;
      // An empty array sorts below null, which a missing field sorts as.
      const candidate = isWholeArray ? undefined : (value ?? null);
      if (isFirst || (descending ? compareValues(candidate, best) > 0 : compareValues(candidate, best) < 0))
        best = candidate;
      isFirst = false;
      return false;
    });
    return isFirst ? null : best;
  });
}

/** Orders two results of `sortValues`. */
export function compareSortValues(keys: readonly SortKey[], left: unknown[], right: unknown[]): number {
  for (let i = 0; i < keys.length; i++) {
    const order = compareValues(left[i], right[i]);
    if (order !== 0) return keys[i]?.descending ? -order : order;
  }
  return 0;
}

/**
 * Sorts items by the documents in them, equal ones in the order they came in. With `limit`, only that many are kept, now
 * and in memory. Throws `QueryExceededMemoryLimitNoDiskUseAllowed` past 100 MiB, as `sizeOf` counts.
 */
export function sortItems<T>(
  items: Iterable<T>,
  keys: readonly SortKey[],
  documentOf: (item: T) => Document,
  sizeOf: (item: T) => number,
  limit = 0,
): T[] {
  let entries: { item: T; values: unknown[] }[] = [];
  let bytes = 0;
  const settle = () => {
    entries.sort((a, b) => compareSortValues(keys, a.values, b.values));
    if (limit > 0 && entries.length > limit) entries = entries.slice(0, limit);
    bytes = entries.reduce((sum, { item }) => sum + sizeOf(item), 0);
  };
  for (const item of items) {
    entries.push({ item, values: sortValues(keys, documentOf(item)) });
    bytes += sizeOf(item);
    if (limit > 0 && entries.length >= limit * 2 + 1000) settle();
    if (bytes > maxSortBytes) {
      settle();
      if (bytes > maxSortBytes) {
        throw new CommandError(
          'QueryExceededMemoryLimitNoDiskUseAllowed',
          `Sort exceeded memory limit of ${maxSortBytes} bytes, but did not opt in to external sorting.`,
        );
      }
    }
  }
  settle();
  return entries.map(({ item }) => item);
}
