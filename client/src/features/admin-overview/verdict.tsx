import type { Overview, SignalKind } from '@latchkey/shared/admin-schemas';
import type { AuditEventType } from '@latchkey/shared/schemas';
import { Title } from '@mantine/core';
import { Notice } from '../../components/notice.tsx';
import { TextLink } from '../../components/text-link.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import type { OverviewFormat } from './overview-format.ts';
import classes from './verdict.module.css';

type Signal = Overview['verdict']['signals'][number];

/** The events in which more is to be seen. */
const eventsOf: Partial<Record<SignalKind, AuditEventType>> = {
  failures: 'sign-in-failed',
  locks: 'sign-in-locked',
  registrations: 'registered',
  resetsRequested: 'password-reset-requested',
};

/** Whether somebody is attacking, in words: what is unusual first, then the last hour beside what is usual. */
export function Verdict({ verdict, format }: { verdict: Overview['verdict']; format: OverviewFormat }) {
  const { overview: t } = useAdminMessages();
  const { level, comparedDays, signals } = verdict;
  const unusual = signals.filter((signal) => signal.unusual);
  const usually = ({ usual }: Signal) =>
    comparedDays === 0
      ? t.nothingUsual
      : t.usually(usual > 0 ? format.number(Math.max(1, Math.round(usual))) : undefined);

  return (
    <section className={classes.verdict} aria-label={t.verdict}>
      {level === 'quiet' ? (
        <Notice tone="good">
          <strong>{t.quiet}.</strong> {comparedDays > 0 ? t.quietText : t.quietFirstDay}
        </Notice>
      ) : (
        <Notice tone="bad">
          {unusual.map((signal) => (
            <p key={signal.kind} className={classes.unusual}>
              <strong>{t.signals[signal.kind].unusual}:</strong>{' '}
              {t.inLastHour(t.signals[signal.kind].count(signal.lastHour, format.number(signal.lastHour)))},{' '}
              {usually(signal)}.{' '}
              {eventsOf[signal.kind] && (
                <TextLink to="/admin/audit" search={{ type: eventsOf[signal.kind] }} c="inherit" size="sm">
                  {t.seeEvents}
                </TextLink>
              )}
            </p>
          ))}
        </Notice>
      )}
      <Title order={2} size="h3" className={classes.title}>
        {t.lastHour}
      </Title>
      <dl className={classes.signals}>
        {signals.map((signal) => (
          <div key={signal.kind} data-unusual={signal.unusual || undefined}>
            <dt>{t.signals[signal.kind].label}</dt>
            <dd>
              <span className={classes.count}>{format.number(signal.lastHour)}</span>
              <span className={classes.usual}>{usually(signal)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
