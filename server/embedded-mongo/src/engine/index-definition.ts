import { CommandError } from '../errors.ts';
import { compileFilter, type Filter } from '../language/matcher.ts';
import type { Document } from '../values/bson.ts';
import { formatDocument } from '../values/format.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDbRefField } from '../values/paths.ts';
import { identicalValues, isDocument, isTruthy, typeName } from '../values/values.ts';
import type { IndexField } from './index-keys.ts';

/** An index as the client defined it, and what follows from that. */
export interface IndexDefinition {
  /** As listIndexes shows it: `v`, `key`, `name` and the options given. */
  spec: Document;
  name: string;
  keyPattern: Document;
  fields: readonly IndexField[];
  isUnique: boolean;
  isSparse: boolean;
  isHidden: boolean;
  partialFilter: Filter | undefined;
  expireAfterSeconds: number | undefined;
}

/** What an index specification may hold beside `key` and `name`. */
const indexOptions = ['v', 'unique', 'sparse', 'hidden', 'expireAfterSeconds', 'partialFilterExpression', 'background'];
const unsupportedOptions = [
  'collation',
  'weights',
  'default_language',
  'wildcardProjection',
  'storageEngine',
  '2dsphereIndexVersion',
  'bits',
  'min',
  'max',
  'textIndexVersion',
  'language_override',
  'prepareUnique',
  'clustered',
];
const idOptions = ['key', 'name', 'ns', 'v', 'collation'];
const maxTtlSeconds = 2147483647;

const partialOperators = ['$eq', '$exists', '$gt', '$gte', '$lt', '$lte', '$type', '$and', '$or', '$in'];

function normalize(spec: Document, isId: boolean): Document {
  if (isId) return { v: 2, key: { _id: 1 }, name: '_id_' };
  const result: Document = { v: 2, key: spec.key, name: spec.name };
  for (const option of ['unique', 'sparse', 'hidden']) if (isTruthy(spec[option])) result[option] = true;
  for (const option of ['expireAfterSeconds', 'partialFilterExpression']) {
    if (spec[option] !== undefined) result[option] = spec[option];
  }
  return result;
}

function checkOption(option: string, spec: Document): void {
  if (option === 'key' || option === 'name' || option === 'ns') return;
  if (option === 'collation' && isDocument(spec[option]) && spec[option].locale === 'simple') return;
  if (unsupportedOptions.includes(option)) {
    throw new CommandError('CannotCreateIndex', `the index option '${option}' is not supported by this server`);
  }
  if (!indexOptions.includes(option)) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      `Error in specification ${JSON.stringify(spec.name)} :: caused by :: The field '${option}' is not valid for an index specification. Specification: ${option}`,
    );
  }
  const value = spec[option];
  const isFlag = option === 'unique' || option === 'sparse' || option === 'hidden' || option === 'background';
  if (isFlag && typeof value !== 'boolean' && !isNumber(value)) {
    throw new CommandError(
      'TypeMismatch',
      `The field '${option}' has value ${option}: ${String(value)}, which is not convertible to bool`,
    );
  }
}

function parseField(text: string, direction: unknown): IndexField {
  if (typeof direction === 'string') {
    throw new CommandError('CannotCreateIndex', `the index type '${direction}' is not supported by this server`);
  }
  if (!isNumber(direction)) {
    throw new CommandError(
      'CannotCreateIndex',
      `Values in v:2 index key pattern cannot be of type ${typeName(direction)}. Only numbers > 0, numbers < 0, and strings are allowed.`,
    );
  }
  if (!(toDouble(direction) > 0) && !(toDouble(direction) < 0)) {
    throw new CommandError('CannotCreateIndex', 'Values in the index key pattern cannot be 0.');
  }
  if (text === '') throw new CommandError('CannotCreateIndex', 'Index keys cannot be an empty field.');
  const path = text.split('.');
  if (path.includes('')) throw new CommandError('CannotCreateIndex', 'Index keys cannot contain an empty field.');
  if (path.some((component, i) => component.startsWith('$') && !(i > 0 && isDbRefField(component)))) {
    const what = text.includes('$**')
      ? 'a wildcard index is not supported by this server'
      : `Index key contains an illegal field name: field name starts with '$'.`;
    throw new CommandError('CannotCreateIndex', what);
  }
  return { path, text, descending: toDouble(direction) < 0 };
}

