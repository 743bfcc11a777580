import { CommandError } from '../errors.ts';
import { isOperatorDocument } from '../language/predicates.ts';
import type { Document } from '../values/bson.ts';
import { isDocument } from '../values/values.ts';
import { structuredCopy } from './update-operators.ts';
import { modifyPath } from './update-paths.ts';

function isRegex(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'pattern' in value && !isDocument(value);
}

function collectEqualities(filter: Document, found: Map<string, unknown>): void {
  const add = (path: string, value: unknown) => {
    if (found.has(path)) {
      throw new CommandError(
        'NotSingleValueField',
        `cannot infer query fields to set, path '${path}' is matched twice`,
      );
    }
    found.set(path, value);
  };
  for (const [key, value] of Object.entries(filter)) {
    if (key === '$and' || (key === '$or' && (value as unknown[]).length === 1)) {
      for (const clause of value as Document[]) collectEqualities(clause, found);
    } else if (key.startsWith('$')) {
    } else if (!isOperatorDocument(value)) {
      if (!isRegex(value)) add(key, value);
    } else if (Object.hasOwn(value, '$eq')) {
      add(key, value.$eq);
    } else if (Array.isArray(value.$in) && value.$in.length === 1 && !isRegex(value.$in[0])) {
      add(key, value.$in[0]);
    } else if (Array.isArray(value.$all) && value.$all.length === 1 && !isOperatorDocument(value.$all[0])) {
      add(key, value.$all[0]);
    }
  }
}

/** The fields that a filter sets when an upsert inserts: those it compares for equality. */
export function equalitiesOf(filter: unknown): Document {
  const found = new Map<string, unknown>();
  collectEqualities(filter as Document, found);
  const paths = [...found.keys()].map((path) => path.split('.'));
  const document: Document = {};
  if (found.has('_id')) document._id = structuredCopy(found.get('_id'));
  for (const path of paths) {
    const text = path.join('.');
    if (path[0] === '_id' && path.length > 1) {
      throw new CommandError(
        'NotExactValueField',
        `field at '_id' must be exactly specified, field at sub-path '${text}' found`,
      );
    }
    const outer = paths.find((other) => other !== path && text.startsWith(`${other.join('.')}.`));
    if (outer !== undefined) {
      throw new CommandError(
        'NotSingleValueField',
        `cannot infer query fields to set, both paths '${text}' and '${outer.join('.')}' are matched`,
      );
    }
    modifyPath(document, path, () => structuredCopy(found.get(text)), true);
  }
  return document;
}

/** The `_id` alone that a filter sets, which is all that a replacement takes from it. */
export function idFrom(filter: unknown): Document {
  const { _id } = equalitiesOf(filter);
  return _id === undefined ? {} : { _id };
}
