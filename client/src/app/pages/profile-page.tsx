import { Skeleton } from '@mantine/core';
import { useState } from 'react';
import { Notice } from '../../components/notice.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel, Rows } from '../../components/panel.tsx';
import { ProfileForm } from '../../features/profile/profile-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { QueryView } from '../query-view.tsx';

export function ProfilePage() {
  const { t } = useLocale();
  const me = trpc.user.me.useQuery();
  const [saves, setSaves] = useState(0);
  return (
    <>
      <PageHeading title={t.profile.title} lead={t.profile.lead} />
      <QueryView query={me} skeleton={<Skeleton height={330} radius="lg" />}>
        {(user) => (
          <Rows>
            {saves > 0 && (
              <Notice key={saves} tone="good">
                {t.profile.saved}
              </Notice>
            )}
            <Panel>
              <ProfileForm user={user} onSaved={() => setSaves(saves + 1)} />
            </Panel>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
