import { Binary, Decimal128, Double, ObjectId } from 'bson';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.ts';
import { doubleValue } from '../values/bson.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { isDocument, isTruthy, parseTypeNumber, typeName } from '../values/values.ts';
import type { Operator } from './expression-arithmetic.ts';
import { evalExpr } from './library.ts';

const int32Limit = 2 ** 31;
const conversionFailure = 241;

const typeNames: Record<number, string> = {
  1: 'double',
  2: 'string',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  16: 'int',
  18: 'long',
  19: 'decimal',
};

function argument(document: unknown, operand: unknown, options: Options): unknown {
  const value = evalExpr(document, operand, options);
  return Array.isArray(operand) && operand.length === 1 && Array.isArray(value) ? value[0] : value;
}

function fail(value: unknown, type: string): never {
  throw new CommandError(
    conversionFailure,
    `Unsupported conversion from ${typeName(value)} to ${type} in $convert with no onError value`,
  );
}

function convertToDouble(value: unknown, type: string): number {
  if (isNumber(value))
    return Number.isFinite(toDouble(value)) || type === 'double' ? toDouble(value) : fail(value, type);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Date && type !== 'int') return value.getTime();
  const isNumeral = typeof value === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value);
  if (!isNumeral || (type !== 'double' && !/^[+-]?\d+$/.test(value))) return fail(value, type);
  return Number(value);
}

function convertToDecimal(value: unknown): Decimal128 {
  if (value instanceof Decimal128) return value;
  if (typeof value === 'bigint' || typeof value === 'string') return Decimal128.fromString(String(value));
  return Decimal128.fromString(String(convertToDouble(value, 'decimal')));
}

function convertToDate(value: unknown): Date {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  const time =
    typeof value === 'string'
      ? Date.parse(/[zZ]|[+-]\d\d:?\d\d$/.test(value) || !value.includes('T') ? value : `${value}Z`)
      : isNumber(value)
        ? Math.trunc(toDouble(value))
        : Number.NaN;
  return Number.isNaN(time) ? fail(value, 'date') : new Date(time);
}

function convertToString(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Double) return String(value.value);
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toString();
  if (isNumber(value) || typeof value === 'boolean') return String(value);
  return fail(value, 'string');
}

function convert(value: unknown, type: string): unknown {
  switch (type) {
    case 'bool':
      return isTruthy(value);
    case 'string':
      return convertToString(value);
    case 'objectId':
      if (value instanceof ObjectId) return value;
      return typeof value === 'string' && /^[0-9a-fA-F]{24}$/.test(value) ? new ObjectId(value) : fail(value, type);
    case 'date':
      return convertToDate(value);
    case 'decimal':
      return convertToDecimal(value);
    case 'double':
      return doubleValue(convertToDouble(value, type));
    case 'int': {
      const whole = Math.trunc(convertToDouble(value, type));
      return whole >= -int32Limit && whole < int32Limit ? whole : fail(value, type);
    }
    case 'long':
      if (typeof value === 'bigint') return value;
      if (typeof value === 'string' && /^-?\d+$/.test(value)) return BigInt(value);
      return BigInt(Math.trunc(convertToDouble(value, type)));
    default:
      return fail(value, type);
  }
}

function shorthand(type: string): Operator {
  return (document, operand, options) => {
    const value = argument(document, operand, options);
    return value === null || value === undefined ? null : convert(value, type);
  };
}

/** `$type`, `$isNumber` and the conversions, in terms of BSON's types. */
export const typeOperators: Record<string, Operator> = {
  $type: (document, operand, options) => typeName(argument(document, operand, options)),
  $isNumber: (document, operand, options) => isNumber(argument(document, operand, options)),
  $toInt: shorthand('int'),
  $toLong: shorthand('long'),
  $toDouble: shorthand('double'),
  $toDecimal: shorthand('decimal'),
  $toString: shorthand('string'),
  $toBool: shorthand('bool'),
  $toDate: shorthand('date'),
  $toObjectId: shorthand('objectId'),
  $convert(document, operand, options) {
    if (!isDocument(operand)) throw new CommandError('FailedToParse', '$convert expects an object of named arguments');
    const fallback = (name: string) => evalExpr(document, operand[name], options);
    const value = evalExpr(document, operand.input, options);
    if (value === null || value === undefined) return Object.hasOwn(operand, 'onNull') ? fallback('onNull') : null;
    const type = parseTypeNumber(evalExpr(document, operand.to, options));
    if (type === undefined) throw new CommandError('BadValue', "Unknown type name in $convert's 'to' argument");
    try {
      return convert(value, typeNames[type] ?? String(type));
    } catch (error) {
      if (!Object.hasOwn(operand, 'onError')) throw error;
      return fallback('onError');
    }
  },
};
