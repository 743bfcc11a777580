import { Skeleton } from '@mantine/core';
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
  return (
    <>
      <PageHeading title={t.devices.title} lead={t.devices.lead} />
      <QueryView query={list} skeleton={<Skeleton height={170} radius="lg" />}>
        {(sessions) => (
          <Rows>
            <EndSessions hasOthers={sessions.length > 1} signOut={session.signOut} />
            <Panel>
              <DeviceList sessions={sessions} />
            </Panel>
          </Rows>
        )}
      </QueryView>
    </>
  );
}
