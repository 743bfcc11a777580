import { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, MaxKey, MinKey, ObjectId, Timestamp } from 'bson';
import { CommandError } from '../errors.ts';

export type Document = Record<string, unknown>;

/** MongoDB refuses documents that nest deeper. */
const maxDepth = 200;

function malformed(reason: string): CommandError {
  return new CommandError('InvalidBSON', `Malformed BSON: ${reason}`);
}

/** A double as the decoder gives it: wrapped only where it would otherwise be written back as an int32. */
export function doubleValue(value: number): number | Double {
  return Number.isInteger(value) && value >= -2147483648 && value <= 2147483647 ? new Double(value) : value;
}

/** Sets a field as data even when it is called `__proto__`. */
export function setField(target: Document, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

const nameSlots = 2_048;
const maxKnownName = 48;
/** Names of fields that have come before: making a string of the same bytes anew costs more than the field it names. */
const knownNames: (string | undefined)[] = Array(nameSlots).fill(undefined);

function isName(known: string, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < known.length; i++) if (known.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}

class Decoder {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  object(start: number, limit: number, depth: number): Document {
    const end = this.#enter(start, limit, depth);
    const result: Document = {};
    while (this.#at < end - 1) {
      const type = this.#bytes[this.#at++] as number;
      const name = this.#name(end);
      setField(result, name, this.#value(type, end, depth));
    }
    this.#leave(end);
    return result;
  }

  #array(start: number, limit: number, depth: number): unknown[] {
    const end = this.#enter(start, limit, depth);
    const result: unknown[] = [];
    while (this.#at < end - 1) {
      const type = this.#bytes[this.#at++] as number;
      this.#at = this.#nul(end) + 1;
      result.push(this.#value(type, end, depth));
    }
    this.#leave(end);
    return result;
  }

  #enter(start: number, limit: number, depth: number): number {
    if (depth > maxDepth) {
      throw new CommandError('Overflow', `BSONObj exceeded maximum nested object depth: ${maxDepth}`);
    }
    if (start + 5 > limit) throw malformed('a document is cut off');
    const size = this.#bytes.readInt32LE(start);
    const end = start + size;
    if (size < 5 || end > limit || this.#bytes[end - 1] !== 0) throw malformed('the length of a document does not fit');
    this.#at = start + 4;
    return end;
  }

  #leave(end: number): void {
    if (this.#at !== end - 1) throw malformed('a document does not end where it says');
    this.#at = end;
  }

  #nul(end: number): number {
    const at = this.#bytes.indexOf(0, this.#at);
    if (at < 0 || at >= end) throw malformed('a name does not end');
    return at;
  }

  #name(end: number): string {
    const bytes = this.#bytes;
    const start = this.#at;
    let hash = 0;
    let at = start;
    for (let byte = bytes[at] as number; byte !== 0 && byte < 128 && at < end; byte = bytes[++at] as number) {
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const length = at - start;
    if (bytes[at] !== 0 || at >= end || length > maxKnownName) {
      const nul = this.#nul(end);
      this.#at = nul + 1;
      return bytes.toString('utf8', start, nul);
    }
    this.#at = at + 1;
    const slot = (hash ^ length) & (nameSlots - 1);
    const known = knownNames[slot];
    if (known !== undefined && known.length === length && isName(known, bytes, start)) return known;
    // As a key of an object it becomes the one string that all objects share.
    const [name = ''] = Object.keys({ [bytes.toString('latin1', start, at)]: 0 });
    knownNames[slot] = name;
    return name;
  }

  #take(length: number, end: number): number {
    const start = this.#at;
    if (length < 0 || start + length > end) throw malformed('a value is cut off');
    this.#at = start + length;
    return start;
  }

  #string(end: number): string {
    const size = this.#bytes.readInt32LE(this.#take(4, end));
    const start = this.#take(size, end);
    if (size < 1 || this.#bytes[start + size - 1] !== 0) throw malformed('a string does not end where it says');
    return this.#bytes.toString('utf8', start, start + size - 1);
  }

  #value(type: number, end: number, depth: number): unknown {
    const bytes = this.#bytes;
    switch (type) {
      case 0x01:
        return doubleValue(bytes.readDoubleLE(this.#take(8, end)));
      case 0x02:
        return this.#string(end);
      case 0x03:
        return this.object(this.#at, end, depth + 1);
      case 0x04:
        return this.#array(this.#at, end, depth + 1);
      case 0x05:
        return this.#binary(end);
      case 0x06:
        return undefined;
      case 0x07: {
        const at = this.#take(12, end);
        return new ObjectId(Uint8Array.prototype.slice.call(bytes, at, at + 12));
      }
      case 0x08:
        return bytes[this.#take(1, end)] !== 0;
      case 0x09:
        return new Date(this.#milliseconds(end));
      case 0x0a:
        return null;
      case 0x0b:
        return new BSONRegExp(this.#name(end), this.#name(end));
      case 0x0d:
        return new Code(this.#string(end));
      case 0x0e:
        return new BSONSymbol(this.#string(end));
      case 0x0f: {
        this.#take(4, end);
        const code = this.#string(end);
        return new Code(code, this.object(this.#at, end, depth + 1));
      }
      case 0x10:
        return bytes.readInt32LE(this.#take(4, end));
      case 0x11:
        return new Timestamp(bytes.readBigUInt64LE(this.#take(8, end)));
      case 0x12:
        return bytes.readBigInt64LE(this.#take(8, end));
      case 0x13: {
        const at = this.#take(16, end);
        return new Decimal128(Uint8Array.prototype.slice.call(bytes, at, at + 16));
      }
      case 0xff:
        return new MinKey();
      case 0x7f:
        return new MaxKey();
      default:
        throw malformed(`unknown type 0x${type.toString(16)}`);
    }
  }

  /** An int64 as the nearest double. */
  #milliseconds(end: number): number {
    const at = this.#take(8, end);
    return this.#bytes.readInt32LE(at + 4) * 2 ** 32 + this.#bytes.readUInt32LE(at);
  }

  #binary(end: number): Binary {
    const size = this.#bytes.readInt32LE(this.#take(4, end));
    const subType = this.#bytes[this.#take(1, end)] as number;
    const start = this.#take(size, end);
    // The old subtype 2 repeats its length inside.
    const from = subType === 2 ? start + 4 : start;
    return new Binary(Uint8Array.prototype.slice.call(this.#bytes, from, start + size), subType);
  }
}

/**
 * Decodes one BSON document without losing the type of a number: int32 is a number, int64 a bigint, a double a number
 * unless it would be written back as an int32, then a `Double`. (`deserialize` of the bson package either loses these
 * types or wraps every number.) Throws `InvalidBSON` for anything malformed.
 */
export function decodeDocument(bytes: Buffer): Document {
  if (bytes.length < 5 || bytes.readInt32LE(0) !== bytes.length) throw malformed('the length does not fit');
  return new Decoder(bytes).object(0, bytes.length, 0);
}
