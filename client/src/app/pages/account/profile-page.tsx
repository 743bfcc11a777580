import { Skeleton } from '@mantine/core';
import { LeaveGuard } from '../../../components/form/leave-guard.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { ExportData } from '../../../features/export-data/export-data.tsx';
import { ProfileForm } from '../../../features/profile/profile-form.tsx';
import { UsernameForm } from '../../../features/profile/username-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function ProfilePage() {
  const { t } = useLocale();
  const me = trpc.user.me.useQuery();
  return (
    <>
      <LeaveGuard />
      <PageHeading title={t.profile.title} lead={t.profile.lead} />
      <QueryView query={me} skeleton={<Skeleton height={330} radius="lg" />}>
        {(user) => (
          <Rows>
            <Panel>
              <ProfileForm user={user} />
            </Panel>
            <Panel>
              <UsernameForm user={user} />
            </Panel>
            <Panel>
              <ExportData />
            </Panel>
            <TextLink to="/account/delete" size="sm">
              {t.profile.delete}
            </TextLink>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
