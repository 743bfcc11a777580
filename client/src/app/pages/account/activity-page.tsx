import { limits } from '@latchkey/shared/limits';
import { Button, Skeleton, Text } from '@mantine/core';
import { useState } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel, Rows } from '../../../components/panel.tsx';
import { ActivityFilter, type ShownKind } from '../../../features/activity/activity-filter.tsx';
import { ActivityList } from '../../../features/activity/activity-list.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

/** Takes over the focus of the button that was the last. */
const focusOn = (element: HTMLElement | null) => element?.focus({ preventScroll: true });

export function ActivityPage() {
  const { t } = useLocale();
  const [kind, setKind] = useState<ShownKind>('all');
  const activity = trpc.user.listActivity.useInfiniteQuery(
    { limit: limits.pageSize, ...(kind !== 'all' && { kind }) },
    { getNextPageParam: ({ nextCursor }) => nextCursor },
  );
  return (
    <>
      <PageHeading title={t.activity.title} lead={t.activity.lead} />
      <Rows>
        <ActivityFilter kind={kind} onChange={setKind} />
        <QueryView query={activity} skeleton={<Skeleton height={480} radius="lg" />}>
          {({ pages }) => {
            const items = pages.flatMap((page) => page.items);
            return (
              <Rows>
                <Panel>
                  {items.length > 0 ? (
                    <ActivityList items={items} />
                  ) : (
                    <Text c="dimmed">{kind === 'all' ? t.activity.empty : t.activity.noneOfKind}</Text>
                  )}
                </Panel>
                {activity.hasNextPage ? (
                  <Button
                    variant="default"
                    onClick={() => !activity.isFetchingNextPage && activity.fetchNextPage()}
                    aria-disabled={activity.isFetchingNextPage || undefined}
                  >
                    {t.common.more}
                  </Button>
                ) : (
                  items.length > 0 && (
                    <Text c="dimmed" size="sm" tabIndex={-1} ref={pages.length > 1 ? focusOn : undefined}>
                      {t.activity.end}
                    </Text>
                  )
                )}
              </Rows>
            );
          }}
        </QueryView>
      </Rows>
    </>
  );
}
