import { Badge, Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel } from '../../../components/panel.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';
import classes from './overview-page.module.css';

type Place = '/account/profile' | '/account/email' | '/account/password' | '/account/devices' | '/account/activity';

export function OverviewPage() {
  const { t, format } = useLocale();
  const me = trpc.user.me.useQuery();

  return (
    <QueryView query={me} title={t.nav.overview} skeleton={<Skeleton height={420} radius="lg" />}>
      {(user) => (
        <>
          <PageHeading title={t.overview.title(user.firstName)} lead={t.overview.lead} />
          <Panel>
            <ul className={classes.rows}>
              <Row name={t.nav.profile} to="/account/profile" action={t.overview.change}>
                {user.firstName} {user.lastName} <span className={classes.dimmed}>@{user.username}</span>
              </Row>
              <Row name={t.nav.email} to="/account/email" action={t.overview.change}>
                {user.email}{' '}
                <Badge variant="light" color={user.emailVerified ? 'pine' : 'gray'}>
                  {user.emailVerified ? t.overview.verified : t.overview.unverified}
                </Badge>
              </Row>
              <Row name={t.nav.password} to="/account/password" action={t.overview.change}>
                <span className={classes.dimmed}>{t.overview.passwordText}</span>
              </Row>
              <Row name={t.nav.devices} to="/account/devices" action={t.overview.manage}>
                <DevicesCount />
              </Row>
              <Row name={t.nav.activity} to="/account/activity" action={t.overview.view}>
                <span className={classes.dimmed}>{t.overview.activityText}</span>
              </Row>
            </ul>
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

function DevicesCount() {
  const { t } = useLocale();
  const sessions = trpc.session.list.useQuery();
  if (sessions.data) return t.overview.devicesCount(sessions.data.length);
  if (!sessions.error) return <Skeleton height="1.5em" width="12em" />;
  return (
    <>
      <span role="status">{t.overview.notLoaded}</span>
      <Button variant="subtle" size="compact-sm" onClick={() => sessions.refetch()}>
        {t.common.tryAgain}
      </Button>
    </>
  );
}

function Row({ name, to, action, children }: { name: string; to: Place; action: string; children: ReactNode }) {
  return (
    <li className={classes.row}>
      <div className={classes.text}>
        <h2>{name}</h2>
        <div className={classes.value}>{children}</div>
      </div>
      <TextLink to={to} aria-label={`${name}: ${action}`}>
        {action}
      </TextLink>
    </li>
  );
}
