import { Skeleton } from '@mantine/core';
import { useState } from 'react';
import { LeaveGuard } from '../../../components/form/leave-guard.tsx';
import { FocusedNotice } from '../../../components/notice.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { DeviceList } from '../../../features/devices/device-list.tsx';
import { EndSessions } from '../../../features/devices/end-sessions.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { useSession } from '../../../session/use-session.ts';
import { QueryView } from '../../query-view.tsx';

export function DevicesPage() {
  const { t } = useLocale();
  const session = useSession();
  const list = trpc.session.list.useQuery();
  const [said, say] = useState<string>();
  return (
    <>
      <LeaveGuard />
      <PageHeading title={t.devices.title} lead={t.devices.lead} />
      <QueryView query={list} skeleton={<Skeleton height={170} radius="lg" />}>
        {(sessions) => (
          <Rows>
            {said && <FocusedNotice tone="good">{said}</FocusedNotice>}
            <EndSessions hasOthers={sessions.length > 1} signOut={session.signOut} say={say} />
            <Panel>
              <DeviceList sessions={sessions} say={say} />
            </Panel>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
