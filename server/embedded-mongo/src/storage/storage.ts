import process from 'node:process';
import { open, type Transaction } from 'lmdb';
import { CommandError } from '../errors.ts';
import { openDiskReserve, type PageUsage, type TransactionSize } from './disk-reserve.ts';

/** An entry of a scan: the key without its prefix, and the value. */
export interface Entry {
  key: Buffer;
  value: Buffer;
}

/** A span of keys, all with one prefix: from `start` (included) to `end` (excluded). */
export interface KeyRange {
  start: Buffer;
  end: Buffer;
}

interface TreeStats {
  treeBranchPageCount: number;
  treeLeafPageCount: number;
  overflowPages: number;
}

/** What LMDB says of its file, which the package does not type. */
interface DatabaseStats {
  pageSize: number;
  lastPageNumber: number;
  root: TreeStats;
  free: TreeStats;
}

interface PendingWrite {
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

/** Address space, not memory or disk. Growing the map later makes LMDB map the file anew again and again. */
const addressSpaceBytes = 16 * 1024 ** 3;

/** A scan reads this much at a time and lets go of its snapshot between, so that no cursor holds pages of the past. */
const scanBytes = 256 * 1024;
const scanEntries = 1024;

const zeroByte = Buffer.from([0]);

/** A command that answers with an error has left the data consistent; anything else thrown aborts the transaction. */
function attempt(write: PendingWrite): () => void {
  try {
    const result = write.run() as never;
    return () => write.resolve(result);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return () => write.reject(error);
  }
}

function storageFailure(error: unknown): CommandError {
  const reason = error instanceof Error ? error.message : String(error);
  return new CommandError('OutOfDiskSpace', `the storage failed and takes no more writes until a restart: ${reason}`);
}

/**
 * The ordered key-value store under the engine: LMDB with binary keys. Reads are synchronous. Writes run one after another
 * inside a transaction that all writes waiting at that moment share; a thread of LMDB's commits it and waits for the disk,
 * and meanwhile the event loop reads on and gathers the next transaction.
 *
 * A write sees every write before it. A read outside a write sees what is on disk and nothing else: while a transaction is
 * on its way there, reads keep to the snapshot before it, and memory follows (`afterCommit`) when it has arrived. So
 * neither the answer to a write nor that to a read can tell of something that a crash would take back.
 * @param hooks `beforeCommit` runs at the end of each transaction, `afterCommit` when it is on disk, `afterAbort` after one
 *   whose changes are gone
 */
export function openStorage(
  path: string,
  hooks: { beforeCommit: () => void; afterCommit: () => void; afterAbort: () => void },
) {
  const database = open<Buffer, Buffer>({
    path,
    noSubdir: true,
    encoding: 'binary',
    keyEncoding: 'binary',
    maxDbs: 1,
    // A commit ends when it is on disk, not before.
    overlappingSync: false,
    // The transactions are put together here.
    eventTurnBatching: false,
    ...(process.platform === 'win32' ? {} : { mapSize: addressSpaceBytes }),
  });
  const reserve = openDiskReserve(path, pageUsage);
  let size: TransactionSize = { puts: 0, removes: 0, bytes: 0 };
  let failure: CommandError | undefined;
  let queue: PendingWrite[] = [];
  let flushing: Promise<void> | undefined;
  let isWriting = false;
  // What reads keep to while a transaction is on its way.
  let snapshot: { transaction: Transaction } | undefined;

  function pageUsage(): PageUsage {
    const { pageSize, lastPageNumber, root, free } = database.getStats() as DatabaseStats;
    return {
      pageSize,
      lastPage: lastPageNumber,
      branchPages: root.treeBranchPageCount + free.treeBranchPageCount,
      leafPages: root.treeLeafPageCount + free.treeLeafPageCount,
      overflowPages: root.overflowPages + free.overflowPages,
    };
  }

  function readFrom(): { transaction: Transaction } | undefined {
    return isWriting ? undefined : snapshot;
  }

  function portion(start: Buffer, end: Buffer, reverse: boolean, limit: number) {
    return reverse
      ? database.getRange({
          ...readFrom(),
          start: end,
          end: start,
          reverse: true,
          exclusiveStart: true,
          inclusiveEnd: true,
          limit,
        })
      : database.getRange({ ...readFrom(), start, end, limit });
  }

  /** Runs the writes that `take` gives in one transaction, and answers them when it is on disk. */
  async function commit(take: () => PendingWrite[]): Promise<void> {
    if (failure !== undefined) throw failure;
    const outcomes: (() => void)[] = [];
    let isCommitting = false;
    const before = database.useReadTransaction();
    snapshot = { transaction: before };
    try {
      await database.childTransaction(() => {
        isWriting = true;
        size = { puts: 0, removes: 0, bytes: 0 };
        try {
          for (const write of take()) outcomes.push(attempt(write));
          hooks.beforeCommit();
          if (!reserve.allows(size)) throw new CommandError('OutOfDiskSpace', 'no space left on the disk');
          isCommitting = true;
        } finally {
          isWriting = false;
        }
      });
      hooks.afterCommit();
    } catch (error) {
      // After a commit that failed LMDB must not be written to again; what it holds can still be read.
      if (isCommitting) failure = storageFailure(error);
      hooks.afterAbort();
      throw failure ?? error;
    } finally {
      snapshot = undefined;
      before.done();
      database.resetReadTxn();
    }
    for (const settle of outcomes) settle();
  }

  /** Takes all writes that wait, those that come until the transaction has begun among them. */
  function takeQueue(): PendingWrite[] {
    const batch = queue;
    queue = [];
    return batch;
  }

  async function flush(): Promise<void> {
    while (queue.length > 0) {
      let batch: PendingWrite[] | undefined;
      try {
        await commit(() => {
          batch = takeQueue();
          return batch;
        });
      } catch {
        // One of them, or the disk, failed: nothing of the batch is stored, so each gets a transaction of its own.
        for (const write of batch ?? takeQueue()) await commit(() => [write]).catch(write.reject);
      }
    }
    flushing = undefined;
  }

  return {
    /** Whether a write is running, which sees what it and those before it have changed. */
    get isWriting(): boolean {
      return isWriting;
    },

    /** A copy of the value, which stays as it is. */
    get(key: Buffer): Buffer | undefined {
      return database.get(key, readFrom());
    },

    /** Only inside `write`. */
    put(key: Buffer, value: Buffer): void {
      size.puts++;
      size.bytes += key.length + value.length;
      database.putSync(key, value);
    },

    /** Only inside `write`. */
    remove(key: Buffer): void {
      size.removes++;
      database.removeSync(key);
    },

    /** The entries of a range in order, read in portions; a change made meanwhile may or may not be seen. */
    *scan(range: KeyRange, reverse = false): Generator<Entry> {
      let { start, end } = range;
      let limit = 8;
      for (;;) {
        const entries = [...portion(start, end, reverse, limit)];
        yield* entries;
        const last = entries.at(-1);
        if (entries.length < limit || last === undefined) return;
        if (reverse) end = last.key;
        else start = Buffer.concat([last.key, zeroByte]);
        const bytes = entries.reduce((sum, entry) => sum + entry.key.length + entry.value.length, 0);
        limit = Math.max(1, Math.min(scanEntries, limit * 4, Math.floor((scanBytes * entries.length) / bytes)));
      }
    },

    /** How many entries a range has. */
    count({ start, end }: KeyRange): number {
      return database.getKeysCount({ ...readFrom(), start, end });
    },

    /** Runs `run` in the next shared transaction; resolves with its result once that is on disk. */
    write<T>(run: () => T): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ run, resolve, reject });
        flushing ??= flush();
      });
    },

    /** Resolves when what waits is on disk and the file is closed. */
    async close(): Promise<void> {
      await flushing;
      const usage = pageUsage();
      await database.close();
      reserve.close(usage);
    },
  };
}

export type Storage = ReturnType<typeof openStorage>;
