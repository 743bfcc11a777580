import { type CountedKind, countedKinds, type Overview, type OverviewInput } from '@latchkey/shared/admin-schemas';
import { addSeconds, earlier, hourSeconds } from '../../time.ts';
import type { Machinery } from '../machinery.ts';
import { type HourlyCounts, hourOf } from './hourly-counts.ts';
import { judge, judgedSeconds } from './verdict.ts';

/** The hours of each range, and how many of them make a step of its series: no chart shows hundreds. */
const ranges: Record<OverviewInput['range'], { hours: number; hoursOfStep: number }> = {
  '24h': { hours: 24, hoursOfStep: 1 },
  '7d': { hours: 7 * 24, hoursOfStep: 3 },
  '30d': { hours: 30 * 24, hoursOfStep: 12 },
};

const ofEachKind = <Value>(make: (kind: CountedKind) => Value) =>
  Object.fromEntries(countedKinds.map((kind) => [kind, make(kind)])) as Record<CountedKind, Value>;

/** How things are and were of late, from what is counted by the hour: the record of events is not looked through. */
export function createOverview({
  stores: { hourlyCounts: store, users },
  system,
  hourlyCounts,
  mailHealth,
}: Machinery & { hourlyCounts: HourlyCounts; mailHealth: () => Promise<{ ok: boolean; waiting: number }> }) {
  return {
    /** What was counted in a range that ends now, whether that is usual, and the present state. */
    async read({ range }: OverviewInput): Promise<Overview> {
      const now = system.now();
      const { hours, hoursOfStep } = ranges[range];
      const end = addSeconds(hourOf(now), hourSeconds);
      const from = addSeconds(end, -hours * hourSeconds);
      const judgedFrom = addSeconds(hourOf(now), -judgedSeconds);
      // What this instance counted a moment ago belongs to it; the others store theirs within a minute.
      await hourlyCounts.flush();
      const [records, since, mail, accountsEstimate, disabledAccounts] = await Promise.all([
        store.listSince(earlier(from, judgedFrom)),
        store.findFirst(),
        mailHealth(),
        users.estimateCount(),
        users.countDisabled(),
      ]);
      const byHour = new Map(records.map((record) => [record._id.getTime(), record]));
      const countOf = (kind: CountedKind, hour: Date) => byHour.get(hour.getTime())?.counts?.[kind] ?? 0;
      /** Each step as its hours. */
      const steps = Array.from({ length: hours / hoursOfStep }, (_, step) =>
        Array.from({ length: hoursOfStep }, (_hour, hour) =>
          addSeconds(from, (step * hoursOfStep + hour) * hourSeconds),
        ),
      );
      const series = ofEachKind((kind) =>
        steps.map((step) => step.reduce((sum, hour) => sum + countOf(kind, hour), 0)),
      );
      return {
        from: from.toISOString(),
        stepSeconds: hoursOfStep * hourSeconds,
        series,
        mailBacklog: steps.map((step) => Math.max(...step.map((hour) => byHour.get(hour.getTime())?.mailBacklog ?? 0))),
        totals: ofEachKind((kind) => series[kind].reduce((sum, count) => sum + count, 0)),
        countedSince: since?.toISOString() ?? null,
        verdict: judge(now, countOf, since),
        present: {
          at: now.toISOString(),
          mailBacklog: mail.waiting,
          mailServerOk: mail.ok,
          accountsEstimate,
          disabledAccounts,
        },
      };
    },
  };
}
