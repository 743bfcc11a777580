import { addSeconds, hourSeconds } from '../../time.ts';
import { type Connection, makeIndexes } from '../mongo.ts';

export interface CounterRecord {
  _id: string;
  used: number;
  /** When a counter in a row last counted; its lock, at a multiple of its rule, runs from here. */
  lastAt?: Date;
  expiresAt: Date;
}

/** At most `most` until the window ends, `seconds` after its first use. */
export interface WindowReservation {
  id: string;
  most: number;
  seconds: number;
}

/** One more in a row: from each count of `lockSeconds` on a wait of so many seconds, and none gets through after `final`. */
export interface StreakReservation {
  id: string;
  lockSeconds: ReadonlyMap<number, number>;
  final: number;
  /** A row is forgotten after this long without another. */
  rememberedSeconds: number;
}

export type CounterReservation = WindowReservation | StreakReservation;

export interface Counted {
  /** Whether one of the rows has come to a count that locks. */
  locks: boolean;
  /** What stands in the way, by id and as it is stored; undefined where another call had just begun it. */
  refused: Map<string, CounterRecord | undefined>;
}

const duplicateKey = 11000;
const longAgo = new Date(0);
/** What begins anew is kept for this long at most: who counts on it meanwhile need not make it first. */
const clearedSeconds = hourSeconds;
const never = new Date('9999-12-31T23:59:59.000Z');

/** One statement of the command `update`. */
interface Statement {
  q: Record<string, unknown>;
  u: Record<string, unknown>;
  upsert?: boolean;
}

interface Reply {
  /** How many statements found, or made, their counter. */
  n: number;
  writeErrors?: { index: number; code: number; errmsg: string }[];
}

/** The statements that count one: the first refuses by a duplicate key, the others note what a count in a row has reached. */
function statementsOf(reservation: CounterReservation, now: Date): Statement[] {
  const { id } = reservation;
  const live = { _id: id, expiresAt: { $gt: now } };
  if ('most' in reservation) {
    const filter = { ...live, used: { $lt: reservation.most } };
    const expiresAt = addSeconds(now, reservation.seconds);
    return [{ q: filter, u: { $inc: { used: 1 }, $setOnInsert: { expiresAt } }, upsert: true }];
  }
  const { lockSeconds, final, rememberedSeconds } = reservation;
  const locks = [...lockSeconds.keys()];
  const unlocked = [...lockSeconds].map(([used, seconds]) => ({ used, lastAt: { $lte: addSeconds(now, -seconds) } }));
  const filter = { ...live, $or: [{ used: { $lt: final, $nin: locks } }, ...unlocked] };
  const update = { $inc: { used: 1 }, $set: { lastAt: now, expiresAt: addSeconds(now, rememberedSeconds) } };
  return [
    { q: filter, u: update, upsert: true },
    { q: { _id: id, used: { $in: locks }, lastAt: now }, u: { $inc: { used: 0 } } },
    { q: { _id: id, used: final, lastAt: now }, u: { $set: { expiresAt: never } } },
  ];
}

/**
 * Every window, share and row of failures, on the clock of the caller. A counter is taken by an upsert that only an
 * existing, full counter can refuse: of any number of parallel calls no more than its most get through.
 */
export function createCountersStore(connection: Connection) {
  // The driver's own: nothing here is cast, and a reservation is one command with several statements.
  const counters = connection.collection<CounterRecord>('counters');
  const { db } = connection;
  // Without one a reservation would count nothing and let everybody through.
  if (!db) throw new TypeError('the counters need a connection that is open');

  /** Runs statements as one command. A full counter is an answer; any other failure of a statement is thrown. */
  const update = async (updates: Statement[]): Promise<Reply> => {
    const writeConcern = { w: 'majority', j: true };
    const reply = await db.command({
      update: counters.collectionName,
      updates,
      ordered: false,
      writeConcern,
    });
    const { n, writeErrors = [] } = reply as unknown as Reply;
    const failure = writeErrors.find(({ code }) => code !== duplicateKey);
    if (failure) throw Object.assign(new Error(failure.errmsg), { code: failure.code });
    return { n, writeErrors };
  };

  /** The counters that are there, live or not. */
  async function find(ids: readonly string[]): Promise<Map<string, CounterRecord>> {
    const found = await counters.find({ _id: { $in: [...ids] } }).toArray();
    return new Map(found.map((record) => [record._id, record]));
  }

  return {
    createIndexes: () =>
      makeIndexes({
        collection: { name: 'counters' },
        createIndexes: () => counters.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }),
      }),

    /** Counts one in each, or says which are full; then those that are not were counted all the same. */
    async reserve(reservations: readonly CounterReservation[], now: Date): Promise<Counted> {
      const statements: Statement[] = [];
      const first = reservations.map((reservation) => {
        const index = statements.length;
        statements.push(...statementsOf(reservation, now));
        return index;
      });
      const { n, writeErrors = [] } = await update(statements);
      const full = new Set(writeErrors.map(({ index }) => index));
      const refused = reservations.filter((_, index) => full.has(first[index] ?? -1)).map(({ id }) => id);
      if (refused.length === 0) return { locks: n > reservations.length, refused: new Map() };
      const found = await find(refused);
      return { locks: false, refused: new Map(refused.map((id) => [id, found.get(id)])) };
    },

    find,

    /**
     * Takes one back for each time an id stands in `giveBack`, never below none, and begins those in `clear` anew. A row
     * that stands at a step again by this has served that lock before.
     */
    async settle(
      { giveBack = [], clear = [] }: { giveBack?: readonly string[]; clear?: readonly string[] },
      now: Date,
    ): Promise<void> {
      const takeOne = { $inc: { used: -1 }, $set: { lastAt: longAgo } };
      const beginAnew = {
        $set: { used: 0, lastAt: longAgo },
        $min: { expiresAt: addSeconds(now, clearedSeconds) },
      };
      const statements = [
        ...clear.map((id) => ({ q: { _id: id }, u: beginAnew })),
        ...giveBack.map((id) => ({ q: { _id: id, used: { $gt: 0 } }, u: takeOne })),
      ];
      if (statements.length > 0) await update(statements);
    },

    /** Removes those that are over, where no sweep has come by yet. */
    async removeExpired(ids: readonly string[], now: Date): Promise<void> {
      await counters.deleteMany({ _id: { $in: [...ids] }, expiresAt: { $lte: now } });
    },
  };
}

export type CountersStore = ReturnType<typeof createCountersStore>;
