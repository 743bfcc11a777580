import type { ActivityItem, AuditEventType } from '@latchkey/shared/schemas';
import { isWarning } from '../../components/warning-event.ts';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-filter.module.css';

const signIns = new Set<AuditEventType>([
  'code-sent',
  'signed-in',
  'signed-out',
  'session-revoked',
  'other-sessions-revoked',
  'session-confirmed',
]);

const tests = {
  all: () => true,
  'sign-ins': (item: ActivityItem) => signIns.has(item.type) || isWarning(item),
  changes: (item: ActivityItem) => !signIns.has(item.type) && !isWarning(item),
  warnings: isWarning,
} satisfies Record<string, (item: ActivityItem) => boolean>;

export type ActivityKind = keyof typeof tests;
const kinds = Object.keys(tests) as ActivityKind[];

export const ofKind = (items: ActivityItem[], kind: ActivityKind): ActivityItem[] => items.filter(tests[kind]);

/** Which kind of events is shown. */
export function ActivityFilter({ kind, onChange }: { kind: ActivityKind; onChange: (kind: ActivityKind) => void }) {
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
