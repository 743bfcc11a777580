import type { CommandError } from '../errors.ts';
import type { Document } from '../values/bson.ts';

/** A command as the client sent it. */
export interface Request {
  command: Document;
  /** The document sequences as bytes, by the field that they stand for. */
  sequences: ReadonlyMap<string, Buffer[]>;
  /** The client wants no answer. */
  isUnacknowledged: boolean;
}

/** Results of a cursor, which go into the reply as the bytes that are stored. */
interface CursorReply {
  name: 'firstBatch' | 'nextBatch';
  id: bigint;
  namespace: string;
  documents: readonly Buffer[];
}

/** What a command answers: fields, and before them a batch of a cursor. */
export interface Reply {
  cursor?: CursorReply;
  fields: Document;
}

/** What MongoDB answers for an error. */
export function errorReply(error: CommandError): Reply {
  return { fields: { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.details } };
}
