import { CommandError } from '../errors.ts';
import type { Filter } from '../language/matcher.ts';
import { type Document, setField } from '../values/bson.ts';
import { formatDocument } from '../values/format.ts';
import { getChild, isArrayIndex } from '../values/paths.ts';
import { isDocument } from '../values/values.ts';

/** What the placeholders of a path stand for while one document is updated. */
export interface PathContext {
  /** For `$`: the item that the query matched. */
  arrayIndex: number | undefined;
  /** For `$[name]`: the array filters by name. */
  arrayFilters: ReadonlyMap<string, Filter>;
}

/** A field's old value to its new one, `REMOVED`, or `UNCHANGED`; `undefined` comes in when there is no field. */
export type Modification = (current: unknown) => unknown;

export const removed = Symbol('removed');
export const unchanged = Symbol('unchanged');

const maxPadding = 1_500_000;

function indicesOf(
  component: string,
  prefix: { path: string[]; value: unknown },
  whole: readonly string[],
  context: PathContext,
): string[] {
  if (component === '$') {
    if (context.arrayIndex === undefined) {
      throw new CommandError('BadValue', 'The positional operator did not find the match needed from the query.');
    }
    return [String(context.arrayIndex)];
  }
  const identifier = /^\$\[(.*)\]$/.exec(component)?.[1];
  if (identifier === undefined) return [component];
  const { value } = prefix;
  if (value === undefined) {
    throw new CommandError(
      'BadValue',
      `The path '${prefix.path.join('.')}' must exist in the document in order to apply array updates.`,
    );
  }
  if (!Array.isArray(value)) {
    const name = prefix.path.at(-1) ?? '';
    throw new CommandError(
      'BadValue',
      `Cannot apply array updates to non-array element ${formatDocument({ [name]: value }).slice(2, -2)}`,
    );
  }
  const indices = value.map((_, i) => String(i));
  if (identifier === '') return indices;
  const filter = context.arrayFilters.get(identifier);
  if (filter === undefined) {
    throw new CommandError(
      'BadValue',
      `No array filter found for identifier '${identifier}' in path '${whole.join('.')}'`,
    );
  }
  return indices.filter((i) => filter.matches({ [identifier]: value[Number(i)] }));
}

function notViable(field: string, parent: string, value: unknown): CommandError {
  return new CommandError(
    'PathNotViable',
    `Cannot create field '${field}' in element ${formatDocument({ [parent]: value })
      .replace(/^\{ | \}$/g, '')
      .replace(/^/, '{')}}`,
  );
}

function assignItem(array: unknown[], path: readonly string[], at: number, value: unknown): void {
  const name = path[at] as string;
  if (!isArrayIndex(name)) {
    if (value === removed) return;
    throw notViable(name, path[at - 1] ?? '', array);
  }
  const index = Number(name);
  if (value === removed) {
    // Taking an item out by $unset leaves a null, so that the others keep their places.
    if (index < array.length) array[index] = null;
    return;
  }
  if (index - array.length > maxPadding) {
    throw new CommandError('BadValue', `can't backfill more than ${maxPadding} elements`);
  }
  while (array.length < index) array.push(null);
  array[index] = value;
}

function assign(container: unknown, path: readonly string[], at: number, value: unknown): void {
  const name = path[at] as string;
  if (value === unchanged) return;
  if (Array.isArray(container)) {
    assignItem(container, path, at, value);
  } else if (value === removed) {
    delete (container as Document)[name];
  } else {
    setField(container as Document, name, value);
  }
}

function createAt(container: unknown, path: readonly string[], at: number, modify: Modification): void {
  const value = modify(undefined);
  if (value === unchanged || value === removed) return;
  let nested = value;
  for (let i = path.length - 1; i > at; i--) {
    const wrapped: Document = {};
    setField(wrapped, path[i] as string, nested);
    nested = wrapped;
  }
  assign(container, path, at, nested);
}

/** Whether a component stands for items of an array: `$`, `$[]` or `$[name]`. */
export function isPlaceholder(component: string): boolean {
  return component === '$' || /^\$\[.*\]$/.test(component);
}

/** Splits the path of an update. Throws `EmptyFieldName` or `BadValue`. */
export function parseUpdatePath(text: string): string[] {
  if (text === '') throw new CommandError('EmptyFieldName', 'An empty update path is not valid.');
  const path = text.split('.');
  if (path.includes('')) {
    throw new CommandError(
      'EmptyFieldName',
      `The update path '${text}' contains an empty field name, which is not allowed.`,
    );
  }
  for (const [i, component] of path.entries()) {
    if (isPlaceholder(component) && i === 0) {
      throw new CommandError(
        'BadValue',
        `Cannot have positional (i.e. '$') element in the first position in path '${text}'`,
      );
    }
  }
  if (path.filter((component) => component === '$').length > 1) {
    throw new CommandError('BadValue', `Too many positional (i.e. '$') elements found in path '${text}'`);
  }
  return path;
}

/** The paths without placeholders that a path stands for in one document. */
export function resolvePath(document: Document, path: readonly string[], context: PathContext): string[][] {
  let resolved: { path: string[]; value: unknown }[] = [{ path: [], value: document }];
  for (const component of path) {
    resolved = resolved.flatMap((prefix) =>
      indicesOf(component, prefix, path, context).map((name) => ({
        path: [...prefix.path, name],
        value: getChild(prefix.value, name),
      })),
    );
  }
  return resolved.map((one) => one.path);
}

/**
 * Changes the value at a path without placeholders, in place. Fields on the way are made when `creates`; throws
 * `PathNotViable` where a scalar stands in the way.
 */
export function modifyPath(document: Document, path: readonly string[], modify: Modification, creates: boolean): void {
  let container: unknown = document;
  for (let at = 0; at < path.length - 1; at++) {
    const component = path[at] as string;
    const child = getChild(container, component);
    if (child === undefined) {
      if (creates) createAt(container, path, at, modify);
      return;
    }
    if (!isDocument(child) && !Array.isArray(child)) {
      if (creates) throw notViable(path[at + 1] as string, component, child);
      return;
    }
    container = child;
  }
  const name = path.at(-1) as string;
  const current = getChild(container, name);
  if (current === undefined && !creates) return;
  assign(container, path, path.length - 1, modify(current));
}
