import { randomBytes } from 'node:crypto';
import { CommandError } from '../errors.ts';

/** Results of a query that come in batches, as BSON. */
interface Cursor {
  namespace: string;
  results: Iterator<Buffer>;
  /** A result that did not fit the last batch. */
  pending: Buffer | undefined;
  /** How many results there can be at most; when they are out, the client is told so with the last of them. */
  remaining: number;
  lastUsed: number;
}

/** How a cursor begins: `batchSize` undefined is MongoDB's default, `limit` zero is none. */
interface CursorOptions {
  batchSize: number | undefined;
  isSingleBatch?: boolean;
  limit?: number;
}

/** One batch; an `id` of zero says there is no more. */
interface Batch {
  id: bigint;
  documents: Buffer[];
}

const maxBatchBytes = 16 * 1024 * 1024;
const firstBatchCount = 101;
const idleLimitMilliseconds = 10 * 60 * 1000;
/** Beyond this many open cursors the oldest goes. */
const maxOpenCursors = 1000;

function take(results: Iterator<Buffer>): Buffer | undefined {
  const { done, value } = results.next();
  return done === true ? undefined : value;
}

function newId(): bigint {
  return BigInt.asIntN(63, randomBytes(8).readBigUInt64LE()) & 0x7fff_ffff_ffff_ffffn || 1n;
}

/** One batch from where the cursor is, and whether that was all. */
function fill(cursor: Cursor, limit: number): { documents: Buffer[]; isLast: boolean } {
  const documents: Buffer[] = [];
  let bytes = 0;
  while (documents.length < limit) {
    const next = cursor.pending ?? take(cursor.results);
    cursor.pending = undefined;
    if (next === undefined) return { documents, isLast: true };
    if (documents.length > 0 && bytes + next.length > maxBatchBytes) {
      cursor.pending = next;
      break;
    }
    documents.push(next);
    bytes += next.length;
  }
  cursor.remaining -= documents.length;
  return { documents, isLast: cursor.remaining <= 0 };
}

/** The open cursors of a server. A cursor that nobody asks for during ten minutes is closed. */
export function createCursors() {
  const cursors = new Map<bigint, Cursor>();

  /** Closes a cursor; false when there is none. */
  function close(id: bigint): boolean {
    const cursor = cursors.get(id);
    if (cursor === undefined) return false;
    cursors.delete(id);
    cursor.results.return?.();
    return true;
  }

  return {
    close,

    /** The first batch of a new cursor, which is kept open when there is more. */
    open(
      namespace: string,
      results: Iterable<Buffer>,
      { batchSize, isSingleBatch = false, limit = 0 }: CursorOptions,
    ): Batch {
      const cursor: Cursor = {
        namespace,
        results: results[Symbol.iterator](),
        pending: undefined,
        remaining: limit === 0 ? Number.POSITIVE_INFINITY : limit,
        lastUsed: Date.now(),
      };
      const { documents, isLast } = fill(cursor, batchSize ?? firstBatchCount);
      if (isSingleBatch || isLast) {
        cursor.results.return?.();
        return { id: 0n, documents };
      }
      const id = newId();
      if (cursors.size >= maxOpenCursors) for (const [oldest] of [...cursors].slice(0, 1)) close(oldest);
      cursors.set(id, cursor);
      return { id, documents };
    },

    /** The next batch. Throws `CursorNotFound`. */
    next(id: bigint, namespace: string, batchSize: number | undefined): Batch {
      const cursor = cursors.get(id);
      if (cursor === undefined) throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
      if (cursor.namespace !== namespace) {
        throw new CommandError(
          'Unauthorized',
          `Requested getMore on namespace '${namespace}', but cursor belongs to a different namespace ${cursor.namespace}`,
        );
      }
      cursor.lastUsed = Date.now();
      try {
        const { documents, isLast } = fill(cursor, batchSize ?? Number.POSITIVE_INFINITY);
        if (isLast) cursors.delete(id);
        return { id: isLast ? 0n : id, documents };
      } catch (error) {
        cursors.delete(id);
        throw error;
      }
    },

    /** Closes the cursors that nobody has used for long. */
    closeIdle(): void {
      const oldest = Date.now() - idleLimitMilliseconds;
      for (const [id, cursor] of cursors) if (cursor.lastUsed < oldest) close(id);
    },

    get size(): number {
      return cursors.size;
    },
  };
}

export type Cursors = ReturnType<typeof createCursors>;
