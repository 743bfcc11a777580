import { type ActivityKind, activityKinds } from '@latchkey/shared/schemas';
import classes from '../../components/list/pills.module.css';
import { useLocale } from '../../i18n/locale.tsx';

export type ShownKind = ActivityKind | 'all';
const kinds: ShownKind[] = ['all', ...activityKinds];

/** Which kind of events is shown. */
export function ActivityFilter({ kind, onChange }: { kind: ShownKind; onChange: (kind: ShownKind) => void }) {
  const { t } = useLocale();
  return (
    <fieldset className={classes.pills} aria-label={t.activity.filter}>
      {kinds.map((name) => (
        <button key={name} type="button" aria-pressed={name === kind} onClick={() => onChange(name)}>
          {t.activity.kinds[name]}
        </button>
      ))}
    </fieldset>
  );
}
