import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isDbRefField } from '../values/paths.ts';
import { typeName } from '../values/values.ts';

function invalidDbRef(reason: string): CommandError {
  return new CommandError('InvalidDBRef', reason);
}

/** A `$ref`, `$id` or `$db` must stand in a DBRef that is whole and in order. */
function checkDbRef(document: Document, name: string): void {
  const names = Object.keys(document);
  const before = (of: string) => names[names.indexOf(of) - 1];
  if (name === '$db') {
    if (typeof document.$db !== 'string') {
      throw invalidDbRef(`The DBRef $db field must be a String, not a ${typeName(document.$db)}`);
    }
    if (before('$db') !== '$id') throw invalidDbRef('Found $db field without a $id before it, which is invalid.');
  }
  if (name !== '$ref' && before('$id') !== '$ref') {
    throw invalidDbRef('Found $id field without a $ref before it, which is invalid.');
  }
  if (typeof document.$ref !== 'string') {
    throw invalidDbRef(`The DBRef $ref field must be a String, not a ${typeName(document.$ref)}`);
  }
  if (names[names.indexOf('$ref') + 1] !== '$id') {
    throw invalidDbRef('The DBRef $ref field must be followed by a $id field');
  }
}

/**
 * Refuses what an update may not give a stored document: a field of its top level that begins with a dollar and is no part
 * of a DBRef. Further inside, and in a document that an upsert inserts, any name will do. Throws `DollarPrefixedFieldName`
 * and `InvalidDBRef`.
 * @param document as it is after the update
 * @param names those of its fields that the update has set
 */
export function checkDollarNames(document: Document, names: readonly string[]): void {
  for (const name of names) {
    if (!name.startsWith('$') || !Object.hasOwn(document, name)) continue;
    if (isDbRefField(name)) checkDbRef(document, name);
    else {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${name}' in '${name}' is not allowed in the context of an update's replacement document. Consider using an aggregation pipeline with $replaceWith.`,
      );
    }
  }
}
