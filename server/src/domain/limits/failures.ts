import { AppError } from '../../errors.ts';
import type { FailuresRecord, FailuresStore } from '../../infra/failures-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds, daySeconds, minuteSeconds, secondsUntil } from '../../time.ts';
import { hmac, type Keys } from '../tokens/keys.ts';

/** How many failures are allowed, and what happens at the end of them. */
type FailureRule =
  /** So many in a window of fixed length. */
  | { kind: 'budget'; failures: number; seconds: number }
  /** A lock after every so many in a row, twice as long each time, and one without end at the last. */
  | { kind: 'lock'; failures: number; firstLockSeconds: number; maxLockSeconds: number; finalFailures: number };

const signInLock = {
  kind: 'lock',
  failures: 10,
  firstLockSeconds: 15 * minuteSeconds,
  maxLockSeconds: daySeconds,
  finalFailures: 100,
} as const;

/** OWASP ASVS 5.0, 6.3.1 (brute force) and NIST SP 800-63B-4, 3.2.2 (at most 100 consecutive failures). */
export const failureRules = {
  signInsPerName: signInLock,
  signInsPerDevice: signInLock,
  /** A current password that was asked for again, whatever name the account has by then. */
  confirmationsPerAccount: signInLock,
  wrongCodesPerAccount: { kind: 'budget', failures: 10, seconds: 15 * minuteSeconds },
  wrongCodesPerAddress: { kind: 'budget', failures: 50, seconds: 15 * minuteSeconds },
} as const satisfies Record<string, FailureRule>;

export type FailureName = keyof typeof failureRules;

/** A rule, and whose failures it counts. */
export type Counter = [name: FailureName, subject: string];

interface CountedFailure {
  id: string;
  /** Set where this attempt, if it fails, is the one that locks. */
  lockedUntil?: Date;
}

/** How an attempt ended: with what was right, or with null, and then whether it was the one that locked. */
export interface Attempt<Result> {
  result: Result | null;
  locked: boolean;
}

const untilReset = new Date('9999-12-31T23:59:59.000Z');
/** A row of failures is forgotten after this long without another. */
const rememberedDays = 30;
/** Each failed replacement means that a parallel attempt was counted; more than this many at once do not happen. */
const maxContention = 200;

/**
 * Counts failures so that parallel attempts cannot pass a budget: each is counted before anything is compared and given
 * back when it was right. A refused attempt changes nothing, so it cannot prolong a lock.
 */
export function createFailures({
  store,
  keys,
  system,
  enabled,
}: {
  store: FailuresStore;
  keys: Keys;
  system: System;
  enabled: boolean;
}) {
  const { key } = keys('rate-limit').current;
  const idOf = (name: FailureName, subject: string) => `${name}:${hmac(key, subject)}`;

  const refusal = (until: Date) =>
    new AppError('RATE_LIMITED', {
      retryAfterSeconds: Math.min(daySeconds, Math.max(1, secondsUntil(until, system.now()))),
    });

  /** Throws `RATE_LIMITED` where the counter allows no further attempt. */
  function assertAllowed(rule: FailureRule, record: FailuresRecord | null, now: Date): void {
    if (!record) return;
    if (record.lockedUntil && record.lockedUntil > now) throw refusal(record.lockedUntil);
    if (rule.kind === 'budget' && record.count >= rule.failures) throw refusal(record.expiresAt ?? now);
  }

  /** The counter with one more failure. */
  function following(rule: FailureRule, record: FailuresRecord | null, now: Date) {
    const count = (record?.count ?? 0) + 1;
    if (rule.kind === 'budget') return { expiresAt: record?.expiresAt ?? addSeconds(now, rule.seconds) };
    if (count >= rule.finalFailures) return { lockedUntil: untilReset };
    const expiresAt = addSeconds(now, rememberedDays * daySeconds);
    if (count % rule.failures !== 0) return { expiresAt };
    const lockSeconds = rule.firstLockSeconds * 2 ** (count / rule.failures - 1);
    return { lockedUntil: addSeconds(now, Math.min(rule.maxLockSeconds, lockSeconds)), expiresAt };
  }

  async function count([name, subject]: Counter): Promise<CountedFailure> {
    const id = idOf(name, subject);
    const rule = failureRules[name];
    for (let round = 0; round < maxContention; round += 1) {
      const now = system.now();
      const record = await store.find(id, now);
      assertAllowed(rule, record, now);
      const next = following(rule, record, now);
      const counted = record
        ? await store.advance(id, record.count, next)
        : await store.begin({ _id: id, count: 1, ...next }, now);
      if (counted) return next.lockedUntil ? { id, lockedUntil: next.lockedUntil } : { id };
    }
    throw new AppError('BUSY', { retryAfterSeconds: 1 });
  }

  async function takeBack(counted: CountedFailure[]): Promise<void> {
    for (const { id, lockedUntil } of counted) await store.giveBack(id, lockedUntil);
  }

  /** Counts in every counter or in none. */
  async function reserve(counters: readonly Counter[]): Promise<CountedFailure[]> {
    const counted: CountedFailure[] = [];
    try {
      if (enabled) for (const counter of counters) counted.push(await count(counter));
    } catch (error) {
      await takeBack(counted);
      throw error;
    }
    return counted;
  }

  return {
    /** Throws `RATE_LIMITED` where no further attempt is allowed, and counts nothing. */
    async assertRoom(...counters: Counter[]): Promise<void> {
      if (!enabled) return;
      for (const [name, subject] of counters) {
        const now = system.now();
        assertAllowed(failureRules[name], await store.find(idOf(name, subject), now), now);
      }
    },

    /**
     * One attempt at something that can be guessed: a failure is counted in advance in every counter, or in none; then it
     * is compared, and what was right is given back. Where comparing could not be done, as when the queue of hashes is
     * full, the attempt does not count either.
     * @param compare gives what was right, or null
     * Throws `RATE_LIMITED` with the seconds to wait where no attempt is allowed, and what comparing throws.
     */
    async attempt<Result>(
      counters: readonly Counter[],
      compare: () => Promise<Result | null>,
    ): Promise<Attempt<Result>> {
      const counted = await reserve(counters);
      let result: Result | null;
      try {
        result = await compare();
      } catch (error) {
        await takeBack(counted);
        throw error;
      }
      if (result !== null) await takeBack(counted);
      return { result, locked: result === null && counted.some(({ lockedUntil }) => lockedUntil !== undefined) };
    },

    /** Forgets what was counted. */
    clear: (...counters: Counter[]): Promise<void> =>
      store.clear(counters.map(([name, subject]) => idOf(name, subject))),
  };
}

export type Failures = ReturnType<typeof createFailures>;
