import { BarChart } from '@mantine/charts';
import { Table, Text, Title } from '@mantine/core';
import { useId } from 'react';
import { Panel } from '../../components/panel.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import type { OverviewFormat } from './overview-format.ts';
import classes from './series-chart.module.css';

export interface ChartSeries {
  name: string;
  label: string;
  tone: 'good' | 'neutral' | 'warning' | 'bad';
  values: number[];
  /** What stands for all of it: the sum, or the most. */
  whole: number;
}

interface SeriesChartProps {
  title: string;
  /** When each bar begins. */
  moments: string[];
  series: ChartSeries[];
  format: OverviewFormat;
}

const colorOf = ({ tone }: ChartSeries) => `var(--chart-${tone})`;

/** Bars over time, with what they come to, and the same as a table for whoever reads that better. */
export function SeriesChart({ title, moments, series, format }: SeriesChartProps) {
  const { overview: t } = useAdminMessages();
  const { format: common } = useLocale();
  const titleId = useId();
  const data = moments.map((at, step) => ({
    at,
    ...Object.fromEntries(series.map(({ name, values }) => [name, values[step]])),
  }));
  const ticks = moments.filter((at, step) => step === 0 || format.axis(at) !== format.axis(moments[step - 1] ?? at));
  const isEmpty = series.every(({ values }) => values.every((value) => value === 0));
  const words = series.map(({ label, whole }) => `${label}: ${format.number(whole)}`).join(', ');

  return (
    <Panel>
      <section className={classes.chart} aria-labelledby={titleId}>
        <Title order={3} size="h4" id={titleId}>
          {title}
        </Title>
        <dl className={classes.legend}>
          {series.map((one) => (
            <div key={one.name}>
              <dt>
                <span className={classes.swatch} style={{ background: colorOf(one) }} />
                {one.label}
              </dt>
              <dd>{format.number(one.whole)}</dd>
            </div>
          ))}
        </dl>
        {isEmpty ? (
          <Text c="dimmed" size="sm" className={classes.none}>
            {t.noneInRange}
          </Text>
        ) : (
          <>
            <div role="img" aria-label={t.chartOf(title, words)}>
              <BarChart
                h={200}
                data={data}
                dataKey="at"
                type="stacked"
                series={series.map((one) => ({ name: one.name, label: one.label, color: colorOf(one) }))}
                accessibilityLayer={false}
                valueFormatter={format.number}
                gridColor="var(--lk-line)"
                textColor="var(--mantine-color-dimmed)"
                cursorFill="var(--lk-hover)"
                tickLine="none"
                xAxisProps={{ ticks, tickFormatter: format.axis, minTickGap: 24 }}
                yAxisProps={{ allowDecimals: false, width: 'auto' }}
                // While nothing is pointed at there is no moment.
                tooltipProps={{ labelFormatter: (at) => (at ? common.dateTime(String(at)) : '') }}
                barChartProps={{ barCategoryGap: '20%' }}
              />
            </div>
            <details className={classes.table}>
              <summary>{t.asTable}</summary>
              <Table>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th scope="col">{t.from}</Table.Th>
                    {series.map(({ name, label }) => (
                      <Table.Th key={name} scope="col" className={classes.number}>
                        {label}
                      </Table.Th>
                    ))}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {moments.map((at, step) => (
                    <Table.Tr key={at}>
                      <Table.Td>{common.dateTime(at)}</Table.Td>
                      {series.map(({ name, values }) => (
                        <Table.Td key={name} className={classes.number}>
                          {format.number(values[step] ?? 0)}
                        </Table.Td>
                      ))}
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </details>
          </>
        )}
      </section>
    </Panel>
  );
}
