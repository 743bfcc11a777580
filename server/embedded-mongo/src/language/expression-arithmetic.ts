import { Decimal128 } from 'bson';
import type { Options } from 'mingo/types';
import { CommandError } from '../errors.ts';
import { doubleValue } from '../values/bson.ts';
import {
  addNumbers,
  isInt32,
  isNumber,
  multiplyNumbers,
  type NumberValue,
  toDecimal128,
  toDecimalParts,
  toDouble,
} from '../values/numbers.ts';
import { compareValues, equalValues, isTruthy, typeName } from '../values/values.ts';
import { evalExpr } from './library.ts';

/** An expression operator as mingo calls it. */
export type Operator = (document: unknown, operand: unknown, options: Options) => unknown;

const divisionDigits = 40n;
/** An item of data, as against what an accumulator collects over documents. */
const isMissing = (value: unknown) => value === null || value === undefined;

/** The values of an operator's arguments. */
export function argumentsOf(document: unknown, operand: unknown, options: Options): unknown[] {
  const value = evalExpr(document, operand, options);
  return Array.isArray(value) && Array.isArray(operand) ? value : [value];
}

function numeric(name: string, value: unknown): NumberValue {
  if (isNumber(value)) return value;
  throw new CommandError('TypeMismatch', `${name} only supports numeric types, not ${typeName(value)}`);
}

function unary(name: string, run: (value: NumberValue) => unknown): Operator {
  return (document, operand, options) => {
    const [value] = argumentsOf(document, operand, options);
    return isMissing(value) ? null : run(numeric(name, value));
  };
}

function binaryWithNull(name: string, run: (left: unknown, right: unknown) => unknown): Operator {
  return (document, operand, options) => {
    const values = argumentsOf(document, operand, options);
    if (values.length !== 2) {
      throw new CommandError(16020, `Expression ${name} takes exactly 2 arguments. ${values.length} were passed in.`);
    }
    return run(values[0], values[1]);
  };
}

function binary(name: string, run: (left: unknown, right: unknown) => unknown): Operator {
  return binaryWithNull(name, (left, right) => (isMissing(left) || isMissing(right) ? null : run(left, right)));
}

function comparison(test: (order: number) => unknown): Operator {
  return binaryWithNull('comparison', (left, right) => test(compareValues(left, right)));
}

function fold(name: string, values: unknown[], combine: (left: unknown, right: unknown) => unknown): unknown {
  if (values.some(isMissing)) return null;
  for (const value of values) if (!(value instanceof Date)) numeric(name, value);
  return values.reduce(combine, name === '$add' ? 0 : 1);
}

/** An expression, unlike `$inc`, goes on as a double past 64 bits. */
function addWide(left: NumberValue, right: NumberValue): NumberValue {
  try {
    return addNumbers(left, right);
  } catch {
    return doubleValue(toDouble(left) + toDouble(right));
  }
}

function add(left: unknown, right: unknown): unknown {
  if (left instanceof Date && right instanceof Date)
    throw new CommandError(16612, 'only one date allowed in an $add expression');
  if (left instanceof Date) return new Date(left.getTime() + Math.trunc(toDouble(numeric('$add', right))));
  if (right instanceof Date) return add(right, left);
  return addWide(left as NumberValue, right as NumberValue);
}

function subtract(left: unknown, right: unknown): unknown {
  if (left instanceof Date) {
    if (right instanceof Date) return BigInt(left.getTime() - right.getTime());
    return new Date(left.getTime() - Math.trunc(toDouble(numeric('$subtract', right))));
  }
  return addWide(numeric('$subtract', left), multiplyNumbers(numeric('$subtract', right), -1));
}

function divide(left: NumberValue, right: NumberValue): NumberValue {
  if (compareValues(right, 0) === 0) throw new CommandError('BadValue', "can't $divide by zero");
  if (!(left instanceof Decimal128) && !(right instanceof Decimal128))
    return doubleValue(toDouble(left) / toDouble(right));
  const a = toDecimalParts(left);
  const b = toDecimalParts(right);
  if (a === undefined || b === undefined) return Decimal128.fromString(String(toDouble(left) / toDouble(right)));
  const scaled = a.digits * 10n ** divisionDigits;
  const quotient = scaled / b.digits;
  const exact = toDecimal128({ digits: quotient, exponent: a.exponent - b.exponent - Number(divisionDigits) });
  return Decimal128.fromString(
    exact
      .toString()
      .replace(/(\.\d*?)0+(?=$|E)/, '$1')
      .replace(/\.(?=$|E)/, ''),
  );
}

function modulo(left: NumberValue, right: NumberValue): NumberValue {
  if (compareValues(right, 0) === 0) throw new CommandError(16610, "can't $mod by zero");
  if (typeof left === 'bigint' || typeof right === 'bigint') {
    if (Number.isInteger(toDouble(left)) && Number.isInteger(toDouble(right)))
      return BigInt(left.toString()) % BigInt(right.toString());
  }
  const result = toDouble(left) % toDouble(right);
  return typeof left === 'number' && typeof right === 'number' ? result : doubleValue(result);
}

