import { createHash } from 'node:crypto';
import { type Binary, type BSONRegExp, BSONSymbol, type Code, Double, type ObjectId, type Timestamp } from 'bson';
import type { Document } from './bson.ts';
import { type DecimalParts, magnitude, type NumberValue, subtractParts, toDecimalParts, toDouble } from './numbers.ts';
import { TypeOrder, typeOrder } from './values.ts';

/** Longer keys keep this many bytes and end in a hash of the whole; LMDB takes 1,978 bytes for a key. */
const maxKeyBytes = 1024;
const hashBytes = 32;

/** A number's class comes before its payload, since infinities and decimals past a double's range need their own. */
const NumberClass = { nan: 1, negativeInfinity: 2, belowDouble: 3, double: 4, aboveDouble: 5, infinity: 6 } as const;

/** Digits kept of what lies between a decimal and the double below it: enough to tell any two decimals apart. */
const remainderDigits = 72;

/** Whether the value is what its nearest double says. */
function isDouble(value: NumberValue, double: number): boolean {
  if (typeof value === 'bigint') return BigInt(double) === value;
  return typeof value === 'number' || value instanceof Double;
}

function nextBelow(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  if (value === 0) return -Number.MIN_VALUE;
  if (!Number.isFinite(value)) return value;
  view.setFloat64(0, value);
  view.setBigInt64(0, view.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return view.getFloat64(0);
}

/**
 * Collects values into bytes that compare, byte by byte, as MongoDB compares the values: type group first, numbers of all
 * types as one, strings by code point, documents field by field. Descending fields are the complement of their bytes.
 */
export class KeyWriter {
  #buffer = Buffer.allocUnsafe(128);
  #length = 0;

  /** Appends one value; `descending` reverses its order. */
  append(value: unknown, descending = false): this {
    const start = this.#length;
    this.#value(value);
    if (descending) this.#complement(start);
    return this;
  }

  /** The bytes so far, whole however long they are. */
  raw(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  /** The key. A key over the limit is cut and ends in a hash: still unique, but no longer in order past the cut. */
  finish(): { bytes: Buffer; truncated: boolean } {
    const bytes = this.raw();
    if (bytes.length <= maxKeyBytes) return { bytes, truncated: false };
    const hash = createHash('sha256').update(bytes).digest();
    return { bytes: Buffer.concat([bytes.subarray(0, maxKeyBytes - hashBytes), hash]), truncated: true };
  }

  /** Makes room, which may mean another buffer: to be called before `#buffer` is read. */
  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, at);
      this.#buffer = grown;
    }
    return at;
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = value;
  }

  #bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Zero ends a text, so a zero inside is escaped by 0xff, which no type byte is. */
  #text(text: string): void {
    const at = this.#reserve(Buffer.byteLength(text));
    const end = at + this.#buffer.write(text, at, 'utf8');
    if (text.includes('\0')) {
      const raw = Buffer.from(this.#buffer.subarray(at, end));
      this.#length = at;
      for (const byte of raw) {
        this.#byte(byte);
        if (byte === 0) this.#byte(0xff);
      }
    }
    this.#byte(0);
    this.#byte(0);
  }

  #value(value: unknown): void {
    const type = typeOrder(value);
    this.#byte(type);
    switch (type) {
      case TypeOrder.number:
        this.#number(value as NumberValue);
        break;
      case TypeOrder.string:
        this.#text(value instanceof BSONSymbol ? value.value : (value as string));
        break;
      case TypeOrder.object:
        this.#document(value as Document);
        break;
      case TypeOrder.array:
        for (const item of value as unknown[]) this.#value(item);
        this.#byte(0);
        break;
      case TypeOrder.binary: {
        const binary = value as Binary;
        const at = this.#reserve(4);
        this.#buffer.writeUInt32BE(binary.position, at);
        this.#byte(binary.sub_type);
        this.#bytes(binary.buffer.subarray(0, binary.position));
        break;
      }
      case TypeOrder.objectId:
        this.#bytes((value as ObjectId).id);
        break;
      case TypeOrder.boolean:
        this.#byte(value ? 1 : 0);
        break;
      case TypeOrder.date:
        this.#double((value as Date).getTime());
        break;
      case TypeOrder.timestamp: {
        const at = this.#reserve(8);
        this.#buffer.writeBigUInt64BE(BigInt.asUintN(64, (value as Timestamp).toBigInt()), at);
        break;
      }
      case TypeOrder.regex:
        this.#text((value as BSONRegExp).pattern);
        this.#text((value as BSONRegExp).options);
        break;
      case TypeOrder.code:
      case TypeOrder.codeWithScope:
        this.#text((value as Code).code);
        this.#document(((value as Code).scope ?? {}) as Document);
        break;
    }
  }

  #document(document: Document): void {
    for (const name of Object.keys(document)) {
      this.#byte(typeOrder(document[name]));
      this.#text(name);
      this.#value(document[name]);
    }
    this.#byte(0);
  }

  #number(value: NumberValue): void {
    const double = toDouble(value);
    if (Number.isNaN(double)) {
      this.#byte(NumberClass.nan);
      return;
    }
    const parts = Number.isFinite(double) && isDouble(value, double) ? undefined : toDecimalParts(value);
    if (parts !== undefined) {
      this.#wideNumber(parts, double);
    } else if (Number.isFinite(double)) {
      this.#byte(NumberClass.double);
      this.#double(double);
      this.#byte(0);
    } else {
      this.#byte(double < 0 ? NumberClass.negativeInfinity : NumberClass.infinity);
    }
  }

  /** Written as the double below and the digits of what lies between, so that it sorts among the doubles. */
  #wideNumber(parts: DecimalParts, double: number): void {
    if (double === Number.POSITIVE_INFINITY) {
      this.#byte(NumberClass.aboveDouble);
      this.#digits(parts);
      return;
    }
    const nearest = toDecimalParts(double);
    const isBelow = nearest !== undefined && subtractParts(parts, nearest).digits >= 0n;
    const below = isBelow ? double : nextBelow(double);
    const base = toDecimalParts(below);
    if (base === undefined) {
      this.#byte(NumberClass.belowDouble);
      const start = this.#length;
      this.#digits({ digits: -parts.digits, exponent: parts.exponent });
      this.#complement(start);
      return;
    }
    const rest = subtractParts(parts, base);
    this.#byte(NumberClass.double);
    this.#double(below);
    this.#byte(rest.digits === 0n ? 0 : 1);
    if (rest.digits !== 0n) this.#digits(rest);
  }

  #complement(start: number): void {
    for (let at = start; at < this.#length; at++) this.#buffer[at] = 0xff ^ (this.#buffer[at] as number);
  }

  #digits(parts: DecimalParts): void {
    const at = this.#reserve(2);
    this.#buffer.writeUInt16BE(magnitude(parts) + 0x4000, at);
    const text = parts.digits.toString().slice(0, remainderDigits).replace(/0+$/, '');
    for (let i = 0; i < text.length; i++) this.#byte(text.charCodeAt(i));
    this.#byte(0);
  }

  /** A double's bits sort as the double once the sign bit is flipped, or all bits when it is negative. */
  #double(value: number): void {
    const at = this.#reserve(8);
    this.#buffer.writeDoubleBE(value === 0 ? 0 : value, at);
    if (value < 0) {
      for (let i = at; i < at + 8; i++) this.#buffer[i] = 0xff ^ (this.#buffer[i] as number);
    } else {
      this.#buffer[at] = 0x80 ^ (this.#buffer[at] as number);
    }
  }
}

/** The key of one value. */
export function encodeKey(value: unknown): { bytes: Buffer; truncated: boolean } {
  return new KeyWriter().append(value).finish();
}
