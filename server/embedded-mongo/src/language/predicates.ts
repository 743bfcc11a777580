import { Binary, BSONRegExp } from 'bson';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
import { isDbRefField } from '../values/paths.ts';
import {
  bsonType,
  compareValues,
  equalValues,
  isDocument,
  parseTypeNumber,
  TypeOrder,
  typeOrder,
} from '../values/values.ts';

/** A test of one value. */
export type Predicate = (value: unknown) => boolean;

const comparisons: Record<string, (order: number) => boolean> = {
  $gt: (order) => order > 0,
  $gte: (order) => order >= 0,
  $lt: (order) => order < 0,
  $lte: (order) => order <= 0,
};

/** The JavaScript pattern for one of MongoDB's; PCRE-only syntax is refused. */
function toRegExp(regex: BSONRegExp): RegExp {
  let flags = 'u';
  // PCRE takes options at the head of a pattern too.
  const inline = /^\(\?([imsx]+)\)/.exec(regex.pattern);
  let pattern = regex.pattern.slice(inline?.[0].length ?? 0);
  for (const option of new Set(`${regex.options}${inline?.[1] ?? ''}`)) {
    if (option === 'i' || option === 'm' || option === 's') flags += option;
    else if (option === 'x')
      pattern = pattern.replace(/\\.|\[(?:\\.|[^\]])*\]|#.*$|\s+/gm, (part) => (/^[\\[]/.test(part) ? part : ''));
    else if (option !== 'u') throw new CommandError(51108, `invalid flag in regex options: ${option}`);
  }
  try {
    return new RegExp(pattern, flags);
  } catch {
    try {
      // Without the u flag JavaScript takes needless escapes such as \- or \_, as PCRE does.
      return new RegExp(pattern, flags.replace('u', ''));
    } catch {
      throw new CommandError(51091, `Regular expression is invalid: ${regex.pattern}`);
    }
  }
}

function littleEndian(binary: Binary): bigint {
  let bits = 0n;
  for (let i = binary.position - 1; i >= 0; i--) bits = (bits << 8n) | BigInt(binary.buffer[i] as number);
  return bits;
}

function bitMask(operator: string, operand: unknown): bigint {
  if (operand instanceof Binary) return littleEndian(operand);
  if (Array.isArray(operand)) {
    return operand.reduce((mask: bigint, position) => {
      const bit = toInteger(position);
      if (bit === undefined || bit < 0)
        throw new CommandError('BadValue', 'Failed to parse bit position. Expected a non-negative number');
      return mask | (1n << BigInt(bit));
    }, 0n);
  }
  const integer = toInteger(operand);
  if (integer === undefined) throw new CommandError('BadValue', `${operator} takes an Array, a number, or a BinData`);
  if (integer < 0) throw new CommandError('FailedToParse', `Expected a non-negative number in: ${operator}`);
  return BigInt(integer);
}

/** Whether the value is a document of query operators, as against one to be compared with as a whole. */
export function isOperatorDocument(value: unknown): value is Document {
  if (!isDocument(value)) return false;
  const first = Object.keys(value)[0];
  return first?.startsWith('$') === true && !isDbRefField(first);
}

/** Whether a document of operators says something about a whole document, as against a value. */
export function isDocumentFilter(operators: Document): boolean {
  return ['$and', '$or', '$nor', '$expr', '$where'].includes(Object.keys(operators)[0] as string);
}

/** `$eq`, `$gt`, `$gte`, `$lt` or `$lte`: values of another type group never match. */
export function comparePredicate(operator: string, operand: unknown): Predicate {
  if (operand === undefined) throw new CommandError('BadValue', 'cannot compare to undefined');
  if (operator === '$eq') {
    // A missing field equals null.
    if (operand === null) return (value) => value === null || value === undefined;
    return (value) => equalValues(value, operand);
  }
  if (operand instanceof BSONRegExp)
    throw new CommandError('BadValue', `Can't have RegEx as arg to predicate over field`);
  const holds = comparisons[operator] as (order: number) => boolean;
  const type = typeOrder(operand);
  if (type === TypeOrder.null) return (value) => holds(0) && (value === null || value === undefined);
  if (type === TypeOrder.minKey || type === TypeOrder.maxKey) {
    return (value) => value !== undefined && holds(compareValues(value, operand));
  }
  if (isNumber(operand) && Number.isNaN(toDouble(operand))) {
    return (value) => holds(0) && isNumber(value) && Number.isNaN(toDouble(value));
  }
  return (value) =>
    typeOrder(value) === type &&
    !(isNumber(value) && Number.isNaN(toDouble(value))) &&
    holds(compareValues(value, operand));
}

