import type { AdminUserDetails } from '@latchkey/shared/admin-schemas';
import { Skeleton, Text, Title } from '@mantine/core';
import { useLocation, useNavigate, useParams } from '@tanstack/react-router';
import { type ComponentProps, type ReactNode, useState } from 'react';
import { Icon } from '../../../components/icons.tsx';
import { FocusedNotice } from '../../../components/notice.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel } from '../../../components/panel.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { ActivityOf } from '../../../features/activity/activity-of.tsx';
import { UserActions } from '../../../features/admin-user/user-actions.tsx';
import { UserFacts } from '../../../features/admin-user/user-facts.tsx';
import { UserProfile } from '../../../features/admin-user/user-profile.tsx';
import { DevicesOf } from '../../../features/devices/devices-of.tsx';
import { useAdminMessages } from '../../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { refusalOf, toProblem } from '../../../session/problem.ts';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';
import classes from './user-page.module.css';

/** What came of the last action. */
interface Result {
  tone: 'good' | 'bad';
  text: string;
  /** Counts up, so that the same result is told again. */
  count: number;
}

export function UserPage() {
  const { userId } = useParams({ from: '/admin/users/$userId' });
  return <PageOf key={userId} userId={userId} />;
}

function PageOf({ userId }: { userId: string }) {
  const { user: t } = useAdminMessages();
  const { t: common } = useLocale();
  const utils = trpc.useUtils();
  const navigate = useNavigate();
  const me = trpc.user.me.useQuery();
  const query = trpc.admin.getUser.useQuery({ userId });
  const [result, setResult] = useState<Result>();
  const isSelf = me.data?.id === userId;

  const tell = (tone: Result['tone'], text: string) =>
    setResult((before) => ({ tone, text, count: (before?.count ?? 0) + 1 }));

  function refresh() {
    void utils.admin.invalidate();
    if (isSelf) void utils.user.invalidate();
  }

  const finish: ComponentProps<typeof UserActions>['onDone'] = (action, text) => {
    // Whoever gave up the right themselves goes on where they still may.
    if (isSelf && action === 'withdraw') void navigate({ to: '/account' });
    tell('good', text);
    if (action === 'remove') void utils.admin.getUser.reset({ userId });
    refresh();
  };

  return (
    <>
      <BackLink />
      {result && (
        <div className={classes.result}>
          <FocusedNotice key={result.count} tone={result.tone}>
            {result.text}
          </FocusedNotice>
        </div>
      )}
      {refusalOf(toProblem(query.error))?.code === 'NOT_FOUND' ? (
        <PageHeading title={t.gone} lead={!result && t.goneText} keepFocus={result !== undefined} />
      ) : (
        <QueryView query={query} title={t.title} skeleton={<Skeleton height={480} radius="lg" />}>
          {(user) => (
            <>
              <PageHeading title={`${user.firstName} ${user.lastName}`} lead={`@${user.username} · ${user.email}`} />
              <div className={classes.columns}>
                <div className={classes.column}>
                  <Section title={t.state}>
                    <UserFacts user={user} isSelf={isSelf} />
                  </Section>
                  <Section title={t.actionsTitle}>
                    <UserActions user={user} isSelf={isSelf} onDone={finish} />
                  </Section>
                </div>
                <div className={classes.column}>
                  <Section title={t.profile}>
                    <UserProfile
                      user={user}
                      onDone={(text) => {
                        tell('good', text);
                        refresh();
                      }}
                      onDead={(reason) => tell('bad', common.email.deadText[reason])}
                    />
                  </Section>
                  <DevicesAndActivity user={user} />
                </div>
              </div>
            </>
          )}
        </QueryView>
      )}
    </>
  );
}

function DevicesAndActivity({ user: { id, devices, activity } }: { user: AdminUserDetails }) {
  const { user: t } = useAdminMessages();
  return (
    <>
      <Section title={t.devices}>
        {devices.length > 0 ? <DevicesOf sessions={devices} /> : <Text c="dimmed">{t.noDevices}</Text>}
      </Section>
      <Section title={t.activity}>
        {activity.length > 0 ? <ActivityOf items={activity} /> : <Text c="dimmed">{t.noActivity}</Text>}
        <TextLink to="/admin/audit" search={{ user: id }} size="sm" className={classes.all}>
          {t.allActivity}
        </TextLink>
      </Section>
    </>
  );
}

/** Leads to the list as it was left, where it led here. */
function BackLink() {
  const { user: t } = useAdminMessages();
  const { list = {}, pagesBefore = [] } = useLocation({ select: ({ state }) => state });
  return (
    <TextLink to="/admin/users" search={list} state={{ pagesBefore }} size="sm" className={classes.back}>
      <Icon name="arrowLeft" size={16} />
      {t.back}
    </TextLink>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Panel>
      <section className={classes.section}>
        <Title order={2}>{title}</Title>
        {children}
      </section>
    </Panel>
  );
}
