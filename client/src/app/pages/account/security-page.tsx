import { Badge, Skeleton } from '@mantine/core';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { ValueRows } from '../../../components/value-rows.tsx';
import { ActivityList } from '../../../features/activity/activity-list.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';
import { AccountRow } from './account-rows.tsx';
import { DevicesCount } from './devices-count.tsx';
import { passwordAge } from './password-age.ts';
import classes from './security-page.module.css';

/** As many events as give three rows, sign-ins with their codes among them. */
const recentEvents = 6;
const recentRows = 3;

/** Everything that keeps the account its owner's, at a glance. */
export function SecurityPage() {
  const { t, format } = useLocale();
  const me = trpc.user.me.useQuery();
  const activity = trpc.user.listActivity.useQuery({ limit: recentEvents });
  return (
    <>
      <PageHeading title={t.security.title} lead={t.security.lead} />
      <QueryView query={me} skeleton={<Skeleton height={520} radius="lg" />}>
        {(user) => (
          <Rows>
            <Panel>
              <ValueRows>
                <AccountRow name={t.nav.password} to="/account/password" action={t.overview.change}>
                  {passwordAge(user, t, format)}
                </AccountRow>
                <AccountRow name={t.security.secondStep} to="/account/email" action={t.overview.change}>
                  {t.security.mailedCode(user.email)} <Badge variant="light">{t.security.on}</Badge>
                </AccountRow>
                <AccountRow name={t.nav.devices} to="/account/devices" action={t.overview.manage}>
                  <DevicesCount />
                </AccountRow>
                <AccountRow name={t.security.recovery} to="/forgot-password" action={t.security.resetNow}>
                  {t.security.recoveryText(user.email)}
                </AccountRow>
              </ValueRows>
            </Panel>
            <Panel>
              <ValueRows>
                <AccountRow name={t.security.recent} to="/account/activity" action={t.security.all}>
                  {t.overview.activityText}
                </AccountRow>
              </ValueRows>
              <div className={classes.recent}>
                <QueryView query={activity} skeleton={<Skeleton height={200} radius="md" />}>
                  {({ items }) => <ActivityList items={items} rows={recentRows} />}
                </QueryView>
              </div>
            </Panel>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
