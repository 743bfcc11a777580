import { type ActivityKind, activityKinds } from '@latchkey/shared/schemas';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-filter.module.css';

export type ShownKind = ActivityKind | 'all';
const kinds: ShownKind[] = ['all', ...activityKinds];

/** Which kind of events is shown. */
export function ActivityFilter({ kind, onChange }: { kind: ShownKind; onChange: (kind: ShownKind) => void }) {
  const { t } = useLocale();
  return (
    <fieldset className={classes.filter} aria-label={t.activity.filter}>
      {kinds.map((name) => (
        <button key={name} type="button" aria-pressed={name === kind} onClick={() => onChange(name)}>
          {t.activity.kinds[name]}
        </button>
      ))}
    </fieldset>
  );
}
