import { Badge, Skeleton } from '@mantine/core';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel } from '../../../components/panel.tsx';
import { ValueRows } from '../../../components/value-rows.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';
import { AccountRow } from './account-rows.tsx';
import { DevicesCount } from './devices-count.tsx';
import classes from './overview-page.module.css';
import { passwordAge } from './password-age.ts';

export function OverviewPage() {
  const { t, format } = useLocale();
  const me = trpc.user.me.useQuery();

  return (
    <QueryView query={me} title={t.nav.overview} skeleton={<Skeleton height={420} radius="lg" />}>
      {(user) => (
        <>
          <PageHeading title={t.overview.title(user.firstName)} lead={t.overview.lead} />
          <Panel>
            <ValueRows>
              <AccountRow name={t.nav.profile} to="/account/profile" action={t.overview.change}>
                {user.firstName} {user.lastName} <span className={classes.dimmed}>@{user.username}</span>
              </AccountRow>
              <AccountRow name={t.nav.email} to="/account/email" action={t.overview.change}>
                {user.email}{' '}
                <Badge variant="light" color={user.emailVerified ? 'pine' : 'gray'}>
                  {user.emailVerified ? t.overview.verified : t.overview.unverified}
                </Badge>
              </AccountRow>
              <AccountRow name={t.nav.password} to="/account/password" action={t.overview.change}>
                <span className={classes.dimmed}>{passwordAge(user, t, format)}</span>
              </AccountRow>
              <AccountRow name={t.nav.devices} to="/account/devices" action={t.overview.manage}>
                <DevicesCount />
              </AccountRow>
              <AccountRow name={t.nav.activity} to="/account/activity" action={t.overview.view}>
                <span className={classes.dimmed}>{t.overview.activityText}</span>
              </AccountRow>
            </ValueRows>
          </Panel>
          <dl className={classes.facts}>
            <div>
              <dt>{t.overview.joined}</dt>
              <dd>{format.date(user.dateJoined)}</dd>
            </div>
            <div>
              <dt>{t.overview.lastLogin}</dt>
              <dd>{user.lastLoginAt ? format.dateTime(user.lastLoginAt) : t.overview.never}</dd>
            </div>
          </dl>
        </>
      )}
    </QueryView>
  );
}