/** A pattern against a string; a stored pattern equals itself. */
export function regexPredicate(regex: BSONRegExp): Predicate {
  const compiled = toRegExp(regex);
  return (value) => {
    if (value instanceof BSONRegExp) return equalValues(value, regex);
    return typeof value === 'string' && compiled.test(value);
  };
}

/** `$in`: any of the values, or a match of any of the patterns. */
export function inPredicate(operands: unknown[]): Predicate {
  const predicates = operands.map((operand) => {
    if (isOperatorDocument(operand)) throw new CommandError('BadValue', 'cannot nest $ under $in');
    return operand instanceof BSONRegExp ? regexPredicate(operand) : comparePredicate('$eq', operand);
  });
  return (value) => predicates.some((predicate) => predicate(value));
}

/** `$type`: any of the types, by number or name. */
export function typePredicate(operand: unknown): Predicate {
  const types = Array.isArray(operand) ? operand : [operand];
  if (types.length === 0) throw new CommandError('FailedToParse', '$type must match at least one type');
  const wanted = new Set<number>();
  for (const type of types) {
    if (type === 'number') for (const code of [1, 16, 18, 19]) wanted.add(code);
    else {
      const code = parseTypeNumber(type);
      if (code === undefined) {
        if (typeof type === 'string') throw new CommandError('BadValue', `Unknown type name alias: ${type}`);
        if (!isNumber(type)) throw new CommandError('TypeMismatch', 'type must be represented as a number or a string');
        throw new CommandError('BadValue', `Invalid numerical type code: ${type}`);
      }
      wanted.add(code);
    }
  }
  return (value) => value !== undefined && wanted.has(bsonType(value));
}

/** The pattern that `$regex` and `$options` make together. */
export function toRegex(pattern: unknown, options: unknown): BSONRegExp {
  if (options !== undefined && typeof options !== 'string')
    throw new CommandError('BadValue', '$options has to be a string');
  const unknown = [...(options ?? '')].find((option) => !'imsxu'.includes(option));
  if (unknown !== undefined) throw new CommandError(51108, `invalid flag in regex options: ${unknown}`);
  if (pattern instanceof BSONRegExp) {
    if (options !== undefined && pattern.options !== '') {
      throw new CommandError(51074, 'options set in both $regex and $options');
    }
    return options === undefined ? pattern : new BSONRegExp(pattern.pattern, options);
  }
  if (typeof pattern !== 'string') throw new CommandError('BadValue', '$regex has to be a string');
  return new BSONRegExp(pattern, options ?? '');
}

/** `$size`. */
export function sizePredicate(operand: unknown): Predicate {
  const size = toInteger(operand);
  if (size === undefined) {
    throw new CommandError('FailedToParse', `Failed to parse $size. Expected a number in: $size: ${String(operand)}`);
  }
  if (size < 0)
    throw new CommandError('FailedToParse', `Failed to parse $size. Expected a non-negative number in: $size: ${size}`);
  return (value) => Array.isArray(value) && value.length === size;
}

/** `$mod`. */
export function modPredicate(operand: unknown): Predicate {
  if (!Array.isArray(operand)) throw new CommandError('BadValue', 'malformed mod, needs to be an array');
  if (operand.length < 2) throw new CommandError('BadValue', 'malformed mod, not enough elements');
  if (operand.length > 2) throw new CommandError('BadValue', 'malformed mod, too many elements');
  const [divisor, remainder] = operand;
  if (!isNumber(divisor) || !isNumber(remainder))
    throw new CommandError('BadValue', 'malformed mod, divisor not a number');
  const by = Math.trunc(toDouble(divisor));
  const wanted = Math.trunc(toDouble(remainder));
  if (by === 0) throw new CommandError('BadValue', 'divisor cannot be 0');
  return (value) => isNumber(value) && Math.trunc(toDouble(value)) % by === wanted;
}

/** `$bitsAllSet` and its kin, on numbers and binary data. */
export function bitsPredicate(operator: string, operand: unknown): Predicate {
  const mask = bitMask(operator, operand);
  return (value) => {
    let bits: bigint;
    if (value instanceof Binary) bits = littleEndian(value);
    else if (isNumber(value)) {
      const integer = toInteger(value);
      if (integer === undefined) return false;
      bits = BigInt.asUintN(64, typeof value === 'bigint' ? value : BigInt(integer));
      // A negative number has all higher bits set.
      if (integer < 0) bits |= ~0n << 64n;
    } else return false;
    const set = bits & mask;
    if (operator === '$bitsAllSet') return set === mask;
    if (operator === '$bitsAllClear') return set === 0n;
    return operator === '$bitsAnySet' ? set !== 0n : set !== mask;
  };
}
