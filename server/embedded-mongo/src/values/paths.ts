import type { Document } from './bson.ts';
import { isDocument } from './values.ts';

/** What a query path leads to, with the position in the first array that was entered on the way. */
interface PathHit {
  value: unknown;
  arrayIndex: number | undefined;
  /** The value is an array as a whole, whose elements were given before it. */
  isWholeArray: boolean;
}

/** Whether a path component may stand for a position in an array. */
export function isArrayIndex(component: string): boolean {
  return /^(?:0|[1-9]\d*)$/.test(component);
}

/** An own field of a document or an item of an array; `undefined` when there is none. */
export function getChild(container: unknown, component: string): unknown {
  if (Array.isArray(container)) return isArrayIndex(component) ? container[Number(component)] : undefined;
  if (isDocument(container)) return Object.hasOwn(container, component) ? container[component] : undefined;
  return undefined;
}

function visitArray(
  array: unknown[],
  path: readonly string[],
  at: number,
  arrayIndex: number | undefined,
  visit: (hit: PathHit) => boolean,
  expandLeaf: boolean,
): boolean {
  if (at === path.length) {
    if (expandLeaf) {
      for (let i = 0; i < array.length; i++) {
        if (visit({ value: array[i], arrayIndex: arrayIndex ?? i, isWholeArray: false })) return true;
      }
    }
    return visit({ value: array, arrayIndex, isWholeArray: true });
  }
  const component = path[at] as string;
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    if (isDocument(item) && visitFrom(item, path, at, arrayIndex ?? i, visit, expandLeaf)) return true;
  }
  if (!isArrayIndex(component) || Number(component) >= array.length) return false;
  const item = array[Number(component)];
  const index = arrayIndex ?? Number(component);
  if (at + 1 === path.length) {
    // An item named by its position is a leaf: an array there is looked at whole, and item by item.
    if (Array.isArray(item)) return visitArray(item, path, at + 1, index, visit, expandLeaf);
    return visit({ value: item, arrayIndex: index, isWholeArray: false });
  }
  if (Array.isArray(item)) return visitArray(item, path, at + 1, index, visit, expandLeaf);
  return isDocument(item) && visitFrom(item, path, at + 1, index, visit, expandLeaf);
}

function visitFrom(
  container: unknown,
  path: readonly string[],
  at: number,
  arrayIndex: number | undefined,
  visit: (hit: PathHit) => boolean,
  expandLeaf: boolean,
): boolean {
  if (!isDocument(container)) return visit({ value: undefined, arrayIndex, isWholeArray: false });
  const value = getChild(container, path[at] as string);
  if (Array.isArray(value)) return visitArray(value, path, at + 1, arrayIndex, visit, expandLeaf);
  if (at + 1 === path.length) return visit({ value, arrayIndex, isWholeArray: false });
  return visitFrom(value, path, at + 1, arrayIndex, visit, expandLeaf);
}

/** Whether a name is one of the three of a DBRef, the only ones with a dollar that a path may name everywhere. */
export function isDbRefField(name: string): boolean {
  return name === '$ref' || name === '$id' || name === '$db';
}

/** The value at a dotted path that does not look into arrays but by position. */
export function getPath(document: Document, path: readonly string[]): unknown {
  let value: unknown = document;
  for (const component of path) value = getChild(value, component);
  return value;
}

/**
 * Calls `visit` for every value that a query path stands for, until it says true: arrays on the way are entered, an array
 * at the end gives its elements and then (unless `expandLeaf` is false: only) itself, a missing field gives `undefined`.
 */
export function visitPath(
  document: unknown,
  path: readonly string[],
  visit: (hit: PathHit) => boolean,
  expandLeaf = true,
): boolean {
  return visitFrom(document, path, 0, undefined, visit, expandLeaf);
}