function power(base: NumberValue, exponent: NumberValue): NumberValue {
  const result = toDouble(base) ** toDouble(exponent);
  const isWhole = Number.isInteger(toDouble(base)) && Number.isInteger(toDouble(exponent)) && toDouble(exponent) >= 0;
  if (typeof base === 'bigint' || typeof exponent === 'bigint')
    return isWhole ? BigInt(base.toString()) ** BigInt(exponent.toString()) : doubleValue(result);
  return typeof base === 'number' && typeof exponent === 'number' && isWhole ? result : doubleValue(result);
}

function rounded(value: NumberValue, round: (value: number) => number): NumberValue {
  if (typeof value === 'bigint') return value;
  if (value instanceof Decimal128) return Decimal128.fromString(String(round(toDouble(value))));
  // An integer stays one, whatever place it is rounded to.
  return isInt32(value) ? round(value) + 0 : doubleValue(round(toDouble(value)));
}

/** `$round` and `$trunc`, which take a number, or a number and how many decimal places to keep. */
function toPlace(name: string, round: (value: number) => number): Operator {
  return (document, operand, options) => {
    const [value, place = 0] = argumentsOf(document, operand, options);
    if (isMissing(value) || isMissing(place)) return null;
    const scale = 10 ** toDouble(numeric(name, place));
    return rounded(numeric(name, value), (number) => {
      const scaled = round(number * scale) / scale;
      return Number.isFinite(scaled) ? scaled : number;
    });
  };
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const isHalf = value - floor === 0.5;
  return isHalf ? floor + Math.abs(floor % 2) : Math.round(value);
}

function sum(values: unknown[]): NumberValue {
  return values.filter(isNumber).reduce<NumberValue>(addWide, 0);
}

function extreme(values: unknown[], sign: number): unknown {
  let best: unknown = null;
  for (const value of values) {
    if (isMissing(value)) continue;
    if (best === null || compareValues(value, best) * sign > 0) best = value;
  }
  return best;
}

/** Operators on numbers that keep MongoDB's number types, which mingo does not know, and comparisons across types. */
export const arithmeticOperators: Record<string, Operator> = {
  $add: (document, operand, options) => fold('$add', argumentsOf(document, operand, options), add),
  $multiply: (document, operand, options) =>
    fold('$multiply', argumentsOf(document, operand, options), (a, b) =>
      multiplyNumbers(numeric('$multiply', a), numeric('$multiply', b)),
    ),
  $subtract: binary('$subtract', subtract),
  $divide: binary('$divide', (a, b) => divide(numeric('$divide', a), numeric('$divide', b))),
  $mod: binary('$mod', (a, b) => modulo(numeric('$mod', a), numeric('$mod', b))),
  $abs: unary('$abs', (value) => (compareValues(value, 0) < 0 ? multiplyNumbers(value, -1) : value)),
  $ceil: unary('$ceil', (value) => rounded(value, Math.ceil)),
  $floor: unary('$floor', (value) => rounded(value, Math.floor)),
  $round: toPlace('$round', roundHalfEven),
  $trunc: toPlace('$trunc', Math.trunc),
  $sqrt: unary('$sqrt', (value) => {
    if (toDouble(value) < 0) throw new CommandError(28714, "$sqrt's argument must be greater than or equal to 0");
    return doubleValue(Math.sqrt(toDouble(value)));
  }),
  $exp: unary('$exp', (value) => doubleValue(Math.exp(toDouble(value)))),
  $ln: unary('$ln', (value) => doubleValue(Math.log(toDouble(value)))),
  $log10: unary('$log10', (value) => doubleValue(Math.log10(toDouble(value)))),
  $pow: binary('$pow', (a, b) => power(numeric('$pow', a), numeric('$pow', b))),
  $cmp: comparison((order) => order),
  $eq: comparison((order) => order === 0),
  $ne: comparison((order) => order !== 0),
  $gt: comparison((order) => order > 0),
  $gte: comparison((order) => order >= 0),
  $lt: comparison((order) => order < 0),
  $lte: comparison((order) => order <= 0),
  $and: (document, operand, options) => argumentsOf(document, operand, options).every(isTruthy),
  $or: (document, operand, options) => argumentsOf(document, operand, options).some(isTruthy),
  $not: (document, operand, options) => !isTruthy(argumentsOf(document, operand, options)[0]),
  $in: binaryWithNull('$in', (value, list) => {
    if (!Array.isArray(list))
      throw new CommandError(40081, `$in requires an array as a second argument, found: ${typeName(list)}`);
    return list.some((item) => equalValues(item, value));
  }),
};

/** mingo calls with an array for a group, whose every document gives a value. */
export function collect(document: unknown, operand: unknown, options: Options): unknown[] {
  if (Array.isArray(document)) {
    const { options: settings } = options as Options & { options: Options };
    return document.map((member) => evalExpr(member, operand, settings));
  }
  const value = evalExpr(document, operand, options);
  return Array.isArray(value) ? value : [value];
}

/** Operators that take the documents of a group, or in an expression an array or several values. */
export const accumulatorOperators: Record<string, Operator> = {
  $sum: (document, operand, options) => sum(collect(document, operand, options)),
  $avg(document, operand, options) {
    const numbers = collect(document, operand, options).filter(isNumber);
    return numbers.length === 0 ? null : divide(sum(numbers), numbers.length);
  },
  $min: (document, operand, options) => extreme(collect(document, operand, options), -1),
  $max: (document, operand, options) => extreme(collect(document, operand, options), 1),
};
