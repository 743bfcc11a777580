import type { Request } from '../commands/request.ts';
import { type Document, decodeDocument } from '../values/bson.ts';
import { type Message, ProtocolError } from './framing.ts';

const checksumPresent = 1;
const moreToCome = 1 << 1;
/** The lower half of the flags must be understood. */
const knownFlags = checksumPresent | moreToCome;
const checksumBytes = 4;

function readSequence(section: Buffer, sequences: Map<string, Buffer[]>): void {
  const nul = section.indexOf(0, 4);
  if (nul < 0) throw new ProtocolError('a document sequence without a name');
  const name = section.toString('utf8', 4, nul);
  if (sequences.has(name)) throw new ProtocolError(`two document sequences for ${name}`);
  const documents: Buffer[] = [];
  let at = nul + 1;
  while (at < section.length) {
    const size = at + 4 <= section.length ? section.readInt32LE(at) : -1;
    if (size < 5 || at + size > section.length) throw new ProtocolError('a document sequence is cut off');
    documents.push(section.subarray(at, at + size));
    at += size;
  }
  sequences.set(name, documents);
}

/** Reads the body of an OP_MSG. Throws `ProtocolError`, or `CommandError` for a document that is no BSON. */
export function parseMessage({ body }: Message): Request {
  if (body.length < 5) throw new ProtocolError('an OP_MSG is cut off');
  const flags = body.readUInt32LE(0);
  if ((flags & 0xffff & ~knownFlags) !== 0) throw new ProtocolError(`unknown required flags in ${flags}`);
  const end = body.length - ((flags & checksumPresent) === 0 ? 0 : checksumBytes);
  const sequences = new Map<string, Buffer[]>();
  let commandBytes: Buffer | undefined;
  let at = 4;
  while (at < end) {
    const kind = body[at++];
    const size = at + 4 <= end ? body.readInt32LE(at) : -1;
    if (size < 5 || at + size > end) throw new ProtocolError('a section of an OP_MSG is cut off');
    const section = body.subarray(at, at + size);
    at += size;
    if (kind === 0 && commandBytes === undefined) commandBytes = section;
    else if (kind === 1) readSequence(section, sequences);
    else throw new ProtocolError(`unexpected section of kind ${kind}`);
  }
  if (commandBytes === undefined) throw new ProtocolError('an OP_MSG without a command');
  return { command: decodeDocument(commandBytes), sequences, isUnacknowledged: (flags & moreToCome) !== 0 };
}

/** Reads the body of an OP_QUERY, which old and new drivers use for their first `hello` only. */
export function parseLegacyQuery({ body }: Message): { namespace: string; command: Document } {
  const nul = body.indexOf(0, 4);
  const start = nul + 9;
  if (nul < 0 || start + 4 > body.length) throw new ProtocolError('an OP_QUERY is cut off');
  const size = body.readInt32LE(start);
  if (size < 5 || start + size > body.length) throw new ProtocolError('an OP_QUERY is cut off');
  return { namespace: body.toString('utf8', 4, nul), command: decodeDocument(body.subarray(start, start + size)) };
}
