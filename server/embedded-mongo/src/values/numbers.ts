import { Decimal128, Double } from 'bson';
import { CommandError } from '../errors.ts';
import { doubleValue } from './bson.ts';

/** A BSON number as the decoder gives it: int32 and most doubles as number, int64 as bigint. */
export type NumberValue = number | bigint | Double | Decimal128;

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const decimalDigits = 34;

/** A finite number as `digits * 10 ** exponent`. */
export interface DecimalParts {
  digits: bigint;
  exponent: number;
}

function parseDecimal(text: string): DecimalParts | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d+))?$/i.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const digits = BigInt(whole + fraction);
  return { digits: sign === '-' ? -digits : digits, exponent: Number(exponent) - fraction.length };
}

function doubleToParts(value: number): DecimalParts | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Number.isInteger(value)) return { digits: BigInt(value), exponent: 0 };
  // A fraction is m * 2 ** -k, which is m * 5 ** k * 10 ** -k.
  let scaled = value;
  let twos = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    twos++;
  }
  return { digits: BigInt(scaled) * 5n ** BigInt(twos), exponent: -twos };
}

function compareBigints(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The power of ten of the leading digit. */
export function magnitude(parts: DecimalParts): number {
  const text = parts.digits.toString();
  return parts.exponent + text.length - (parts.digits < 0n ? 1 : 0);
}

function compareParts(left: DecimalParts, right: DecimalParts): number {
  if (left.digits === 0n || right.digits === 0n || left.digits < 0n !== right.digits < 0n) {
    return compareBigints(left.digits, right.digits);
  }
  const sign = left.digits < 0n ? -1 : 1;
  const leftMagnitude = magnitude(left);
  const rightMagnitude = magnitude(right);
  if (leftMagnitude !== rightMagnitude) return leftMagnitude < rightMagnitude ? -sign : sign;
  const exponent = Math.min(left.exponent, right.exponent);
  return compareBigints(
    left.digits * 10n ** BigInt(left.exponent - exponent),
    right.digits * 10n ** BigInt(right.exponent - exponent),
  );
}

/** Whether the value is stored as an int32. */
export function isInt32(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= -2147483648 &&
    value <= 2147483647 &&
    !Object.is(value, -0)
  );
}

/** The nearest double. */
export function toDouble(value: NumberValue): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Double ? value.value : Number(value.toString());
}

/** The exact decimal value of a finite number; undefined for NaN and the infinities. */
export function toDecimalParts(value: NumberValue): DecimalParts | undefined {
  if (typeof value === 'bigint') return { digits: value, exponent: 0 };
  if (value instanceof Decimal128) return parseDecimal(value.toString());
  return doubleToParts(value instanceof Double ? value.value : value);
}

/** MongoDB reads a double with 15 digits when it meets a decimal. */
function toDecimalOperand(value: NumberValue): DecimalParts | undefined {
  if (typeof value === 'bigint' || value instanceof Decimal128 || isInt32(value)) return toDecimalParts(value);
  const double = value instanceof Double ? value.value : value;
  return Number.isFinite(double) ? parseDecimal(double.toPrecision(15)) : undefined;
}

/** The decimal128 nearest to an exact value: 34 digits, half to even. */
export function toDecimal128(parts: DecimalParts): Decimal128 {
  let { digits, exponent } = parts;
  const length = (digits < 0n ? -digits : digits).toString().length;
  if (length > decimalDigits) {
    const drop = length - decimalDigits;
    const divisor = 10n ** BigInt(drop);
    const remainder = digits % divisor;
    const twice = (remainder < 0n ? -remainder : remainder) * 2n;
    digits /= divisor;
    if (twice > divisor || (twice === divisor && digits % 2n !== 0n)) digits += remainder < 0n ? -1n : 1n;
    exponent += drop;
  }
  return Decimal128.fromStringWithRounding(`${digits}E${exponent}`);
}

