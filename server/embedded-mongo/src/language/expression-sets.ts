import { CommandError } from '../errors.ts';
import { type Document, doubleValue } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
import { compareValues, equalValues, isDocument, isTruthy, typeName } from '../values/values.ts';
import { argumentsOf, collect, type Operator } from './expression-arithmetic.ts';
import { compareSortValues, parseSort, sortValues } from './sort.ts';

function onSets(name: string, run: (sets: unknown[][]) => unknown): Operator {
  return (document, operand, options) => {
    const sets = argumentsOf(document, operand, options);
    const isWhole = name === '$setEquals' || name.endsWith('True');
    if (!isWhole && sets.some((set) => set === null || set === undefined)) return null;
    for (const set of sets) {
      if (!Array.isArray(set)) {
        throw new CommandError(
          17043,
          `All operands of ${name} must be arrays. One argument is of type: ${typeName(set)}`,
        );
      }
    }
    return run(sets as unknown[][]);
  };
}

function has(set: readonly unknown[], value: unknown): boolean {
  return set.some((item) => equalValues(item, value));
}

function distinct(values: readonly unknown[]): unknown[] {
  const found = new Map<string, unknown>();
  for (const value of values) {
    if (value === undefined) continue;
    const key = new KeyWriter().append(value).raw().toString('latin1');
    if (!found.has(key)) found.set(key, value);
  }
  return [...found.values()];
}

function itemOrder(order: unknown): (a: unknown, b: unknown) => number {
  const direction = toInteger(order);
  if (direction !== undefined) return (a, b) => direction * compareValues(a, b);
  const keys = parseSort(order);
  const values = (item: unknown) => (isDocument(item) ? sortValues(keys, item as Document) : keys.map(() => null));
  return (a, b) => compareSortValues(keys, values(a), values(b));
}

function deviation(values: readonly unknown[], missing: number): unknown {
  const numbers = values.filter(isNumber).map(toDouble);
  if (numbers.length <= missing) return null;
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return doubleValue(Math.sqrt(squares / (numbers.length - missing)));
}

/** Operators on arrays and sets that find values equal as MongoDB does, which to mingo are of different types. */
export const setOperators: Record<string, Operator> = {
  $setUnion: onSets('$setUnion', (sets) => distinct(sets.flat())),
  $setIntersection: onSets('$setIntersection', (sets) =>
    distinct(sets[0] ?? []).filter((item) => sets.every((set) => has(set, item))),
  ),
  $setDifference: onSets('$setDifference', ([left = [], right = []]) =>
    distinct(left).filter((item) => !has(right, item)),
  ),
  $setEquals: onSets('$setEquals', ([first = [], ...rest]) =>
    rest.every((set) => first.every((item) => has(set, item)) && set.every((item) => has(first, item))),
  ),
  $setIsSubset: onSets('$setIsSubset', ([left = [], right = []]) => left.every((item) => has(right, item))),
  $anyElementTrue: onSets('$anyElementTrue', ([items = []]) => items.some(isTruthy)),
  $allElementsTrue: onSets('$allElementsTrue', ([items = []]) => items.every(isTruthy)),
  $indexOfArray(document, operand, options) {
    const [array, value, from, to] = argumentsOf(document, operand, options);
    if (array === null || array === undefined) return null;
    if (!Array.isArray(array)) {
      throw new CommandError(40090, `$indexOfArray requires an array as a first argument, found: ${typeName(array)}`);
    }
    const start = toInteger(from) ?? 0;
    const end = toInteger(to) ?? array.length;
    return array.findIndex((item, i) => i >= start && i < end && equalValues(item, value));
  },
  $sortArray(document, operand, options) {
    const { input, sortBy } = isDocument(operand) ? operand : {};
    const [array] = argumentsOf(document, input, options);
    if (array === null || array === undefined) return null;
    if (!Array.isArray(array)) {
      throw new CommandError(
        2942504,
        `The input argument to $sortArray must be an array, but was of type: ${typeName(array)}`,
      );
    }
    return [...array].sort(itemOrder(sortBy));
  },
  $addToSet: (document, operand, options) => distinct(collect(document, operand, options)),
  $push: (document, operand, options) => collect(document, operand, options).filter((value) => value !== undefined),
  $stdDevPop: (document, operand, options) => deviation(collect(document, operand, options), 0),
  $stdDevSamp: (document, operand, options) => deviation(collect(document, operand, options), 1),
};
