import { limits } from '@latchkey/shared/limits';
import { Button, Skeleton, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getQueryKey } from '@trpc/react-query';
import { PageHeading } from '../../components/page-heading.tsx';
import { Panel, Rows } from '../../components/panel.tsx';
import { ActivityList } from '../../features/activity/activity-list.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { QueryView } from '../query-view.tsx';

export function ActivityPage() {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  // Not tRPC's own infinite query: it sends a direction, too, which the strict input refuses.
  const activity = useInfiniteQuery({
    queryKey: getQueryKey(trpc.user.listActivity, undefined, 'infinite'),
    queryFn: ({ pageParam, signal }) =>
      utils.client.user.listActivity.query(
        { limit: limits.pageSize, ...(pageParam && { cursor: pageParam }) },
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  return (
    <>
      <PageHeading title={t.activity.title} lead={t.activity.lead} />
      <QueryView query={activity} skeleton={<Skeleton height={480} radius="lg" />}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return (
            <Rows>
              <Panel>
                {items.length > 0 ? <ActivityList items={items} /> : <Text c="dimmed">{t.activity.empty}</Text>}
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
                  <Text c="dimmed" size="sm">
                    {t.activity.end}
                  </Text>
                )
              )}
            </Rows>
          );
        }}
      </QueryView>
    </>
  );
}
