import { serialize } from 'bson';
import type { Reply } from '../commands/request.ts';
import { CommandError } from '../errors.ts';

/** A message as it came, without its header. */
export interface Message {
  requestId: number;
  opCode: number;
  body: Buffer;
}

export const OpCode = { reply: 1, query: 2004, compressed: 2012, message: 2013 } as const;

const headerBytes = 16;
const maxMessageBytes = 48_000_000;
/** A document, and what the reply says beside it. */
const maxReplyBytes = 16 * 1024 * 1024 + 16 * 1024;

function writeHeader(head: Buffer, length: number, requestId: number, responseTo: number, opCode: number): void {
  head.writeInt32LE(length, 0);
  head.writeInt32LE(requestId, 4);
  head.writeInt32LE(responseTo, 8);
  head.writeInt32LE(opCode, 12);
}

function writeName(out: Buffer, at: number, type: number, name: string): number {
  out[at] = type;
  const end = at + 1 + out.write(name, at + 1, 'latin1');
  out[end] = 0;
  return end + 1;
}

/** The body of the reply after `headBytes` that are left free for what comes before it. */
function encodeReply({ cursor, fields }: Reply, headBytes: number): Buffer {
  const rest = serialize(fields, { ignoreUndefined: true });
  if (rest.length > maxReplyBytes) {
    throw new CommandError('BSONObjectTooLarge', `the result of ${rest.length} bytes is too large for one document`);
  }
  if (cursor === undefined) {
    const whole = Buffer.allocUnsafe(headBytes + rest.length);
    whole.set(rest, headBytes);
    return whole;
  }
  const { name, id, namespace, documents } = cursor;
  const namespaceBytes = Buffer.byteLength(namespace);
  let items = 0;
  for (let i = 0; i < documents.length; i++) items += 2 + String(i).length + (documents[i] as Buffer).length;
  const arraySize = 4 + items + 1;
  // The size, the batch under its name, `id` as an int64, `ns` as a string, the end.
  const cursorSize = 4 + (2 + name.length + arraySize) + (1 + 3 + 8) + (1 + 3 + 4 + namespaceBytes + 1) + 1;
  const size = 4 + (2 + 'cursor'.length + cursorSize) + (rest.length - 4);
  const out = Buffer.allocUnsafe(headBytes + size);
  let at = out.writeInt32LE(size, headBytes);
  at = writeName(out, at, 0x03, 'cursor');
  at = out.writeInt32LE(cursorSize, at);
  at = writeName(out, at, 0x04, name);
  at = out.writeInt32LE(arraySize, at);
  for (let i = 0; i < documents.length; i++) {
    const document = documents[i] as Buffer;
    at = writeName(out, at, 0x03, String(i));
    out.set(document, at);
    at += document.length;
  }
  out[at++] = 0;
  at = writeName(out, at, 0x12, 'id');
  at = out.writeBigInt64LE(id, at);
  at = writeName(out, at, 0x02, 'ns');
  at = out.writeInt32LE(namespaceBytes + 1, at);
  at += out.write(namespace, at, 'utf8');
  out[at++] = 0;
  out[at++] = 0;
  out.set(rest.subarray(4), at);
  return out;
}

/** The peer does not speak the protocol; the connection cannot go on. */
export class ProtocolError extends Error {}

/** Cuts a stream of bytes into messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;

  /** The bytes of a message that has not come in full. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** Takes what arrived and gives the messages that are complete. Throws `ProtocolError` for an impossible length. */
  *push(chunk: Buffer): Generator<Message> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= 4) {
      const length = this.#peekLength();
      if (length < headerBytes || length > maxMessageBytes) {
        throw new ProtocolError(`a message cannot be ${length} bytes long`);
      }
      if (this.#size < length) return;
      const bytes = this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks, this.#size);
      const rest = bytes.subarray(length);
      this.#chunks = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
      yield {
        requestId: bytes.readInt32LE(4),
        opCode: bytes.readInt32LE(12),
        body: bytes.subarray(headerBytes, length),
      };
    }
  }

  #peekLength(): number {
    const [first] = this.#chunks as [Buffer];
    if (first.length >= 4) return first.readInt32LE(0);
    // The length itself came in pieces.
    this.#chunks = [Buffer.concat(this.#chunks, this.#size)];
    return (this.#chunks[0] as Buffer).readInt32LE(0);
  }
}

/** The reply to an OP_MSG. */
export function encodeMessage(requestId: number, responseTo: number, reply: Reply): Buffer {
  const out = encodeReply(reply, headerBytes + 5);
  writeHeader(out, out.length, requestId, responseTo, OpCode.message);
  out.writeUInt32LE(0, headerBytes);
  out[headerBytes + 4] = 0;
  return out;
}

/** The reply to the handshake's old OP_QUERY. */
export function encodeLegacyReply(requestId: number, responseTo: number, reply: Reply): Buffer {
  const out = encodeReply(reply, headerBytes + 20);
  out.fill(0, 0, headerBytes + 20);
  writeHeader(out, out.length, requestId, responseTo, OpCode.reply);
  out.writeInt32LE(8, headerBytes);
  out.writeInt32LE(1, headerBytes + 16);
  return out;
}
