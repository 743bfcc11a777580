import { BSONRegExp } from 'bson';
import type { Condition, Filter } from '../language/matcher.ts';
import type { KeyRange } from '../storage/storage.ts';
import type { Document } from '../values/bson.ts';
import { formatValue } from '../values/format.ts';
import { encodeKey, KeyWriter } from '../values/key-encoding.ts';
import { compareValues, equalValues, isTruthy, TypeOrder, typeOrder } from '../values/values.ts';
import type { Index } from './collection.ts';
import type { IndexField } from './index-keys.ts';

/** Bounds of one field, in ascending order of its values. */
interface Interval {
  low: Buffer;
  high: Buffer;
  /** How explain shows it. */
  text: string;
  /** A single value, whose encoding `low` is. */
  isPoint: boolean;
}

/** What a filter asks of an index. */
export interface IndexBounds {
  ranges: KeyRange[];
  /** Leading fields bound to single values. */
  pointFields: number;
  /** Of these, the fields bound to exactly one value, which do not matter for a sort. */
  fixedFields: number;
  hasRange: boolean;
  /** The whole keys, where every field is bound to values. */
  keys: Buffer[] | undefined;
  /** The conditions that the ranges say in full. */
  covered: ReadonlySet<Condition>;
  explain: Document;
}

/** Bounds that take in every value, and in an index field every key. */
const lowest = Buffer.alloc(0);
const highest = Buffer.from([0xff]);
/** Past every key that begins with what it follows: no key goes on with this byte. */
const pastAll = Buffer.from([0xff]);
/** More ranges than this are left to the filter. */
const maxRanges = 10_000;
/** Keys longer than the encoder keeps are known by their beginning only. */
const maxBoundBytes = 1024 - 32;

function complement(bytes: Buffer): Buffer {
  return bytes.map((byte) => 0xff ^ byte) as Buffer;
}

function combine(tuples: Buffer[], field: IndexField, intervals: Interval[]): Buffer[] {
  return tuples.flatMap((tuple) =>
    intervals.map(({ low }) => Buffer.concat([tuple, field.descending ? complement(low) : low])),
  );
}

function cut({ start, end }: KeyRange): KeyRange {
  return {
    start: start.subarray(0, maxBoundBytes),
    end: end.length > maxBoundBytes ? Buffer.concat([end.subarray(0, maxBoundBytes), pastAll]) : end,
  };
}

/** An ascending bound as a bound of a descending field: what was just past a value is now just before it. */
function complementEnd(bound: Buffer): Buffer {
  if (bound.length === 0) return highest;
  if (bound.equals(highest)) return lowest;
  // A bound that is a type group's first byte stands before the whole group, hence after it when complemented.
  if (bound.length === 1) return Buffer.from([0x100 - (bound[0] as number)]);
  if (bound.at(-1) === 0xff) return complement(bound.subarray(0, -1));
  const flipped = complement(bound);
  const last = flipped.at(-1) as number;
  if (last === 0xff) return Buffer.concat([flipped, pastAll]);
  // Past all that goes on from here, also where it goes on with the end of a string, which is 0xff when complemented.
  flipped[flipped.length - 1] = last + 1;
  return flipped;
}

function combineRange(
  tuples: Buffer[],
  { field, intervals }: { field: IndexField; intervals: Interval[] },
): KeyRange[] {
  return tuples.flatMap((tuple) =>
    intervals.map(({ low, high }) => {
      const [start, end] = field.descending ? [complementEnd(high), complementEnd(low)] : [low, high];
      return cut({ start: Buffer.concat([tuple, start]), end: Buffer.concat([tuple, end]) });
    }),
  );
}

function prefixRange(tuple: Buffer): KeyRange {
  return cut({ start: tuple, end: Buffer.concat([tuple, pastAll]) });
}

function isRange({ operator, operand }: Condition): boolean {
  const isOrdered = operator === '$gt' || operator === '$gte' || operator === '$lt' || operator === '$lte';
  const type = typeOrder(operand);
  return isOrdered && type >= TypeOrder.number && type <= TypeOrder.timestamp && type !== TypeOrder.array;
}

