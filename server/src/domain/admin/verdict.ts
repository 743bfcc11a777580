import type { CountedKind, Overview, SignalKind } from '@latchkey/shared/admin-schemas';
import { addSeconds, daySeconds, hourSeconds } from '../../time.ts';
import { hourOf } from './hourly-counts.ts';

const comparedDays = 7;
const unusualTimes = 3;
/** The neighbours of an hour on a day before: what happens at nine today happened at ten yesterday. */
const neighbours = [-1, 0, 1];

/** What each is put together from, and how many of it are no attack however rare they are. */
const signals: Record<SignalKind, { kinds: CountedKind[]; harmless: number }> = {
  failures: { kinds: ['failedPasswords', 'wrongCodes'], harmless: 20 },
  locks: { kinds: ['locks'], harmless: 3 },
  limitsHit: { kinds: ['limitsHit'], harmless: 20 },
  registrations: { kinds: ['registrations'], harmless: 20 },
  resetsRequested: { kinds: ['resetsRequested'], harmless: 20 },
  mailsFailed: { kinds: ['mailsFailed'], harmless: 10 },
};

/** How far back `judge` looks. */
export const judgedSeconds = comparedDays * daySeconds + 2 * hourSeconds;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/**
 * Says whether the last 60 minutes were as usual, which is the median of the same time of day on the days before: a busy morning
 * is no attack, and an attack of one day does not make the next one look usual.
 * @param countOf how many of a kind there were in the hour that begins at a moment
 * @param since the first hour that was counted
 */
export function judge(
  now: Date,
  countOf: (kind: CountedKind, hour: Date) => number,
  since: Date | undefined,
): Overview['verdict'] {
  const hour = hourOf(now);
  const before = addSeconds(hour, -hourSeconds);
  const shareOfHourBefore = 1 - (now.getTime() - hour.getTime()) / (hourSeconds * 1000);
  const days = Array.from({ length: comparedDays }, (_, index) => addSeconds(hour, -(index + 1) * daySeconds)).filter(
    (sameHour) => since !== undefined && sameHour >= since,
  );
  const compared = days.flatMap((sameHour) => neighbours.map((offset) => addSeconds(sameHour, offset * hourSeconds)));
  const judged = Object.entries(signals).map(([kind, { kinds, harmless }]) => {
    const sumIn = (at: Date) => kinds.reduce((sum, one) => sum + countOf(one, at), 0);
    const lastHour = Math.round(sumIn(hour) + sumIn(before) * shareOfHourBefore);
    const usual = median(compared.map(sumIn));
    const unusual = lastHour >= harmless && lastHour > unusualTimes * usual;
    return { kind: kind as SignalKind, unusual, lastHour, usual };
  });
  return {
    level: judged.some(({ unusual }) => unusual) ? 'unusual' : 'quiet',
    comparedDays: days.length,
    signals: judged,
  };
}
