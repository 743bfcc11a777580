import { AppError } from '../../errors.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { CounterRecord, CounterReservation, CountersStore } from '../../infra/stores/counters-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds, daySeconds, secondsUntil } from '../../time.ts';
import type { RequestInfo } from '../request.ts';
import { hmac, type Keys } from '../tokens/keys.ts';
import { type LimitName, limitRules, type RowRule, type WindowRule } from './rules.ts';

/** A row of failures is forgotten after this long without another. */
const rememberedSeconds = 30 * daySeconds;
/** In each round some call gets ahead: more parallel calls than this do not meet on a counter that has just begun. */
const maxRounds = 50;

/** A site of IPv6 has a /48 (RFC 6177), in which every /64 is a customer or a floor: so many times the room of one. */
const wideNetworkTimes = 10;

/** What is counted: a rule, whose, and how many times the points of the rule there is room for. */
export type Counter = [name: LimitName, subject: string, times?: number];

/** The counters of a client's network: its own, and the wider one it is part of, so that nobody walks through /64s. */
export const networkCounters = (
  name: LimitName,
  { network, wideNetwork }: Pick<RequestInfo, 'network' | 'wideNetwork'>,
): Counter[] => [
  [name, network],
  ...(wideNetwork === undefined ? [] : [[name, wideNetwork, wideNetworkTimes] satisfies Counter]),
];

/** What was taken of a counter: the ids to settle by, none where it is not counted; undefined where it is full. */
export type Share = string[] | undefined;

/** How an attempt ended: with what was right, or with null, and then whether it was the one that locked. */
export interface Attempt<Result> {
  result: Result | null;
  locked: boolean;
  /** What was counted as a failure: an attempt that was right gives it back by `settle`. */
  counted: string[];
}

/** The counts of a row that lock, each with its seconds. */
function lockSteps({ failures, firstLockSeconds, maxLockSeconds, finalFailures }: RowRule): Map<number, number> {
  const steps = new Map<number, number>();
  for (let count = failures, seconds = firstLockSeconds; count < finalFailures; count += failures, seconds *= 2) {
    steps.set(count, Math.min(seconds, maxLockSeconds));
  }
  return steps;
}

/** Until when a counter, as it is stored, lets nobody through; undefined where it would by now. */
function fullUntil(reservation: CounterReservation, record: CounterRecord | undefined, now: Date): Date | undefined {
  if (!record || record.expiresAt <= now) return undefined;
  if ('most' in reservation) return record.used >= reservation.most ? record.expiresAt : undefined;
  if (record.used >= reservation.final) return record.expiresAt;
  const until = addSeconds(record.lastAt ?? now, reservation.lockSeconds.get(record.used) ?? 0);
  return until > now ? until : undefined;
}

/** Waits for a promise without failing yet: the function it gives fails as the promise did. */
const settled = async (promise: Promise<void>): Promise<() => Promise<void>> => {
  const [outcome] = await Promise.allSettled([promise]);
  return async () => {
    if (outcome?.status === 'rejected') throw outcome.reason;
  };
};

/**
 * Counts calls, mails and failures so that parallel ones cannot pass a limit: each is counted before anything is done or
 * compared, all of a call by one command, in every counter or in none. A refused call changes nothing, so it cannot
 * prolong a lock. Subjects are stored as MACs: they may be addresses of people.
 * @param enabled lifts every rule of the table when false
 * @param mailsPerHour the points of `mailsPerClass`; 0 lifts it
 */
