import { decodeDocument } from '../values/bson.ts';
import { KeyWriter } from '../values/key-encoding.ts';
import { visitPath } from '../values/paths.ts';
import { TypeOrder } from '../values/values.ts';
import type { Catalog } from './catalog.ts';
import type { Collection, Index } from './collection.ts';
import type { Cursors } from './cursors.ts';

/** A sweep removes this many documents per transaction, so that other writes are not held up. */
const sweepPortion = 500;

/** Of several dates in an array the earliest counts. */
function isExpired(bytes: Buffer, index: Index, deadline: number): boolean {
  const [field] = index.fields;
  return (
    field !== undefined &&
    visitPath(decodeDocument(bytes), field.path, ({ value }) => value instanceof Date && value.getTime() <= deadline)
  );
}

function expiredRecords(collection: Collection, index: Index, deadline: number): number[] {
  const isDescending = index.fields[0]?.descending === true;
  const from = new KeyWriter().append(new Date(-8.64e15), isDescending).raw();
  const to = new KeyWriter().append(new Date(deadline), isDescending).raw();
  const range = isDescending
    ? { start: to, end: Buffer.from([0x100 - TypeOrder.date]) }
    : { start: from, end: Buffer.concat([to, Buffer.from([0xff])]) };
  const found = new Set<number>();
  for (const recordId of collection.records(index, range)) {
    const bytes = collection.get(recordId);
    if (bytes !== undefined && isExpired(bytes, index, deadline)) found.add(recordId);
    if (found.size === sweepPortion) break;
  }
  return [...found];
}

/** Removes a portion; gives how many documents. */
function removeExpired(collection: Collection, index: Index, deadline: number): number {
  if (collection.isDropped || !collection.indexes.some((one) => one.id === index.id)) return 0;
  const recordIds = expiredRecords(collection, index, deadline);
  for (const recordId of recordIds) {
    const bytes = collection.get(recordId);
    if (bytes !== undefined) collection.remove({ recordId, bytes });
  }
  return recordIds.length;
}

/** Removes what the TTL indexes say has expired by `now` (milliseconds). */
async function sweepExpired(catalog: Catalog, now: number): Promise<void> {
  for (const collection of catalog.list()) {
    for (const index of collection.indexes) {
      if (index.expireAfterSeconds === undefined) continue;
      const deadline = now - index.expireAfterSeconds * 1000;
      while ((await catalog.storage.write(() => removeExpired(collection, index, deadline))) === sweepPortion);
    }
  }
}

/**
 * Removes expired documents and closes idle cursors every `sleepSeconds`; failures go to `onError`. One sweep ends before
 * the next begins.
 */
export function createTtlMonitor({
  catalog,
  cursors,
  now,
  sleepSeconds,
  onError,
}: {
  catalog: Catalog;
  cursors: Cursors;
  now: () => number;
  sleepSeconds: number;
  onError: (error: unknown) => void;
}) {
  let running: Promise<void> = Promise.resolve();
  let seconds = sleepSeconds;
  let timer: NodeJS.Timeout | undefined;

  const sweep = () => {
    running = running.then(async () => {
      try {
        cursors.closeIdle();
        await sweepExpired(catalog, now());
      } catch (error) {
        onError(error);
      }
    });
  };
  const start = () => {
    timer = setInterval(sweep, seconds * 1000);
    timer.unref();
  };
  start();

  return {
    get sleepSeconds() {
      return seconds;
    },
    /** From now on there are so many seconds between two sweeps. */
    setSleepSeconds(value: number): void {
      clearInterval(timer);
      seconds = value;
      start();
    },
    /** Resolves when the last sweep has ended. */
    stop(): Promise<void> {
      clearInterval(timer);
      return running;
    },
  };
}

export type TtlMonitor = ReturnType<typeof createTtlMonitor>;
