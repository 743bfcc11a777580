import type { ActivityItem } from '@latchkey/shared/schemas';
import type { ReactNode } from 'react';
import { useNow } from '../../components/clock.ts';
import { isWarning } from '../../components/warning-event.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-list.module.css';
import { oneRowASignIn } from './one-row-a-sign-in.ts';

type Event = Pick<ActivityItem, 'id' | 'type' | 'at' | 'device'>;

interface EventListProps<Item extends Event> {
  items: Item[];
  /** Shows no more than so many rows. */
  rows?: number | undefined;
  /** What stands below the name of an event. */
  about: (item: Item) => ReactNode;
  /** What stands below its time. */
  aside?: (item: Item) => ReactNode;
}

/** What happened, latest first, by days, each with the time of the reader's clock. */
export function EventList<Item extends Event>({ items, rows, about, aside }: EventListProps<Item>) {
  const { t, format } = useLocale();
  const now = useNow(60_000);
  const days = new Map<string, Item[]>();
  for (const item of oneRowASignIn(items).slice(0, rows)) {
    const day = format.day(item.at, now);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days].map(([day, ofDay]) => (
    <section key={day} className={classes.day}>
      <h2>{day}</h2>
      <ol className={classes.list}>
        {ofDay.map((item) => (
          <li key={item.id} className={classes.item} data-warning={isWarning(item) || undefined}>
            <div className={classes.what}>
              <p className={classes.type}>{t.activity.types[item.type]}</p>
              {about(item)}
            </div>
            <div className={classes.aside}>
              <time dateTime={item.at} title={format.dateTime(item.at)}>
                {format.time(item.at)}
              </time>
              {aside?.(item)}
            </div>
          </li>
        ))}
      </ol>
    </section>
  ));
}
