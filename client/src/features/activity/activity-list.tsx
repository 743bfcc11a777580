import type { ActivityItem } from '@latchkey/shared/schemas';
import { useNow } from '../../components/clock.ts';
import { TextLink } from '../../components/text-link.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { isWarning } from './activity-filter.tsx';
import classes from './activity-list.module.css';
import { oneRowASignIn } from './one-row-a-sign-in.ts';

interface ActivityListProps {
  items: ActivityItem[];
  /** Shows no more than so many rows. */
  rows?: number;
}

/** What happened, latest first, by days, each with the time of the reader's clock. */
export function ActivityList({ items, rows }: ActivityListProps) {
  const { t, format } = useLocale();
  const now = useNow(60_000);
  const days = new Map<string, ActivityItem[]>();
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
              <p>{item.byOther ? t.activity.byOther : t.activity.on(t.devices.nameOf(item), item.ip)}</p>
            </div>
            <div className={classes.aside}>
              <time dateTime={item.at} title={format.dateTime(item.at)}>
                {format.time(item.at)}
              </time>
              <TextLink
                to="/not-me"
                className={classes.notMe}
                aria-label={t.activity.notMeLabel(t.activity.types[item.type], format.dateTime(item.at))}
              >
                {t.activity.notMe}
              </TextLink>
            </div>
          </li>
        ))}
      </ol>
    </section>
  ));
}
