import type { ActivityItem } from '@latchkey/shared/schemas';
import { TextLink } from '../../components/text-link.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-list.module.css';
import { EventList } from './event-list.tsx';

interface ActivityListProps {
  items: ActivityItem[];
  /** Shows no more than so many rows. */
  rows?: number;
}

/** What happened in one's own account, each with the way on for whom it was not. */
export function ActivityList({ items, rows }: ActivityListProps) {
  const { t, format } = useLocale();
  return (
    <EventList
      items={items}
      rows={rows}
      about={(item) => <p>{item.byOther ? t.activity.byOther : t.activity.on(t.devices.nameOf(item), item.ip)}</p>}
      aside={(item) => (
        <TextLink
          to="/not-me"
          className={classes.notMe}
          aria-label={t.activity.notMeLabel(t.activity.types[item.type], format.dateTime(item.at))}
        >
          {t.activity.notMe}
        </TextLink>
      )}
    />
  );
}