export function createCounters({
  store,
  keys,
  system,
  metrics,
  enabled,
  mailsPerHour,
}: {
  store: CountersStore;
  keys: Keys;
  system: System;
  metrics: Pick<Metrics, 'limited' | 'locked' | 'failed'>;
  enabled: boolean;
  mailsPerHour: number;
}) {
  const { key } = keys('rate-limit').current;
  const rules: Record<LimitName, WindowRule | RowRule> = {
    ...limitRules,
    mailsPerClass: { ...limitRules.mailsPerClass, points: mailsPerHour },
  };
  const rows = new Map(
    Object.entries(rules).flatMap(([name, rule]) =>
      'points' in rule ? [] : [[name, { lockSeconds: lockSteps(rule), final: rule.finalFailures, rememberedSeconds }]],
    ),
  );
  const isCounted = ([name]: Counter) => enabled && (name !== 'mailsPerClass' || mailsPerHour > 0);
  const idOf = ([name, subject]: Counter) => `${name}:${hmac(key, subject)}`;
  const idsIn = (reservations: CounterReservation[]) => reservations.map(({ id }) => id);
  const nameIn = (id: string) => id.slice(0, id.indexOf(':'));

  function reservationOf(counter: Counter): CounterReservation {
    const id = idOf(counter);
    const [name, , times = 1] = counter;
    const rule = rules[name];
    if ('points' in rule) return { id, most: rule.points * times, seconds: rule.seconds };
    return { id, ...(rows.get(name) ?? { lockSeconds: new Map(), final: 0, rememberedSeconds }) };
  }

  /** Those of the counters, as they are stored, that let nobody through, and until when. */
  function fullAmong(
    reservations: CounterReservation[],
    found: Map<string, CounterRecord | undefined>,
    now: Date,
  ): Map<string, Date> {
    const full = new Map<string, Date>();
    for (const reservation of reservations) {
      const end = fullUntil(reservation, found.get(reservation.id), now);
      if (!end) continue;
      full.set(reservation.id, end);
      metrics.limited(nameIn(reservation.id));
    }
    return full;
  }

  function assertNoneFull(full: Map<string, Date>): void {
    if (full.size === 0) return;
    const now = system.now();
    const seconds = Math.max(1, ...Array.from(full.values(), (end) => secondsUntil(end, now)));
    throw new AppError('RATE_LIMITED', { retryAfterSeconds: Math.min(daySeconds, seconds) });
  }

  /** Counts in each that has room. Gives those that have none, and tells whether this, as a failure, is one that locks. */
  async function countEach(wanted: CounterReservation[]): Promise<{ full: Map<string, Date>; locks: boolean }> {
    const full = new Map<string, Date>();
    let missing = wanted;
    let locks = false;
    try {
      for (let round = 0; missing.length > 0; round += 1) {
        const now = system.now();
        const counted = await store.reserve(missing, now);
        ({ locks } = counted);
        missing = missing.filter(({ id }) => counted.refused.has(id));
        for (const [id, end] of fullAmong(missing, counted.refused, now)) full.set(id, end);
        missing = missing.filter(({ id }) => !full.has(id));
        if (missing.length === 0) break;
        if (round === maxRounds) throw new AppError('BUSY', { retryAfterSeconds: 1 });
        // It is over and not swept yet, or another call has begun it at this very moment.
        await store.removeExpired(idsIn(missing), now);
      }
    } catch (error) {
      const uncounted = new Set([...idsIn(missing), ...full.keys()]);
      await store.settle({ giveBack: idsIn(wanted).filter((id) => !uncounted.has(id)) }, system.now());
      throw error;
    }
    return { full, locks };
  }

  /**
   * Counts in every counter or in none, and tells whether that, as a failure, is one that locks.
   * @param kept counters that count also where another one is full
   */
  async function reserve(counters: Counter[], kept: Counter[] = []): Promise<{ ids: string[]; locks: boolean }> {
    const wanted = [...counters, ...kept].filter(isCounted).map(reservationOf);
    const ids = idsIn(wanted);
    const { full, locks } = await countEach(wanted);
    if (full.size > 0) {
      const remaining = new Set([...full.keys(), ...kept.map(idOf)]);
      await store.settle({ giveBack: ids.filter((id) => !remaining.has(id)) }, system.now());
    }
    assertNoneFull(full);
    return { ids, locks };
  }

  /** Throws `RATE_LIMITED` where one of the counters is full, and counts nothing. */
  async function assertRoom(...counters: Counter[]): Promise<void> {
    const needed = counters.filter(isCounted).map(reservationOf);
    if (needed.length === 0) return;
    assertNoneFull(fullAmong(needed, await store.find(idsIn(needed)), system.now()));
  }

  return {
    assertRoom,

    /** Those of the counters that let nobody through, and until when. */
    async findFull(...counters: Counter[]): Promise<{ name: LimitName; until: Date }[]> {
      const counted = counters.filter(isCounted);
      const found = await store.find(counted.map(idOf));
      const now = system.now();
      return counted.flatMap((counter) => {
        const reservation = reservationOf(counter);
        const until = fullUntil(reservation, found.get(reservation.id), now);
        return until ? [{ name: counter[0], until }] : [];
      });
    },

    /** The ids by which one in each is given back. */
    idsOf: (...counters: Counter[]): string[] => counters.filter(isCounted).map(idOf),

    /** Counts one in each. Gives the ids to settle by. Throws `RATE_LIMITED` with the seconds to wait. */
    consume: async (...counters: Counter[]): Promise<string[]> => (await reserve(counters)).ids,

    /** Counts one in each that has room, whatever the others have. Gives what each has taken, in that order. */
    async takeEach(...counters: Counter[]): Promise<Share[]> {
      const { full } = await countEach(counters.filter(isCounted).map(reservationOf));
      return counters.map((counter) => {
        const ids = isCounted(counter) ? [idOf(counter)] : [];
        return ids.some((id) => full.has(id)) ? undefined : ids;
      });
    },

    /**
     * One attempt at something that can be guessed: it is counted in advance as a failure, in every counter or in none,
     * then compared. Where comparing could not be done, as when the queue of hashes is full, it is no failure.
     * @param calls counters that the attempt counts in whatever comes of it
     * @param room counters that must have room for what a right attempt goes on to use
     * @param compare gives what was right, or null
     * Throws `RATE_LIMITED` with the seconds to wait where no attempt is allowed, and what comparing throws.
     */
    async attempt<Result>(
      { failures, calls = [], room = [] }: { failures: Counter[]; calls?: Counter[]; room?: Counter[] },
      compare: () => Result | null | Promise<Result | null>,
    ): Promise<Attempt<Result>> {
      const [{ locks }, hasRoom] = await Promise.all([reserve(failures, calls), settled(assertRoom(...room))]);
      const counted = failures.filter(isCounted).map(idOf);
      let result: Result | null;
      try {
        await hasRoom();
        result = await compare();
      } catch (error) {
        await store.settle({ giveBack: counted }, system.now());
        throw error;
      }
      const locked = result === null && locks;
      const row = failures.map(([name]) => name).find((name) => rows.has(name)) ?? '';
      if (result === null) metrics.failed(row);
      if (locked) metrics.locked(row);
      return { result, locked, counted };
    },

    /** Gives back what was counted under these ids, and begins counters anew. */
    async settle({ giveBack = [], clear = [] }: { giveBack?: readonly string[]; clear?: readonly Counter[] }) {
      await store.settle({ giveBack, clear: clear.filter(isCounted).map(idOf) }, system.now());
    },
  };
}

export type Counters = ReturnType<typeof createCounters>;
