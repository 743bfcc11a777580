import type { ActivityItem, AuditEventType } from '@latchkey/shared/schemas';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './activity-filter.module.css';

/** Events that a person should look at twice. */
const warnings = new Set<AuditEventType>([
  'sign-in-failed',
  'sign-in-locked',
  'code-failed',
  'refresh-reused',
  'password-confirmation-failed',
]);
const signIns = new Set<AuditEventType>([
  'code-sent',
  'signed-in',
  'signed-out',
  'session-revoked',
  'other-sessions-revoked',
  'session-confirmed',
]);

export const isWarning = ({ type }: Pick<ActivityItem, 'type'>): boolean => warnings.has(type);

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
