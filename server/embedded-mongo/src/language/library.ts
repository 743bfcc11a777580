import type { evalExpr as evaluate } from 'mingo/core';

type Library = typeof import('./mingo.ts');

let loaded: Library | undefined;

/** mingo is some hundred files, which most commands do without, so it is loaded when the first one asks for it. */
export class LibraryNeeded extends Error {}

/** Loads mingo; what threw `LibraryNeeded` may then be run again. */
export async function loadLibrary(): Promise<void> {
  loaded = await import('./mingo.ts');
}

/** mingo. Throws `LibraryNeeded` while it is not loaded. */
export function library(): Library {
  if (loaded === undefined) throw new LibraryNeeded();
  return loaded;
}

/** What `make` gives, made once and not before mingo is there. */
export function whenLoaded<T>(make: (library: Library) => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make(library()) };
    return made.value;
  };
}

/** mingo's evaluation of an expression. Throws `LibraryNeeded`. */
export const evalExpr: typeof evaluate = (...operands) => library().evalExpr(...operands);
