import { CommandError } from '../errors.ts';
import { compileFilter, type Filter } from '../language/matcher.ts';
import type { Document } from '../values/bson.ts';
import { isDocument } from '../values/values.ts';

function topLevelNames(filter: Document): string[] {
  return Object.entries(filter).flatMap(([key, value]) => {
    if (!key.startsWith('$')) return [key.split('.')[0] as string];
    return Array.isArray(value) ? value.flatMap((clause) => (isDocument(clause) ? topLevelNames(clause) : [])) : [];
  });
}

/** Compiles the arrayFilters of an update, by the name that each one is about. */
export function compileArrayFilters(filters: unknown): Map<string, Filter> {
  const compiled = new Map<string, Filter>();
  if (filters === undefined) return compiled;
  if (!Array.isArray(filters)) throw new CommandError('TypeMismatch', 'arrayFilters must be an array');
  for (const filter of filters) {
    if (!isDocument(filter)) throw new CommandError('TypeMismatch', 'each array filter must be an object');
    const names = [...new Set(topLevelNames(filter))];
    const [name] = names;
    if (name === undefined)
      throw new CommandError(
        'FailedToParse',
        'Cannot use an expression without a top-level field name in arrayFilters',
      );
    if (names.length > 1) {
      throw new CommandError(
        'FailedToParse',
        `Error parsing array filter :: caused by :: Expected a single top-level field name, found '${name}' and '${names[1]}'`,
      );
    }
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) {
      throw new CommandError(
        'BadValue',
        `Error parsing array filter :: caused by :: The top-level field name must be an alphanumeric string beginning with a lowercase letter, found '${name}'`,
      );
    }
    if (compiled.has(name))
      throw new CommandError(
        'FailedToParse',
        `Found multiple array filters with the same top-level field name ${name}`,
      );
    compiled.set(name, compileFilter(filter));
  }
  return compiled;
}

/** Refuses a filter that no path names, and a path that names none. */
export function checkIdentifiers(
  filters: ReadonlyMap<string, Filter>,
  steps: readonly { path: readonly string[]; text: string }[],
): void {
  const used = new Set(steps.flatMap((step) => step.path));
  for (const name of filters.keys()) {
    if (!used.has(`$[${name}]`)) {
      throw new CommandError('FailedToParse', `The array filter for identifier '${name}' was not used in the update`);
    }
  }
  for (const step of steps) {
    for (const component of step.path) {
      const identifier = /^\$\[(.+)\]$/.exec(component)?.[1];
      if (identifier !== undefined && !filters.has(identifier)) {
        throw new CommandError(
          'BadValue',
          `No array filter found for identifier '${identifier}' in path '${step.text}'`,
        );
      }
    }
  }
}
