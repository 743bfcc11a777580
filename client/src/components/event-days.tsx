import type { AuditEventType } from '@latchkey/shared/schemas';
import type { ReactNode } from 'react';
import { useLocale } from '../i18n/locale.tsx';
import { useNow } from './clock.ts';
import classes from './event-days.module.css';
import { isWarning } from './warning-event.ts';

interface Event {
  id: string;
  type: AuditEventType;
  at: string;
}

interface EventDaysProps<Item extends Event> {
  /** Latest first. */
  items: Item[];
  children: (item: Item) => ReactNode;
}

/** What happened, by the days of the reader's clock. What should be looked at twice has another mark. */
export function EventDays<Item extends Event>({ items, children }: EventDaysProps<Item>) {
  const { format } = useLocale();
  const now = useNow(60_000);
  const days = new Map<string, Item[]>();
  for (const item of items) {
    const day = format.day(item.at, now);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days].map(([day, ofDay]) => (
    <section key={day} className={classes.day}>
      <h2>{day}</h2>
      <ol className={classes.list}>
        {ofDay.map((item) => (
          <li key={item.id} className={classes.item} data-warning={isWarning(item) || undefined}>
            {children(item)}
          </li>
        ))}
      </ol>
    </section>
  ));
}
