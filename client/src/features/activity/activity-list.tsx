import type { ActivityItem } from '@latchkey/shared/schemas';
import { useNow } from '../../components/clock.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-list.module.css';

/** Events that a person should look at twice. */
const isWarning: Partial<Record<ActivityItem['type'], true>> = {
  'sign-in-failed': true,
  'sign-in-locked': true,
  'code-failed': true,
  'refresh-reused': true,
  'password-confirmation-failed': true,
};

export function ActivityList({ items }: { items: ActivityItem[] }) {
  const { t, format } = useLocale();
  const now = useNow(60_000);
  return (
    <ol className={classes.list}>
      {items.map((item) => (
        <li key={item.id} className={classes.item} data-warning={isWarning[item.type]}>
          <div className={classes.what}>
            <p className={classes.type}>{t.activity.types[item.type]}</p>
            <p>{item.byOther ? t.activity.byOther : t.activity.on(item.device || t.devices.unknown, item.ip)}</p>
          </div>
          <time dateTime={item.at} title={format.dateTime(item.at)}>
            {format.ago(item.at, now)}
          </time>
        </li>
      ))}
    </ol>
  );
}
