import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import type { Document } from './bson.ts';
import { compareNumbers, isInt32, isNumber, type NumberValue } from './numbers.ts';

/** The groups in which MongoDB sorts values of different types, and within which it compares. */
export const TypeOrder = {
  minKey: 1,
  missing: 2,
  null: 5,
  number: 10,
  string: 15,
  object: 20,
  array: 25,
  binary: 30,
  objectId: 35,
  boolean: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  code: 60,
  codeWithScope: 65,
  maxKey: 127,
} as const;

const typeNumbers: Record<number, number> = {
  [TypeOrder.minKey]: -1,
  [TypeOrder.null]: 10,
  [TypeOrder.object]: 3,
  [TypeOrder.array]: 4,
  [TypeOrder.binary]: 5,
  [TypeOrder.objectId]: 7,
  [TypeOrder.boolean]: 8,
  [TypeOrder.date]: 9,
  [TypeOrder.timestamp]: 17,
  [TypeOrder.regex]: 11,
  [TypeOrder.code]: 13,
  [TypeOrder.codeWithScope]: 15,
  [TypeOrder.maxKey]: 127,
};

const typeAliases: Record<number, string> = {
  [-1]: 'minKey',
  0: 'missing',
  1: 'double',
  2: 'string',
  3: 'object',
  4: 'array',
  5: 'binData',
  6: 'undefined',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  10: 'null',
  11: 'regex',
  12: 'dbPointer',
  13: 'javascript',
  14: 'symbol',
  15: 'javascriptWithScope',
  16: 'int',
  17: 'timestamp',
  18: 'long',
  19: 'decimal',
  127: 'maxKey',
};

function textOf(value: unknown): string {
  return value instanceof BSONSymbol ? value.value : (value as string);
}

/** Strings compare by code point (which is the order of their UTF-8 bytes), not by UTF-16 unit. */
function compareStrings(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const a = left.charCodeAt(i);
    const b = right.charCodeAt(i);
    if (a !== b) {
      const aHigh = a >= 0xd800 && a <= 0xdfff;
      const bHigh = b >= 0xd800 && b <= 0xdfff;
      if (aHigh !== bHigh) return aHigh ? 1 : -1;
      return a < b ? -1 : 1;
    }
  }
  return left.length < right.length ? -1 : 1;
}

/** The sort group of a value; `undefined` stands for a missing field. */
export function typeOrder(value: unknown): number {
  switch (typeof value) {
    case 'string':
      return TypeOrder.string;
    case 'number':
    case 'bigint':
      return TypeOrder.number;
    case 'boolean':
      return TypeOrder.boolean;
    case 'undefined':
      return TypeOrder.missing;
  }
  if (value === null) return TypeOrder.null;
  if (Array.isArray(value)) return TypeOrder.array;
  if (value instanceof ObjectId) return TypeOrder.objectId;
  if (value instanceof Date) return TypeOrder.date;
  if (value instanceof Double || value instanceof Decimal128) return TypeOrder.number;
  if (value instanceof Binary) return TypeOrder.binary;
  if (value instanceof Timestamp) return TypeOrder.timestamp;
  if (value instanceof BSONRegExp) return TypeOrder.regex;
  if (value instanceof BSONSymbol) return TypeOrder.string;
  if (value instanceof MinKey) return TypeOrder.minKey;
  if (value instanceof MaxKey) return TypeOrder.maxKey;
  if (value instanceof Code) return value.scope ? TypeOrder.codeWithScope : TypeOrder.code;
  return TypeOrder.object;
}

function compareArrays(left: unknown[], right: unknown[]): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const order = compareValues(left[i], right[i]);
    if (order !== 0) return order;
  }
  return Math.sign(left.length - right.length);
}

function compareBinary(left: Binary, right: Binary): number {
  return (
    Math.sign(left.position - right.position) ||
    Math.sign(left.sub_type - right.sub_type) ||
    Buffer.compare(left.buffer.subarray(0, left.position), right.buffer.subarray(0, right.position))
  );
}