/** The points of an `$eq` or `$in`, in order; undefined where an operand is more than one point. */
function toPoints({ operator, operand }: Condition): Interval[] | undefined {
  const operands = operator === '$in' ? (operand as unknown[]) : [operand];
  if (operands.some((value) => Array.isArray(value) || value instanceof BSONRegExp || value === undefined))
    return undefined;
  const sorted = [...operands].sort(compareValues);
  const distinct = sorted.filter((value, i) => i === 0 || !equalValues(value, sorted[i - 1]));
  if (distinct.length > maxRanges) return undefined;
  return distinct.map((value) => {
    const low = new KeyWriter().append(value).raw();
    return {
      low,
      high: Buffer.concat([low, pastAll]),
      text: `[${formatValue(value)}, ${formatValue(value)}]`,
      isPoint: true,
    };
  });
}

function rangeInterval(conditions: Condition[]): Interval {
  const type = typeOrder((conditions[0] as Condition).operand);
  let low: Buffer = Buffer.from([type]);
  let high: Buffer = Buffer.from([type + 1]);
  let lowText = '[-inf';
  let highText = 'inf]';
  for (const { operator, operand } of conditions) {
    const bytes = new KeyWriter().append(operand).raw();
    const bound = operator === '$gt' || operator === '$lte' ? Buffer.concat([bytes, pastAll]) : bytes;
    if (operator === '$gt' || operator === '$gte') {
      if (Buffer.compare(bound, low) > 0) {
        low = bound;
        lowText = `${operator === '$gt' ? '(' : '['}${formatValue(operand)}`;
      }
    } else if (Buffer.compare(bound, high) < 0) {
      high = bound;
      highText = `${formatValue(operand)}${operator === '$lt' ? ')' : ']'}`;
    }
  }
  return { low, high, text: `${lowText}, ${highText}`, isPoint: false };
}

