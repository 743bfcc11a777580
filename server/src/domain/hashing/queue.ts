import { AppError } from '../../errors.ts';

const busySeconds = 5;

/** For whom something is hashed. Without a network it is the process itself. */
export interface HashCaller {
  /** The address range that limits count. */
  network?: string;
  /** The account that is named, where the call comes from a device of it that is known. */
  knownAccount?: string | undefined;
}

interface Entry {
  start: () => void;
  refuse: (reason: AppError) => void;
}

/** Callers who wait in one line, each group as long as it likes; the groups are served in turn. */
function createLane() {
  /** In the order of their turns. No group is empty. */
  const groups = new Map<string, Entry[]>();

  return {
    isEmpty: () => groups.size === 0,
    lengthOf: (group: string): number => groups.get(group)?.length ?? 0,

    add(group: string, entry: Entry): void {
      const entries = groups.get(group);
      if (entries) entries.push(entry);
      else groups.set(group, [entry]);
    },

    /** The oldest of the group whose turn it is. */
    takeNext(): Entry | undefined {
      for (const [group, entries] of groups) {
        groups.delete(group);
        const next = entries.shift();
        if (entries.length > 0) groups.set(group, entries);
        return next;
      }
      return undefined;
    },

    longest: (): number => Math.max(0, ...[...groups.values()].map((entries) => entries.length)),

    /** The newest of the longest group. */
    takeNewest(): Entry | undefined {
      const longest = [...groups].sort(([, a], [, b]) => b.length - a.length)[0];
      if (!longest) return undefined;
      const [group, entries] = longest;
      if (entries.length === 1) groups.delete(group);
      return entries.pop();
    },
  };
}

/**
 * Who hashes next. Networks are served in turn, so a flood of one delays nobody else by more than one hash a slot. Known
 * devices of the account that is named have a lane of their own, of accounts in turn, which gets every second start while
 * both lanes wait: at most half of the machine. At most `maxWaiting` wait; in a full queue a network holds no more than
 * its share, and the newest call of the one that holds the most makes room for a caller who holds less.
 * @param slots how many tasks run at once
 */
export function createHashQueue({ slots, maxWaiting }: { slots: number; maxWaiting: number }) {
  const known = createLane();
  const strangers = createLane();
  let running = 0;
  let waiting = 0;
  let refused = 0;
  let lastWasKnown = false;

  function takeNext(): Entry | undefined {
    lastWasKnown = strangers.isEmpty() || (!known.isEmpty() && !lastWasKnown);
    return (lastWasKnown ? known : strangers).takeNext();
  }

  function fill(): void {
    while (running < slots && waiting > 0) {
      const entry = takeNext();
      running += 1;
      waiting -= 1;
      entry?.start();
    }
  }

  const busy = () => {
    refused += 1;
    return new AppError('BUSY', { retryAfterSeconds: busySeconds });
  };

  /** Throws `BUSY` where nobody holds more of the queue than this caller would. */
  function makeRoom(held: number): void {
    const [lane = strangers] = [strangers, known].sort((a, b) => b.longest() - a.longest());
    if (lane.longest() <= held + 1) throw busy();
    waiting -= 1;
    lane.takeNewest()?.refuse(busy());
  }

  return {
    /** Tasks that wait for a slot, for metrics. */
    get waiting(): number {
      return waiting;
    },
    /** Tasks that were refused since the start, for metrics. */
    get refused(): number {
      return refused;
    },

    /** Runs the task when its turn comes. Throws `BUSY` past the queue, also later, to make room for somebody else. */
    async run<Result>(task: () => Promise<Result>, { network = '', knownAccount }: HashCaller = {}): Promise<Result> {
      const [lane, group] = knownAccount === undefined ? [strangers, network] : [known, knownAccount];
      if (waiting >= maxWaiting) makeRoom(lane.lengthOf(group));
      const turn = new Promise<void>((start, refuse) => lane.add(group, { start, refuse }));
      waiting += 1;
      fill();
      await turn;
      try {
        return await task();
      } finally {
        running -= 1;
        fill();
      }
    },
  };
}
