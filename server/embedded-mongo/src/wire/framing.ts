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

function encodeReply({ cursor, fields }: Reply): Buffer {
  const rest = serialize(fields, { ignoreUndefined: true });
  if (rest.length > maxReplyBytes) {
    throw new CommandError('BSONObjectTooLarge', `the result of ${rest.length} bytes is too large for one document`);
  }
  if (cursor === undefined) return Buffer.from(rest.buffer, rest.byteOffset, rest.length);
  const tail = serialize({ id: cursor.id, ns: cursor.namespace });
  const items = cursor.documents.reduce((sum, document, i) => sum + 2 + String(i).length + document.length, 0);
  const arraySize = 4 + items + 1;
  const cursorSize = 4 + 1 + cursor.name.length + 1 + arraySize + (tail.length - 4);
  const size = 4 + 1 + 'cursor\0'.length + cursorSize + (rest.length - 4);
  const out = Buffer.allocUnsafe(size);
  let at = out.writeInt32LE(size, 0);
  at = writeName(out, at, 0x03, 'cursor');
  at = out.writeInt32LE(cursorSize, at);
  at = writeName(out, at, 0x04, cursor.name);
  at = out.writeInt32LE(arraySize, at);
  for (let i = 0; i < cursor.documents.length; i++) {
    const document = cursor.documents[i] as Buffer;
    at = writeName(out, at, 0x03, String(i));
    out.set(document, at);
    at += document.length;
  }
  out[at++] = 0;
  out.set(tail.subarray(4), at);
  at += tail.length - 4;
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
  const body = encodeReply(reply);
  const head = Buffer.allocUnsafe(headerBytes + 5);
  writeHeader(head, head.length + body.length, requestId, responseTo, OpCode.message);
  head.writeUInt32LE(0, headerBytes);
  head[headerBytes + 4] = 0;
  return Buffer.concat([head, body]);
}

/** The reply to the handshake's old OP_QUERY. */
export function encodeLegacyReply(requestId: number, responseTo: number, reply: Reply): Buffer {
  const body = encodeReply(reply);
  const head = Buffer.alloc(headerBytes + 20);
  writeHeader(head, head.length + body.length, requestId, responseTo, OpCode.reply);
  head.writeInt32LE(8, headerBytes);
  head.writeInt32LE(1, headerBytes + 16);
  return Buffer.concat([head, body]);
}
