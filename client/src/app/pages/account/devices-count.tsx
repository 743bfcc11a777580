import { Button, Skeleton } from '@mantine/core';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';

/** On how many devices the account is signed in, or that this could not be loaded. */
export function DevicesCount() {
  const { t } = useLocale();
  const sessions = trpc.session.list.useQuery();
  if (sessions.data) return t.overview.devicesCount(sessions.data.length);
  if (!sessions.error) return <Skeleton height="1.5em" width="12em" />;
  return (
    <>
      <span role="status">{t.overview.notLoaded}</span>
      <Button variant="default" size="compact-sm" onClick={() => sessions.refetch()}>
        {t.common.tryAgain}
      </Button>
    </>
  );
}