/** Orders two values of any type as MongoDB's sort does, arrays and documents as wholes. */
export function compareValues(left: unknown, right: unknown): number {
  const leftOrder = typeOrder(left);
  const rightOrder = typeOrder(right);
  if (leftOrder !== rightOrder) return leftOrder < rightOrder ? -1 : 1;
  switch (leftOrder) {
    case TypeOrder.number:
      return compareNumbers(left as NumberValue, right as NumberValue);
    case TypeOrder.string:
      return compareStrings(textOf(left), textOf(right));
    case TypeOrder.object:
      return compareDocuments(left as Document, right as Document);
    case TypeOrder.array:
      return compareArrays(left as unknown[], right as unknown[]);
    case TypeOrder.boolean:
      return Number(left) - Number(right);
    case TypeOrder.date:
      return Math.sign((left as Date).getTime() - (right as Date).getTime());
    case TypeOrder.objectId:
      return Buffer.compare((left as ObjectId).id, (right as ObjectId).id);
    case TypeOrder.binary:
      return compareBinary(left as Binary, right as Binary);
    case TypeOrder.timestamp:
      return Math.sign((left as Timestamp).compare(right as Timestamp));
    case TypeOrder.regex:
      return (
        compareStrings((left as BSONRegExp).pattern, (right as BSONRegExp).pattern) ||
        compareStrings((left as BSONRegExp).options, (right as BSONRegExp).options)
      );
    case TypeOrder.code:
    case TypeOrder.codeWithScope:
      return (
        compareStrings((left as Code).code, (right as Code).code) ||
        compareDocuments((left as Code).scope ?? {}, (right as Code).scope ?? {})
      );
    default:
      return 0;
  }
}

function compareDocuments(left: Document, right: Document): number {
  const leftKeys = Object.keys(left);
  const rightKeys = Object.keys(right);
  const length = Math.min(leftKeys.length, rightKeys.length);
  for (let i = 0; i < length; i++) {
    const leftKey = leftKeys[i] as string;
    const rightKey = rightKeys[i] as string;
    const byType = typeOrder(left[leftKey]) - typeOrder(right[rightKey]);
    if (byType !== 0) return Math.sign(byType);
    const order = compareStrings(leftKey, rightKey) || compareValues(left[leftKey], right[rightKey]);
    if (order !== 0) return order;
  }
  return Math.sign(leftKeys.length - rightKeys.length);
}

function numberType(value: NumberValue): number {
  if (typeof value === 'bigint') return 18;
  if (value instanceof Decimal128) return 19;
  return isInt32(value) ? 16 : 1;
}

/** Whether the value is an embedded document, not one of BSON's other types that are objects in JavaScript. */
export function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && typeOrder(value) === TypeOrder.object;
}

/** Whether two values are equal to MongoDB: numbers by value whatever their type, documents with their field order. */
export function equalValues(left: unknown, right: unknown): boolean {
  return left === right || compareValues(left, right) === 0;
}

/** Whether two values are stored as the same bytes, so that replacing one by the other changes nothing. */
export function identicalValues(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' || typeof left === 'boolean' || left === null || left === undefined) {
    return left === right;
  }
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) && left.length === right.length && left.every((item, i) => identicalValues(item, right[i]))
    );
  }
  if (isNumber(left)) {
    if (!isNumber(right) || numberType(left) !== numberType(right)) return false;
    return left instanceof Decimal128
      ? left.toString() === right.toString()
      : Object.is(Number(left), Number(right)) && compareNumbers(left, right) === 0;
  }
  if (!isDocument(left)) return compareValues(left, right) === 0;
  if (!isDocument(right)) return false;
  const leftKeys = Object.keys(left);
  const rightKeys = Object.keys(right);
  return (
    leftKeys.length === rightKeys.length &&
    leftKeys.every((key, i) => key === rightKeys[i] && identicalValues(left[key], right[key]))
  );
}

/** BSON's own type number, as `$type` takes it. */
export function bsonType(value: unknown): number {
  switch (typeOrder(value)) {
    case TypeOrder.number:
      return numberType(value as NumberValue);
    case TypeOrder.string:
      return value instanceof BSONSymbol ? 14 : 2;
    case TypeOrder.missing:
      return 0;
    default:
      return typeNumbers[typeOrder(value)] as number;
  }
}

/** MongoDB's name of the value's type, as `$type` takes it and error messages show it. */
export function typeName(value: unknown): string {
  return typeAliases[bsonType(value)] as string;
}

/** The type number behind what `$type` was given (a number or a name), or undefined when there is no such type. */
export function parseTypeNumber(type: unknown): number | undefined {
  if (typeof type === 'string') {
    const entry = Object.entries(typeAliases).find(([code, alias]) => alias === type && code !== '0');
    return entry && Number(entry[0]);
  }
  const code = isNumber(type) ? Number(type.toString()) : Number.NaN;
  return typeAliases[code] !== undefined && code !== 0 ? code : undefined;
}

/** MongoDB's truth: everything but false, null, missing and zero. */
export function isTruthy(value: unknown): boolean {
  if (isNumber(value)) return compareNumbers(value, 0) !== 0;
  return value !== false && value !== null && value !== undefined;
}
