import '@mantine/charts/styles.layer.css';
import type { CountedKind, Overview } from '@latchkey/shared/admin-schemas';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import classes from './charts.module.css';
import type { OverviewFormat } from './overview-format.ts';
import { type ChartSeries, SeriesChart } from './series-chart.tsx';

/** What stands together, from the bottom of the bars to their top. */
const charts = [
  { key: 'signIns', kinds: { signIns: 'good', wrongCodes: 'warning', failedPasswords: 'bad' } },
  { key: 'refusals', kinds: { limitsHit: 'warning', locks: 'bad' } },
  { key: 'accounts', kinds: { registrations: 'good', passwordResets: 'neutral', resetsRequested: 'warning' } },
  { key: 'mail', kinds: { mailsSent: 'good', mailsFailed: 'bad' } },
] as const satisfies { key: string; kinds: Partial<Record<CountedKind, ChartSeries['tone']>> }[];

/** What was counted, over time. */
export function Charts({ overview, format }: { overview: Overview; format: OverviewFormat }) {
  const { overview: t } = useAdminMessages();
  const { from, stepSeconds, series, totals, mailBacklog } = overview;
  const moments = mailBacklog.map((_, step) => new Date(Date.parse(from) + step * stepSeconds * 1000).toISOString());
  const shown = { moments, format };
  return (
    <div className={classes.charts}>
      {charts.map(({ key, kinds }) => (
        <SeriesChart
          key={key}
          title={t.charts[key]}
          series={(Object.entries(kinds) as [CountedKind, ChartSeries['tone']][]).map(([kind, tone]) => ({
            name: kind,
            label: t.kinds[kind],
            tone,
            values: series[kind],
            whole: totals[kind],
          }))}
          {...shown}
        />
      ))}
      <SeriesChart
        title={t.charts.backlog}
        series={[
          {
            name: 'mailBacklog',
            label: t.mostAtOnce,
            tone: 'warning',
            values: mailBacklog,
            whole: Math.max(...mailBacklog),
          },
        ]}
        {...shown}
      />
    </div>
  );
}
