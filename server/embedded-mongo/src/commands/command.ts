import type { Catalog } from '../engine/catalog.ts';
import type { Cursors } from '../engine/cursors.ts';
import type { TtlMonitor } from '../engine/ttl.ts';
import { CommandError } from '../errors.ts';
import { compileExpression } from '../language/expressions.ts';
import type { Document } from '../values/bson.ts';
import { isNumber, toDouble, toInteger } from '../values/numbers.ts';
import { isDocument, isTruthy, typeName } from '../values/values.ts';
import type { Reply } from './request.ts';

/** What the commands of one server share. */
export interface ServerState {
  catalog: Catalog;
  cursors: Cursors;
  ttlMonitor: TtlMonitor;
  now: () => number;
  startedAt: number;
  connections: ReadonlySet<unknown>;
}

/** One call of a command. */
export interface Call {
  state: ServerState;
  connectionId: number;
  name: string;
  database: string;
  command: Document;
  /** Documents that came as sequences beside the command, still as BSON. */
  sequences: ReadonlyMap<string, Buffer[]>;
}

/** A command: the fields it takes beside those that every command takes, and what it does. */
export interface Command {
  /** A write runs in the store's transaction and is answered once that is on disk. */
  isWrite: boolean | ((command: Document) => boolean);
  fields: readonly string[];
  run(call: Call): Reply;
}

export type Commands = Readonly<Record<string, Command>>;

/** The fields that a statement may have, each with the type that it must be of. */
export type Shape = Readonly<Record<string, 'object' | 'array' | 'bool' | 'any'>>;

/** The namespace that a command names in its first field. Throws `InvalidNamespace`. */
export function namespaceOf({ name, database, command }: Call): string {
  const collection = command[name];
  if (typeof collection !== 'string') {
    throw new CommandError('InvalidNamespace', `collection name has invalid type ${typeName(collection)}`);
  }
  if (collection === '' || collection.includes('\0')) {
    throw new CommandError('InvalidNamespace', `Invalid namespace specified '${database}.${collection}'`);
  }
  return `${database}.${collection}`;
}

/** The error for a field of the wrong type. */
export function wrongType(call: Call, field: string, value: unknown, expected: string): CommandError {
  const types = expected.includes(',') ? `types '[${expected}]'` : `type '${expected}'`;
  return new CommandError(
    'TypeMismatch',
    `BSON field '${call.name}.${field}' is the wrong type '${typeName(value)}', expected ${types}`,
  );
}

/** A whole number of a command, or undefined. Throws `TypeMismatch` for another type, `BadValue` when it is negative. */
export function integerField(call: Call, field: string): number | undefined {
  const value = call.command[field];
  if (value === undefined || value === null) return undefined;
  if (!isNumber(value)) throw wrongType(call, field, value, 'long, int, decimal, double');
  const integer = toInteger(value) ?? Math.trunc(toDouble(value));
  if (integer < 0) {
    throw new CommandError(51024, `BSON field '${field}' value must be >= 0, actual value '${integer}'`);
  }
  return integer;
}

/** A flag of a command; numbers are taken as MongoDB takes them. */
export function booleanField(call: Call, field: string): boolean {
  const value = call.command[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean' && !isNumber(value))
    throw wrongType(call, field, value, 'bool, long, int, decimal, double');
  return isTruthy(value);
}

/** A document of a command, or undefined. */
export function documentField(call: Call, field: string): Document | undefined {
  const value = call.command[field];
  if (value === undefined || value === null) return undefined;
  if (!isDocument(value)) throw wrongType(call, field, value, 'object');
  return value;
}

/** What `let` gives names to: expressions without a document, evaluated once. */
export function letField(call: Call): Document {
  const expressions = Object.entries(documentField(call, 'let') ?? {});
  return Object.fromEntries(expressions.map(([name, value]) => [name, compileExpression(value, {})({}) ?? null]));
}

/** The error for a field that a command must have. */
export function missingField(call: Call, field: string): CommandError {
  return new CommandError('IDLFailedToParse', `BSON field '${call.name}.${field}' is missing but a required field`);
}

/** An index hint: a name, a key pattern, or undefined when it is empty. */
export function hintField(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && !isDocument(value)) {
    throw new CommandError('FailedToParse', 'Hint must be a string or an object');
  }
  return typeof value === 'string' ? value || undefined : Object.keys(value).length === 0 ? undefined : value;
}

/** The only collation there is compares bytes. */
export function checkCollation(collation: unknown): void {
  if (collation === undefined || collation === null) return;
  if (!isDocument(collation)) throw new CommandError('TypeMismatch', 'collation must be an object');
  const { locale } = collation;
  if (Object.keys(collation).length > 0 && locale !== 'simple') {
    throw new CommandError('NotImplemented', 'collation is not supported by this server (only the locale simple)');
  }
}

/** The documents of a field, whether they came in the command or as a sequence, as they came. */
export function documentsField(call: Call, field: string): (Document | Buffer)[] {
  const sequence = call.sequences.get(field);
  const value = call.command[field];
  if (sequence !== undefined) {
    if (value !== undefined) throw new CommandError(40413, `BSON field '${call.name}.${field}' is a duplicate field`);
    return sequence;
  }
  if (value === undefined) throw missingField(call, field);
  if (!Array.isArray(value)) throw wrongType(call, field, value, 'array');
  value.forEach((item, i) => {
    if (!isDocument(item)) throw wrongType(call, `${field}.${i}`, item, 'object');
  });
  return value as Document[];
}

/** Refuses options that would change a result and that this server lacks, unless they say no. */
export function refuseOptions(call: Call, fields: readonly string[]): void {
  for (const field of fields) {
    const value = call.command[field];
    if (value === undefined || value === null || value === false) continue;
    if (isDocument(value) && Object.keys(value).length === 0) continue;
    throw new CommandError('NotImplemented', `the option '${field}' of ${call.name} is not supported by this server`);
  }
}

/** Refuses fields of an inner document that are not known. Throws `IDLUnknownField`. */
export function checkKnownFields(document: Document, prefix: string, known: readonly string[]): void {
  for (const field of Object.keys(document)) {
    if (!known.includes(field)) {
      throw new CommandError('IDLUnknownField', `BSON field '${prefix}.${field}' is an unknown field.`);
    }
  }
}

/** Refuses a statement with an unknown field, one of a wrong type, or without one of `required`. */
export function checkShape(statement: Document, prefix: string, shape: Shape, required: readonly string[]): void {
  checkKnownFields(statement, prefix, Object.keys(shape));
  for (const field of required) {
    if (statement[field] === undefined) {
      throw new CommandError('IDLFailedToParse', `BSON field '${prefix}.${field}' is missing but a required field`);
    }
  }
  for (const [field, value] of Object.entries(statement)) {
    const type = shape[field];
    if (value === undefined || type === 'any' || type === typeName(value)) continue;
    throw new CommandError(
      'TypeMismatch',
      `BSON field '${prefix}.${field}' is the wrong type '${typeName(value)}', expected type '${type}'`,
    );
  }
}

/** Whether a batch ends at its first error, which it does unless it says otherwise. */
export function isOrderedBatch(call: Call): boolean {
  const { ordered = true } = call.command;
  if (typeof ordered !== 'boolean') throw wrongType(call, 'ordered', ordered, 'bool');
  return ordered;
}