function combine(
  left: NumberValue,
  right: NumberValue,
  doubles: (a: number, b: number) => number,
  integers: (a: bigint, b: bigint) => bigint,
  decimals: (a: DecimalParts, b: DecimalParts) => DecimalParts,
): NumberValue {
  if (left instanceof Decimal128 || right instanceof Decimal128) {
    const a = toDecimalOperand(left);
    const b = toDecimalOperand(right);
    if (a === undefined || b === undefined)
      return Decimal128.fromString(String(doubles(toDouble(left), toDouble(right))));
    return toDecimal128(decimals(a, b));
  }
  if (isInt32(left) && isInt32(right)) {
    // Adding zero makes a negative zero, which no integer is, a plain one.
    const result = doubles(left, right) + 0;
    return isInt32(result) ? result : integers(BigInt(left), BigInt(right));
  }
  if ((isInt32(left) || typeof left === 'bigint') && (isInt32(right) || typeof right === 'bigint')) {
    const result = integers(BigInt(left), BigInt(right));
    if (result < int64Min || result > int64Max) {
      throw new CommandError('BadValue', `Failed to apply the operation: the result does not fit 64 bits`);
    }
    return result;
  }
  return doubleValue(doubles(toDouble(left), toDouble(right)));
}

/** Whether the value is one of BSON's four number types. */
export function isNumber(value: unknown): value is NumberValue {
  return (
    typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Decimal128
  );
}

/** The whole number that the value stands for, or undefined when it is fractional, infinite or not a number. */
export function toInteger(value: unknown): number | undefined {
  if (!isNumber(value)) return undefined;
  const double = toDouble(value);
  return Number.isInteger(double) ? double : undefined;
}

/** Orders two numbers of any type exactly, as MongoDB does: NaN is smallest and equal to itself. */
export function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (left instanceof Double) return compareNumbers(left.value, right);
  if (right instanceof Double) return compareNumbers(left, right.value);
  if (!(left instanceof Decimal128) && !(right instanceof Decimal128)) {
    if (left < right) return -1;
    if (left > right) return 1;
    const leftNaN = Number.isNaN(left);
    return leftNaN === Number.isNaN(right) ? 0 : leftNaN ? -1 : 1;
  }
  const leftParts = toDecimalParts(left);
  const rightParts = toDecimalParts(right);
  if (leftParts !== undefined && rightParts !== undefined) return compareParts(leftParts, rightParts);
  // A finite number is zero beside an infinity or NaN; as a double it might itself be infinite.
  const beside = (value: NumberValue, parts: DecimalParts | undefined) => (parts === undefined ? toDouble(value) : 0);
  return compareNumbers(beside(left, leftParts), beside(right, rightParts));
}

/** The difference of two finite numbers. */
export function subtractParts(left: DecimalParts, right: DecimalParts): DecimalParts {
  const exponent = Math.min(left.exponent, right.exponent);
  return {
    digits:
      left.digits * 10n ** BigInt(left.exponent - exponent) - right.digits * 10n ** BigInt(right.exponent - exponent),
    exponent,
  };
}

/** Adds as MongoDB does: the wider type wins, int32 overflows into int64, int64 overflow is an error (`$inc`). */
export function addNumbers(left: NumberValue, right: NumberValue): NumberValue {
  return combine(
    left,
    right,
    (a, b) => a + b,
    (a, b) => a + b,
    (a, b) => {
      const exponent = Math.min(a.exponent, b.exponent);
      const scale = (parts: DecimalParts) => parts.digits * 10n ** BigInt(parts.exponent - exponent);
      return { digits: scale(a) + scale(b), exponent };
    },
  );
}

/** Multiplies as MongoDB does; see `addNumbers`. */
export function multiplyNumbers(left: NumberValue, right: NumberValue): NumberValue {
  return combine(
    left,
    right,
    (a, b) => a * b,
    (a, b) => a * b,
    (a, b) => ({
      digits: a.digits * b.digits,
      exponent: a.exponent + b.exponent,
    }),
  );
}
