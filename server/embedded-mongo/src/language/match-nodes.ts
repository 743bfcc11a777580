import type { Document } from '../values/bson.ts';
import { visitPath } from '../values/paths.ts';
import type { Predicate } from './predicates.ts';

/** What a match found out beside yes: the position in the array that made it true, for the `$` of an update. */
export interface MatchDetails {
  arrayIndex: number | undefined;
}

/** A compiled part of a filter. */
export type Node = (document: unknown, details: MatchDetails | undefined) => boolean;

function walk(
  document: unknown,
  path: readonly string[],
  predicate: Predicate,
  expandLeaf: boolean,
  details: MatchDetails | undefined,
): boolean {
  return visitPath(
    document,
    path,
    ({ value, arrayIndex }) => {
      if (!predicate(value)) return false;
      if (details !== undefined && arrayIndex !== undefined) details.arrayIndex = arrayIndex;
      return true;
    },
    expandLeaf,
  );
}

/** All of them. */
export function every(nodes: Node[]): Node {
  if (nodes.length === 1) return nodes[0] as Node;
  return (document, details) => {
    for (const node of nodes) if (!node(document, details)) return false;
    return true;
  };
}

/** A test of each value that the path leads to; the first that passes decides. */
export function leaf(path: readonly string[], predicate: Predicate, expandLeaf = true): Node {
  const [name] = path;
  if (path.length === 1 && name !== undefined) {
    // The common case, a scalar at the top level, is decided without walking.
    return (document, details) => {
      const value = (document as Document)[name];
      if (Array.isArray(value) || !Object.hasOwn(document as Document, name)) {
        return walk(document, path, predicate, expandLeaf, details);
      }
      return predicate(value);
    };
  }
  return (document, details) => walk(document, path, predicate, expandLeaf, details);
}

/** The opposite; which item decided is then of no use. */
export function not(node: Node): Node {
  return (document) => !node(document, undefined);
}
