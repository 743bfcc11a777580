import { Double, Timestamp } from 'bson';
import { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';
import { formatDocument, formatValue } from '../values/format.ts';
import { addNumbers, isInt32, isNumber, multiplyNumbers } from '../values/numbers.ts';
import { compareValues, isDocument, typeName } from '../values/values.ts';
import { type Modification, removed, unchanged } from './update-paths.ts';

/** What an operator needs to know beside its operand. */
export interface OperatorContext {
  path: string;
  /** The `_id`, for error messages. */
  id: unknown;
  now: number;
}

/** An update operator on one field. */
export interface UpdateOperator {
  /** Makes the field, and those on the way, when it is missing. */
  creates: boolean;
  /** Checks the operand once, before any document is touched, and gives what to do with a field. */
  compile(operand: unknown, path: string): (context: OperatorContext) => Modification;
}

/** A copy of an operand, since two documents or fields must not share one value. */
export function structuredCopy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structuredCopy);
  if (!isDocument(value)) return value;
  const copy: Document = { ...value };
  for (const key of Object.keys(copy)) copy[key] = structuredCopy(copy[key]);
  return copy;
}

function keepUnless(current: unknown, operand: unknown, sign: number): unknown {
  return current === undefined || compareValues(operand, current) * sign > 0 ? structuredCopy(operand) : unchanged;
}

function arithmetic(operator: '$inc' | '$mul', verb: string, operand: unknown, path: string) {
  if (!isNumber(operand)) {
    throw new CommandError(
      'TypeMismatch',
      `Cannot ${verb} with non-numeric argument: {${path}: ${formatValue(operand)}}`,
    );
  }
  return ({ id }: OperatorContext): Modification =>
    (current) => {
      if (current === undefined) return operator === '$inc' ? operand : multiplyNumbers(operand, 0);
      if (!isNumber(current)) {
        const field = path.split('.').at(-1);
        throw new CommandError(
          'TypeMismatch',
          `Cannot apply ${operator} to a value of non-numeric type. {_id: ${formatValue(id)}} has the field '${field}' of non-numeric type ${typeName(current)}`,
        );
      }
      return operator === '$inc' ? addNumbers(current, operand) : multiplyNumbers(current, operand);
    };
}

function compileCurrentDate(operand: unknown): (context: OperatorContext) => Modification {
  const isTimestamp = isDocument(operand) && operand.$type === 'timestamp';
  const isDate = typeof operand === 'boolean' || (isDocument(operand) && operand.$type === 'date');
  if (!isTimestamp && !isDate) {
    throw new CommandError(
      'BadValue',
      isDocument(operand)
        ? "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}"
        : `${typeName(operand)} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).`,
    );
  }
  return ({ now }) =>
    () =>
      isTimestamp ? new Timestamp({ t: Math.floor(now / 1000), i: 1 }) : new Date(now);
}

function isInteger(value: unknown): value is number | bigint {
  return typeof value === 'bigint' || (!(value instanceof Double) && isInt32(value));
}

function applyBit(name: string, value: number | bigint, mask: number | bigint): number | bigint {
  const a = BigInt(value);
  const b = BigInt(mask);
  const result = name === 'and' ? a & b : name === 'or' ? a | b : a ^ b;
  return typeof value === 'number' && typeof mask === 'number' ? Number(result) : result;
}

function compileBit(operand: unknown, path: string): (context: OperatorContext) => Modification {
  if (!isDocument(operand)) {
    throw new CommandError(
      'BadValue',
      `The $bit modifier is not compatible with a ${typeName(operand)}. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}`,
    );
  }
  const steps = Object.entries(operand);
  if (steps.length === 0) {
    throw new CommandError(
      'BadValue',
      'You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}',
    );
  }
  for (const [name, mask] of steps) {
    if (!['and', 'or', 'xor'].includes(name)) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}' which is an unknown operator: {${name}: ${formatValue(mask)}}`,
      );
    }
    if (!isInteger(mask)) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier field must be an Integer(32/64 bit); a '${typeName(mask)}' is not supported here: ${formatDocument({ [name]: mask })}`,
      );
    }
  }
  return ({ id }) =>
    (current) => {
      const start = current ?? 0;
      if (!isInteger(start)) {
        throw new CommandError(
          'BadValue',
          `Cannot apply $bit to a value of non-integral type._id: ${formatValue(id)} has the field ${path} of non-integer type ${typeName(current)}`,
        );
      }
      return steps.reduce<number | bigint>(
        (value, [name, mask]) => applyBit(name, value, mask as number | bigint),
        start,
      );
    };
}

/** The operators on single values; those on arrays are in update-arrays.ts. */
export const fieldOperators: Record<string, UpdateOperator> = {
  $set: { creates: true, compile: (operand) => () => () => structuredCopy(operand) },
  $setOnInsert: { creates: true, compile: (operand) => () => () => structuredCopy(operand) },
  $unset: { creates: false, compile: () => () => () => removed },
  $inc: { creates: true, compile: (operand, path) => arithmetic('$inc', 'increment', operand, path) },
  $mul: { creates: true, compile: (operand, path) => arithmetic('$mul', 'multiply', operand, path) },
  $min: { creates: true, compile: (operand) => () => (current) => keepUnless(current, operand, -1) },
  $max: { creates: true, compile: (operand) => () => (current) => keepUnless(current, operand, 1) },
  $currentDate: { creates: true, compile: compileCurrentDate },
  $bit: { creates: true, compile: compileBit },
};