/** A pattern that begins with plain text bounds the strings it can match; the pattern itself may be a stored value. */
function regexIntervals(regex: BSONRegExp): Interval[] | undefined {
  if (regex.options !== '') return undefined;
  const plain = /^\^([\w\s@:,;'"<>=&%#!~/-]+)(?![?*{|])/.exec(regex.pattern)?.[1];
  if (plain === undefined || regex.pattern.includes('|')) return undefined;
  const text = /^[?*{]/.test(regex.pattern.slice(plain.length + 1)) ? plain.slice(0, -1) : plain;
  if (text === '') return undefined;
  const low = Buffer.concat([Buffer.from([TypeOrder.string]), Buffer.from(text)]);
  const point = encodeKey(regex).bytes;
  return [
    { low, high: Buffer.concat([low, pastAll]), text: `["${text}", "${text}\\uffff")`, isPoint: false },
    {
      low: point,
      high: Buffer.concat([point, pastAll]),
      text: `[${formatValue(regex)}, ${formatValue(regex)}]`,
      isPoint: false,
    },
  ];
}

/**
 * The intervals of one field. In a multikey index one document has many keys, so that two conditions on a path may be met
 * by different items and must not be combined unless an `$elemMatch` ties them to one.
 */
function fieldIntervals(
  index: Index,
  field: IndexField,
  filter: Filter,
  groups: Map<string, object | undefined>,
): { intervals: Interval[]; covered: Condition[] } | undefined {
  const root = field.path[0] as string;
  const usable = filter.conditions.filter((condition) => {
    if (condition.path !== field.text) return false;
    if (!index.isMultikey || !groups.has(root)) return true;
    return condition.elementGroup !== undefined && groups.get(root) === condition.elementGroup;
  });
  const points = usable.find(({ operator }) => operator === '$eq') ?? usable.find(({ operator }) => operator === '$in');
  const pointIntervals = points && toPoints(points);
  if (points !== undefined && pointIntervals !== undefined) {
    groups.set(root, points.elementGroup);
    return { intervals: pointIntervals, covered: [points] };
  }
  const regex = usable.find(({ operator }) => operator === '$regex');
  const prefix = regex && regexIntervals(regex.operand as BSONRegExp);
  if (regex !== undefined && prefix !== undefined) {
    groups.set(root, regex.elementGroup);
    return { intervals: prefix, covered: [] };
  }
  const first = usable.find(isRange);
  if (first === undefined) return undefined;
  groups.set(root, first.elementGroup);
  const together = usable.filter(
    (condition) =>
      isRange(condition) &&
      typeOrder(condition.operand) === typeOrder(first.operand) &&
      (condition === first ||
        !index.isMultikey ||
        (condition.elementGroup !== undefined && condition.elementGroup === first.elementGroup)),
  );
  return { intervals: [rangeInterval(together)], covered: [] };
}

function excludesMissing({ operator, operand }: Condition): boolean {
  if (operator === '$eq') return operand !== null;
  if (operator === '$in') return !(operand as unknown[]).some((value) => value === null);
  return operator === '$exists' ? isTruthy(operand) : operator !== '$type' && typeOrder(operand) !== TypeOrder.null;
}

function impliesCondition(given: Condition, wanted: Condition): boolean {
  if (given.path !== wanted.path || given.elementGroup !== undefined) return false;
  if (wanted.operator === '$exists') return excludesMissing(given);
  if (given.operator === wanted.operator && equalValues(given.operand, wanted.operand)) return true;
  const { operand } = given;
  if (wanted.operator === '$type') {
    return wanted.operand === 'string' && (given.operator === '$eq' || isRange(given)) && typeof operand === 'string';
  }
  if (wanted.operator === '$in') {
    return given.operator === '$eq' && (wanted.operand as unknown[]).some((value) => equalValues(value, operand));
  }
  if (!isRange(wanted) || typeOrder(operand) !== typeOrder(wanted.operand)) return false;
  const order = compareValues(operand, wanted.operand);
  const isLower = wanted.operator === '$gt' || wanted.operator === '$gte';
  const isInside = isLower ? order > 0 : order < 0;
  if (given.operator === '$eq') return isInside || (order === 0 && wanted.operator.endsWith('e'));
  const sameSide = isLower
    ? given.operator === '$gt' || given.operator === '$gte'
    : given.operator === '$lt' || given.operator === '$lte';
  return sameSide && (isInside || (order === 0 && (wanted.operator.endsWith('e') || !given.operator.endsWith('e'))));
}

/** Whether every document that matches `filter` matches `partial`, as far as single conditions show it. */
function implies(filter: Filter, partial: Filter): boolean {
  if (partial.alternatives.length > 0) return false;
  return partial.conditions.every((wanted) => filter.conditions.some((given) => impliesCondition(given, wanted)));
}

/** Works out which entries of an index can match. */
export function indexBounds(index: Index, filter: Filter): IndexBounds {
  const covered = new Set<Condition>();
  const groups = new Map<string, object | undefined>();
  let tuples: Buffer[] = [lowest];
  let pointFields = 0;
  let fixedFields = 0;
  const explain: Document = {};
  let last: { field: IndexField; intervals: Interval[] } | undefined;
  for (const field of index.fields) {
    explain[field.text] = ['[MinKey, MaxKey]'];
    if (last !== undefined || pointFields < Object.keys(explain).length - 1) continue;
    const found = fieldIntervals(index, field, filter, groups);
    if (found === undefined || tuples.length * found.intervals.length > maxRanges) continue;
    for (const condition of found.covered) covered.add(condition);
    explain[field.text] = found.intervals.map((interval) => interval.text);
    if (!found.intervals.every((interval) => interval.isPoint)) {
      last = { field, intervals: found.intervals };
      continue;
    }
    pointFields++;
    if (found.intervals.length === 1 && fixedFields === pointFields - 1) fixedFields = pointFields;
    tuples = combine(tuples, field, found.intervals);
  }
  const ranges = (last === undefined ? tuples.map((tuple) => prefixRange(tuple)) : combineRange(tuples, last)).sort(
    (a, b) => Buffer.compare(a.start, b.start),
  );
  const isWhole = pointFields === index.fields.length && tuples.every((tuple) => tuple.length <= maxBoundBytes);
  return {
    ranges,
    pointFields,
    fixedFields,
    hasRange: last !== undefined,
    keys: isWhole ? tuples : undefined,
    covered,
    explain,
  };
}

/** Whether the index holds every document that the filter can match: a sparse or partial index leaves some out. */
export function holdsAllMatches(index: Index, filter: Filter): boolean {
  if (index.isHidden) return false;
  if (index.isSparse) {
    const paths = new Set(index.fields.map((field) => field.text));
    if (!filter.conditions.some((condition) => paths.has(condition.path) && excludesMissing(condition))) return false;
  }
  return index.partialFilter === undefined || implies(filter, index.partialFilter);
}
