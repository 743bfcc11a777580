import type { Overview } from '@latchkey/shared/admin-schemas';
import { Title } from '@mantine/core';
import { Notice } from '../../components/notice.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import type { OverviewFormat } from './overview-format.ts';
import classes from './present-state.module.css';

/** The server counts no further. */
const mostCounted = 1_000;

/** How things are now: what waits, and how many accounts there are. */
export function PresentState({ present, format }: { present: Overview['present']; format: OverviewFormat }) {
  const { overview: t } = useAdminMessages();
  const counted = (count: number) => (count < mostCounted ? format.number(count) : t.orMore(format.number(count)));
  const facts = [
    [t.present.mailServer, present.mailServerOk ? t.present.mailServerOk : t.present.mailServerAway],
    [t.present.mailBacklog, counted(present.mailBacklog)],
    [t.present.accounts, t.about(format.number(present.accountsEstimate))],
    [t.present.disabled, counted(present.disabledAccounts)],
  ];
  return (
    <section className={classes.present}>
      <Title order={2} size="h3">
        {t.present.title}
      </Title>
      {!present.mailServerOk && <Notice tone="bad">{t.present.mailAway}</Notice>}
      <dl className={classes.facts}>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
