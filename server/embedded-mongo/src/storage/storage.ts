import process from 'node:process';
import { open, type RootDatabase } from 'lmdb';
import { CommandError } from '../errors.ts';
import { DiskReserve, type PageUsage, type TransactionSize } from './disk-reserve.ts';

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
 * inside a transaction that all writes waiting at that moment share, and are answered when it is on disk.
 */
export class Storage {
  readonly #database: RootDatabase<Buffer, Buffer>;
  readonly #beforeCommit: () => void;
  readonly #afterAbort: () => void;
  readonly #reserve: DiskReserve;
  #size: TransactionSize = { puts: 0, removes: 0, bytes: 0 };
  #failure: CommandError | undefined;
  #queue: PendingWrite[] = [];
  #isScheduled = false;

  /** `beforeCommit` runs at the end of each transaction, `afterAbort` after one whose changes are gone. */
  constructor(path: string, hooks: { beforeCommit: () => void; afterAbort: () => void }) {
    this.#database = open<Buffer, Buffer>({
      path,
      noSubdir: true,
      encoding: 'binary',
      keyEncoding: 'binary',
      maxDbs: 1,
      // A commit returns when it is on disk, not before.
      overlappingSync: false,
      ...(process.platform === 'win32' ? {} : { mapSize: addressSpaceBytes }),
    });
    this.#reserve = new DiskReserve(path, () => this.#pageUsage());
    this.#beforeCommit = hooks.beforeCommit;
    this.#afterAbort = hooks.afterAbort;
  }

  /** A copy of the value, which stays as it is. */
  get(key: Buffer): Buffer | undefined {
    return this.#database.getBinary(key);
  }

  /** Only inside `write`. */
  put(key: Buffer, value: Buffer): void {
    this.#size.puts++;
    this.#size.bytes += key.length + value.length;
    this.#database.putSync(key, value);
  }

  /** Only inside `write`. */
  remove(key: Buffer): void {
    this.#size.removes++;
    this.#database.removeSync(key);
  }

  /** The entries of a range in order, read in portions; a change made meanwhile may or may not be seen. */
  *scan(range: KeyRange, reverse = false): Generator<Entry> {
    let { start, end } = range;
    let limit = 8;
    for (;;) {
      const entries = [...this.#portion(start, end, reverse, limit)];
      yield* entries;
      const last = entries.at(-1);
      if (entries.length < limit || last === undefined) return;
      if (reverse) end = last.key;
      else start = Buffer.concat([last.key, zeroByte]);
      const bytes = entries.reduce((sum, entry) => sum + entry.key.length + entry.value.length, 0);
      limit = Math.max(1, Math.min(scanEntries, limit * 4, Math.floor((scanBytes * entries.length) / bytes)));
    }
  }

  #portion(start: Buffer, end: Buffer, reverse: boolean, limit: number) {
    return reverse
      ? this.#database.getRange({
          start: end,
          end: start,
          reverse: true,
          exclusiveStart: true,
          inclusiveEnd: true,
          limit,
        })
      : this.#database.getRange({ start, end, limit });
  }

  /** How many entries a range has. */
  count(range: KeyRange): number {
    return this.#database.getKeysCount({ start: range.start, end: range.end });
  }

  #pageUsage(): PageUsage {
    const { pageSize, lastPageNumber, root, free } = this.#database.getStats() as DatabaseStats;
    return {
      pageSize,
      lastPage: lastPageNumber,
      branchPages: root.treeBranchPageCount + free.treeBranchPageCount,
      leafPages: root.treeLeafPageCount + free.treeLeafPageCount,
      overflowPages: root.overflowPages + free.overflowPages,
    };
  }

  /** Runs `run` in the next shared transaction; resolves with its result once that is on disk. */
  write<T>(run: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve, reject });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  #flush(): void {
    this.#isScheduled = false;
    const batch = this.#queue;
    this.#queue = [];
    try {
      this.#commit(batch);
    } catch {
      // One of them, or the disk, failed: nothing of the batch is stored, so each gets a transaction of its own.
      for (const write of batch) {
        try {
          this.#commit([write]);
        } catch (error) {
          write.reject(error);
        }
      }
    }
  }

  #commit(batch: PendingWrite[]): void {
    if (this.#failure !== undefined) throw this.#failure;
    const outcomes: (() => void)[] = [];
    let isCommitting = false;
    this.#size = { puts: 0, removes: 0, bytes: 0 };
    try {
      this.#database.transactionSync(() => {
        for (const write of batch) outcomes.push(attempt(write));
        this.#beforeCommit();
        if (!this.#reserve.allows(this.#size)) throw new CommandError('OutOfDiskSpace', 'no space left on the disk');
        isCommitting = true;
      });
    } catch (error) {
      // After a commit that failed LMDB must not be written to again; what it holds can still be read.
      if (isCommitting) this.#failure = storageFailure(error);
      this.#afterAbort();
      throw this.#failure ?? error;
    }
    for (const settle of outcomes) settle();
  }

  async close(): Promise<void> {
    if (this.#queue.length > 0) this.#flush();
    const usage = this.#pageUsage();
    await this.#database.close();
    this.#reserve.close(usage);
  }
}
