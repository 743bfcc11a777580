import type { Locale } from '@latchkey/shared/schemas';

type PluralForms = { one: string; other: string };

/** A browser may lack a part of `Intl`, or refuse a language that it reports itself. */
export function attempt<Value>(make: () => Value): Value | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Picks the form of a text that fits a count. Both languages know `one` and `other`. */
export function pluralOf(locale: Locale) {
  const rules = attempt(() => new Intl.PluralRules(locale));
  const isOne = (count: number) => (rules ? rules.select(count) === 'one' : count === 1);
  return (count: number, forms: PluralForms): string => (isOne(count) ? forms.one : forms.other);
}

/** The IANA name of the browser's time zone; undefined where it has none that it knows itself. */
export const browserTimeZone = (): string | undefined =>
  attempt(() => {
    const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  });

/** Every time zone that the browser knows, with those that must be among them. */
export function timeZones(besides: (string | undefined)[]): string[] {
  const known = attempt(() => Intl.supportedValuesOf('timeZone')) ?? [];
  return [...new Set(['UTC', ...known, ...besides.filter((name) => name !== undefined)])].sort();
}

const dayMilliseconds = 86_400_000;
const isoDateLength = 'yyyy-mm-dd'.length;

const steps = [
  { unit: 'year', seconds: 31_536_000 },
  { unit: 'month', seconds: 2_592_000 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3_600 },
  { unit: 'minute', seconds: 60 },
] as const;

/**
 * The language as the person's region writes it: British dates for a British browser. Where the system has no language,
 * browsers report tags such as `en-US@posix`, which `Intl` throws at.
 */
export const regional = (locale: Locale): string =>
  (globalThis.navigator?.languages ?? []).find(
    (tag) =>
      tag.split('-')[0] === locale && attempt(() => Intl.DateTimeFormat.supportedLocalesOf(tag))?.[0] !== undefined,
  ) ?? locale;

export function createFormat(locale: Locale) {
  const region = regional(locale);
  const dateTime = attempt(() => new Intl.DateTimeFormat(region, { dateStyle: 'medium', timeStyle: 'short' }));
  const date = attempt(() => new Intl.DateTimeFormat(region, { dateStyle: 'long' }));
  const exact = attempt(
    () =>
      new Intl.DateTimeFormat(region, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        second: '2-digit',
        timeZoneName: 'short',
      }),
  );
  const shortDate = attempt(() => new Intl.DateTimeFormat(region, { dateStyle: 'medium' }));
  const time = attempt(() => new Intl.DateTimeFormat(region, { timeStyle: 'short' }));
  const relative = attempt(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const showDateTime = (iso: string) => dateTime?.format(new Date(iso)) ?? iso;
  return {
    dateTime: showDateTime,
    /** To the second, with the zone. */
    exact: (iso: string) => exact?.format(new Date(iso)) ?? iso,
    time: (iso: string) => time?.format(new Date(iso)) ?? iso,
    /** The day of a moment, as "Today", "Yesterday" or a date. */
    day(iso: string, nowMilliseconds: number): string {
      const midnight = (at: Date) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
      const days = Math.round((midnight(new Date(nowMilliseconds)) - midnight(new Date(iso))) / dayMilliseconds);
      if (days > 1 || !relative) return date?.format(new Date(iso)) ?? iso.slice(0, isoDateLength);
      const word = relative.format(-Math.max(0, days), 'day');
      return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
    },
    shortDate: (iso: string) => shortDate?.format(new Date(iso)) ?? iso.slice(0, isoDateLength),
    date: (iso: string) => date?.format(new Date(iso)) ?? iso.slice(0, isoDateLength),
    /** A moment of the past in words. A moment that lies ahead is a clock that is wrong: it is told as now. */
    ago(iso: string, nowMilliseconds: number) {
      if (!relative) return showDateTime(iso);
      const seconds = Math.max(0, Math.round((nowMilliseconds - Date.parse(iso)) / 1000));
      const step = steps.find((candidate) => seconds >= candidate.seconds);
      return step ? relative.format(-Math.floor(seconds / step.seconds), step.unit) : relative.format(0, 'second');
    },
  };
}

/** A duration as a clock shows it: `0:07`, `12:30`, `1:05:00`. */
export function clockTime(totalSeconds: number): string {
  const whole = Math.max(0, Math.ceil(totalSeconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
