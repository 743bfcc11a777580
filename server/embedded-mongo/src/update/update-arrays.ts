import { CommandError } from '../errors.ts';
import { compileFilter } from '../language/matcher.ts';
import { isDocumentFilter, isOperatorDocument } from '../language/predicates.ts';
import { compareSortValues, parseSort, sortValues } from '../language/sort.ts';
import type { Document } from '../values/bson.ts';
import { formatValue } from '../values/format.ts';
import { toInteger } from '../values/numbers.ts';
import { compareValues, equalValues, isDocument, typeName } from '../values/values.ts';
import { type OperatorContext, structuredCopy, type UpdateOperator } from './update-operators.ts';
import { type Modification, unchanged } from './update-paths.ts';

const pushClauses = ['$each', '$slice', '$sort', '$position'];

function integerClause(operand: Document, clause: string): number | undefined {
  if (!Object.hasOwn(operand, clause)) return undefined;
  const value = toInteger(operand[clause]);
  if (value === undefined) {
    throw new CommandError(
      'BadValue',
      `The value for ${clause} must be an integer value but was given type: ${typeName(operand[clause])}`,
    );
  }
  return value;
}

function itemOrder(order: unknown): (a: unknown, b: unknown) => number {
  const direction = toInteger(order);
  if (direction !== undefined) {
    if (Math.abs(direction) !== 1) throw new CommandError('BadValue', 'The $sort element value must be either 1 or -1');
    return (a, b) => direction * compareValues(a, b);
  }
  if (!isDocument(order) || Object.keys(order).length === 0) {
    throw new CommandError(
      'BadValue',
      'The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields',
    );
  }
  const keys = parseSort(order);
  const values = (item: unknown) => (isDocument(item) ? sortValues(keys, item) : keys.map(() => null));
  return (a, b) => compareSortValues(keys, values(a), values(b));
}

/** The array to change; a missing field is an empty one. */
function arrayOf(current: unknown, { path, id }: OperatorContext): unknown[] {
  if (current === undefined) return [];
  if (Array.isArray(current)) return current;
  const field = path.split('.').at(-1);
  throw new CommandError(
    'BadValue',
    `The field '${field}' must be an array but is of type ${typeName(current)} in document {_id: ${formatValue(id)}}`,
  );
}

function compilePush(operand: unknown): (context: OperatorContext) => Modification {
  if (!isDocument(operand) || !Object.hasOwn(operand, '$each')) {
    return (context) => (current) => [...arrayOf(current, context), structuredCopy(operand)];
  }
  const unknown = Object.keys(operand).find((clause) => !pushClauses.includes(clause));
  if (unknown !== undefined) throw new CommandError('BadValue', `Unrecognized clause in $push: ${unknown}`);
  const { $each: each, $sort: order } = operand;
  if (!Array.isArray(each)) {
    throw new CommandError(
      'BadValue',
      `The argument to $each in $push must be an array but it was of type: ${typeName(each)}`,
    );
  }
  const slice = integerClause(operand, '$slice');
  const position = integerClause(operand, '$position');
  const compare = Object.hasOwn(operand, '$sort') ? itemOrder(order) : undefined;
  return (context) => (current) => {
    const items = [...arrayOf(current, context)];
    const before = items.length;
    const at = position === undefined ? items.length : position < 0 ? Math.max(0, items.length + position) : position;
    items.splice(at, 0, ...each.map(structuredCopy));
    if (compare !== undefined) items.sort(compare);
    if (current !== undefined && each.length === 0 && before === 0) return unchanged;
    if (slice === undefined) return items;
    return slice >= 0 ? items.slice(0, slice) : items.slice(slice);
  };
}

function compileAddToSet(operand: unknown): (context: OperatorContext) => Modification {
  const hasEach = isDocument(operand) && Object.keys(operand)[0] === '$each';
  const each = hasEach ? operand.$each : [operand];
  if (!Array.isArray(each)) {
    throw new CommandError(
      'TypeMismatch',
      `The argument to $each in $addToSet must be an array but it was of type ${typeName(each)}`,
    );
  }
  if (hasEach && Object.keys(operand).length > 1) {
    throw new CommandError('BadValue', `Found unexpected fields after $each in $addToSet: ${formatValue(operand)}`);
  }
  return ({ path, id }) =>
    (current) => {
      if (current !== undefined && !Array.isArray(current)) {
        throw new CommandError(
          'BadValue',
          `Cannot apply $addToSet to non-array field. Field named '${path.split('.').at(-1)}' has non-array type ${typeName(current)} in document ${formatValue(id)}`,
        );
      }
      const items: unknown[] = [...(current ?? [])];
      for (const value of each) if (!items.some((item) => equalValues(item, value))) items.push(structuredCopy(value));
      return current !== undefined && items.length === current.length ? unchanged : items;
    };
}

function compilePop(operand: unknown): (context: OperatorContext) => Modification {
  const end = toInteger(operand);
  if (end === undefined) throw new CommandError('FailedToParse', `Expected a number in: $pop: ${formatValue(operand)}`);
  if (end !== 1 && end !== -1)
    throw new CommandError('FailedToParse', `$pop expects 1 or -1, found: ${formatValue(operand)}`);
  return ({ path }) =>
    (current) => {
      if (current === undefined) return unchanged;
      if (!Array.isArray(current)) {
        throw new CommandError(
          'TypeMismatch',
          `Path '${path}' contains an element of non-array type '${typeName(current)}'`,
        );
      }
      return end === 1 ? current.slice(0, -1) : current.slice(1);
    };
}

/** A document is a filter on each item's fields, operators are one on the item itself, anything else is compared. */
function pullPredicate(operand: unknown): (item: unknown) => boolean {
  if (isOperatorDocument(operand) && !isDocumentFilter(operand)) {
    const filter = compileFilter({ item: operand });
    return (item) => filter.matches({ item });
  }
  if (isDocument(operand)) {
    const filter = compileFilter(operand);
    return (item) => isDocument(item) && filter.matches(item);
  }
  const filter = compileFilter({ item: operand });
  return (item) =>
    Array.isArray(operand) ? equalValues(item, operand) : !Array.isArray(item) && filter.matches({ item });
}

function pulling(isPulled: (item: unknown) => boolean): (context: OperatorContext) => Modification {
  return () => (current) => {
    if (current === undefined) return unchanged;
    if (!Array.isArray(current)) throw new CommandError('BadValue', 'Cannot apply $pull to a non-array value');
    const kept = current.filter((item) => !isPulled(item));
    return kept.length === current.length ? unchanged : kept;
  };
}

function compilePull(operand: unknown): (context: OperatorContext) => Modification {
  return pulling(pullPredicate(operand));
}

function compilePullAll(operand: unknown): (context: OperatorContext) => Modification {
  if (!Array.isArray(operand)) {
    throw new CommandError('BadValue', `$pullAll requires an array argument but was given a ${typeName(operand)}`);
  }
  return pulling((item) => operand.some((value) => equalValues(item, value)));
}

/** The update operators on arrays. */
export const arrayOperators: Record<string, UpdateOperator> = {
  $push: { creates: true, compile: compilePush },
  $addToSet: { creates: true, compile: compileAddToSet },
  $pop: { creates: false, compile: compilePop },
  $pull: { creates: false, compile: compilePull },
  $pullAll: { creates: false, compile: compilePullAll },
};
