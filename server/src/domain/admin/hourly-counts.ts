import type { CountedKind } from '@latchkey/shared/admin-schemas';
import type { AuditEventType } from '@latchkey/shared/schemas';
import type { Metrics } from '../../infra/metrics.ts';
import type { HourlyAddition } from '../../infra/stores/hourly-counts-store.ts';
import { hourSeconds, minuteSeconds } from '../../time.ts';
import type { LimitName } from '../limits/rules.ts';
import type { Outside } from '../outside.ts';

const hourMilliseconds = hourSeconds * 1000;

/** The beginning of the hour that a moment is in. */
export const hourOf = (moment: Date): Date =>
  new Date(Math.floor(moment.getTime() / hourMilliseconds) * hourMilliseconds);

const kindsOfEvents: Partial<Record<AuditEventType, CountedKind>> = {
  'signed-in': 'signIns',
  registered: 'registrations',
  'password-reset-requested': 'resetsRequested',
  'password-reset': 'passwordResets',
};

/** What was wrong, by the row of failures that counts it. */
const kindsOfFailures = new Map<string, CountedKind>(
  Object.entries({
    signInsPerName: 'failedPasswords',
    signInsPerDevice: 'failedPasswords',
    confirmationsPerAccount: 'failedPasswords',
    wrongCodesPerAccount: 'wrongCodes',
  } satisfies Partial<Record<LimitName, CountedKind>>),
);

/**
 * Counts what happens by the hour, in memory, and adds it to the database once a minute where there is something to add: no
 * call waits for it. What could not be stored is kept for the next time; where the database stored it and could not say so,
 * it counts twice. A process that is killed loses what it has counted since the last minute.
 */
export function createHourlyCounts({
  stores: { hourlyCounts, outbox },
  system,
}: Pick<Outside, 'system'> & { stores: Pick<Outside['stores'], 'hourlyCounts' | 'outbox'> }) {
  /** What is not stored yet, by the time at which its hour begins. */
  let pending = new Map<number, HourlyAddition>();
  let flushing: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** Whether mail waited when it was looked at last. */
  let hasBacklog = false;

  function additionAt(hour: number): HourlyAddition {
    const addition = pending.get(hour) ?? { counts: new Map(), mailBacklog: 0 };
    pending.set(hour, addition);
    return addition;
  }

  function add(hour: number, { counts, mailBacklog }: HourlyAddition): void {
    const addition = additionAt(hour);
    for (const [kind, count] of counts) addition.counts.set(kind, (addition.counts.get(kind) ?? 0) + count);
    addition.mailBacklog = Math.max(addition.mailBacklog, mailBacklog);
  }

  function count(kind: CountedKind | undefined): void {
    if (kind) add(hourOf(system.now()).getTime(), { counts: new Map([[kind, 1]]), mailBacklog: 0 });
  }

  /** Mail waits longer only while something else happens, if only that it fails: at rest nobody looks. */
  async function sampleBacklog(): Promise<void> {
    if (pending.size === 0 && !hasBacklog) return;
    const now = system.now();
    const waiting = await outbox.countWaiting(now);
    hasBacklog = waiting > 0;
    if (hasBacklog) add(hourOf(now).getTime(), { counts: new Map(), mailBacklog: waiting });
  }

  async function store(): Promise<void> {
    await sampleBacklog();
    const taken = [...pending];
    pending = new Map();
    while (taken.length > 0) {
      const [hour, addition] = taken[0] as (typeof taken)[number];
      try {
        await hourlyCounts.add(new Date(hour), addition);
      } catch (error) {
        for (const kept of taken) add(...kept);
        throw error;
      }
      taken.shift();
    }
  }

  /** Stores what was counted until now; of parallel calls one does. */
  function flush(): Promise<void> {
    flushing ??= store().finally(() => {
      flushing = undefined;
    });
    return flushing;
  }

  return {
    /** The metrics, counted by the hour as well. */
    counting: (metrics: Metrics): Metrics => ({
      ...metrics,
      limited(limit) {
        metrics.limited(limit);
        // That is mail which waits for its share, once a minute each; nobody was refused.
        if (limit !== 'mailsPerClass') count('limitsHit');
      },
      locked(limit) {
        metrics.locked(limit);
        count('locks');
      },
      failed(limit) {
        metrics.failed(limit);
        count(kindsOfFailures.get(limit));
      },
      happened(event) {
        metrics.happened(event);
        count(kindsOfEvents[event]);
      },
      mailed(template, outcome) {
        metrics.mailed(template, outcome);
        if (outcome === 'sent') count('mailsSent');
        else if (outcome === 'failed' || outcome === 'refused') count('mailsFailed');
      },
    }),

    flush,

    /** Stores every minute. What fails is told to `onError`. */
    start(onError: (error: unknown) => void): void {
      timer = setInterval(() => flush().catch(onError), minuteSeconds * 1000).unref();
    },

    /** Stores the rest. */
    async stop(): Promise<void> {
      clearInterval(timer);
      // One that is under way may have begun before the last was counted.
      await flushing?.catch(() => undefined);
      await flush();
    },
  };
}

export type HourlyCounts = ReturnType<typeof createHourlyCounts>;
