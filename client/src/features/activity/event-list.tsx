import type { ActivityItem } from '@latchkey/shared/schemas';
import type { ReactNode } from 'react';
import { EventDays } from '../../components/event-days.tsx';
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
  return (
    <EventDays items={oneRowASignIn(items).slice(0, rows)}>
      {(item) => (
        <div className={classes.row}>
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
        </div>
      )}
    </EventDays>
  );
}
