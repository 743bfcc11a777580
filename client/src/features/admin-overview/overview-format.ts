import type { OverviewRange } from '@latchkey/shared/admin-schemas';
import type { Locale } from '@latchkey/shared/schemas';
import { attempt, regional } from '../../i18n/format.ts';

/** What stands below the bars: an hour of a day, a day of a week, a day of a month. */
const axisOptions: Record<OverviewRange, Intl.DateTimeFormatOptions> = {
  '24h': { hour: '2-digit', minute: '2-digit' },
  '7d': { weekday: 'short', day: 'numeric' },
  '30d': { day: 'numeric', month: 'short' },
};

/** How numbers and the moments of a chart are written. */
export function overviewFormat(locale: Locale, range: OverviewRange) {
  const region = regional(locale);
  const axis = attempt(() => new Intl.DateTimeFormat(region, axisOptions[range]));
  const number = attempt(() => new Intl.NumberFormat(region));
  return {
    axis: (iso: string) => axis?.format(new Date(iso)) ?? iso,
    number: (value: number) => number?.format(value) ?? String(value),
  };
}

export type OverviewFormat = ReturnType<typeof overviewFormat>;