function parseTtl(seconds: unknown, fields: readonly IndexField[]): number | undefined {
  if (seconds === undefined) return undefined;
  if (!isNumber(seconds)) {
    throw new CommandError(
      'CannotCreateIndex',
      `TTL index 'expireAfterSeconds' option must be numeric, but received a type of '${typeName(seconds)}'`,
    );
  }
  const value = toDouble(seconds);
  if (fields.length > 1)
    throw new CommandError(
      'CannotCreateIndex',
      'TTL indexes are single-field indexes, compound indexes do not support TTL',
    );
  if (value < 0 || value > maxTtlSeconds || Number.isNaN(value)) {
    throw new CommandError(
      'CannotCreateIndex',
      `TTL index 'expireAfterSeconds' must be within the range 0 to ${maxTtlSeconds}`,
    );
  }
  return value;
}

function checkPartialFilter(filter: unknown): void {
  if (!isDocument(filter)) {
    throw new CommandError('CannotCreateIndex', '"partialFilterExpression" for an index must be a document');
  }
  for (const [name, operand] of Object.entries(filter)) {
    if (name.startsWith('$') && !partialOperators.includes(name)) {
      throw new CommandError('CannotCreateIndex', `unsupported expression in partial index: ${name}`);
    }
    if (name === '$exists' && !isTruthy(operand)) {
      throw new CommandError('CannotCreateIndex', 'unsupported expression in partial index: $exists: false');
    }
    if (isDocument(operand) && Object.keys(operand).some((key) => key.startsWith('$'))) checkPartialFilter(operand);
    if (name.startsWith('$') && Array.isArray(operand)) {
      for (const clause of operand) if (isDocument(clause)) checkPartialFilter(clause);
    }
  }
}

/** Reads an index specification. Throws as MongoDB's createIndexes does: `CannotCreateIndex`, `TypeMismatch` and others. */
export function parseIndex(spec: Document): IndexDefinition {
  const { key, name } = spec;
  if (!isDocument(key))
    throw new CommandError('FailedToParse', "The 'key' field is a required property of an index specification");
  if (typeof name !== 'string')
    throw new CommandError('FailedToParse', "The 'name' field is a required property of an index specification");
  if (name === '') throw new CommandError('CannotCreateIndex', 'index name cannot be empty');
  for (const option of Object.keys(spec)) checkOption(option, spec);
  const fields = Object.entries(key).map(([text, direction]) => parseField(text, direction));
  if (fields.length === 0) throw new CommandError('CannotCreateIndex', 'Index keys cannot be an empty document');
  const isId = fields.length === 1 && fields[0]?.text === '_id' && !fields[0].descending;
  const refused = isId ? Object.keys(spec).find((option) => !idOptions.includes(option)) : undefined;
  if (refused !== undefined) {
    throw new CommandError(
      'InvalidIndexSpecificationOption',
      `The field '${refused}' is not valid for an _id index specification. Specification: ${formatDocument(spec)}`,
    );
  }
  const partial = spec.partialFilterExpression;
  if (partial !== undefined) checkPartialFilter(partial);
  if (partial !== undefined && isTruthy(spec.sparse)) {
    throw new CommandError('CannotCreateIndex', 'cannot mix "partialFilterExpression" and "sparse" options');
  }
  return {
    spec: normalize(spec, isId),
    name: isId ? '_id_' : name,
    keyPattern: key,
    fields,
    isUnique: isId || isTruthy(spec.unique),
    isSparse: isTruthy(spec.sparse),
    isHidden: isTruthy(spec.hidden),
    partialFilter: partial === undefined ? undefined : compileFilter(partial),
    expireAfterSeconds: parseTtl(spec.expireAfterSeconds, fields),
  };
}

/** Whether two definitions differ at most in what a collection cannot have two indexes for: expiry and `hidden`. */
export function isEquivalentIndex(left: IndexDefinition, right: IndexDefinition): boolean {
  return (
    identicalValues(left.keyPattern, right.keyPattern) &&
    left.isUnique === right.isUnique &&
    left.isSparse === right.isSparse &&
    identicalValues(left.spec.partialFilterExpression, right.spec.partialFilterExpression)
  );
}

/** Whether two definitions build the same index; the name and `hidden` may differ. */
export function isSameIndex(left: IndexDefinition, right: IndexDefinition): boolean {
  return isEquivalentIndex(left, right) && left.expireAfterSeconds === right.expireAfterSeconds;
}

/** The E11000 for a key that another document has. */
export function duplicateKey(namespace: string, index: IndexDefinition, values: readonly unknown[]): CommandError {
  const keyValue: Document = {};
  index.fields.forEach((field, i) => {
    keyValue[field.text] = values[i] ?? null;
  });
  return new CommandError(
    'DuplicateKey',
    `E11000 duplicate key error collection: ${namespace} index: ${index.name} dup key: ${formatDocument(keyValue)}`,
    { keyPattern: index.keyPattern, keyValue },
  );
}
