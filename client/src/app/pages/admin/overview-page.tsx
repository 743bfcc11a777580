import { Button, Group, Skeleton, Text, Title } from '@mantine/core';
import { keepPreviousData } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { overviewFormat } from '../../../features/admin-overview/overview-format.ts';
import { usualRange } from '../../../features/admin-overview/overview-search.ts';
import { PresentState } from '../../../features/admin-overview/present-state.tsx';
import { RangeChoice } from '../../../features/admin-overview/range-choice.tsx';
import { Verdict } from '../../../features/admin-overview/verdict.tsx';
import { useAdminMessages } from '../../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { loadPageCode } from '../../page-code.ts';
import { QueryView, useAskAgain } from '../../query-view.tsx';
import classes from './overview-page.module.css';

const refreshMilliseconds = 60_000;

/** What draws the charts weighs more than all the rest of the page, which says already what matters. */
const Charts = lazy(async () => {
  const { Charts } = await loadPageCode(() => import('../../../features/admin-overview/charts.tsx'));
  return { default: Charts };
});

export function OverviewPage() {
  const { format, locale } = useLocale();
  const { overview: t } = useAdminMessages();
  const { range = usualRange } = useSearch({ from: '/admin/' });
  const overview = trpc.admin.overview.useQuery(
    { range },
    {
      placeholderData: keepPreviousData,
      // Not once it failed: after a quarter of an hour somebody has to say that it is still them.
      refetchInterval: ({ state }) => (state.status === 'error' ? false : refreshMilliseconds),
    },
  );
  const askAgain = useAskAgain(overview);
  const isOutdated = overview.isError || overview.isPlaceholderData;
  const skeleton = <Skeleton height={640} radius="lg" />;

  return (
    <>
      <PageHeading title={t.title} lead={t.lead} />
      {/* What is shown is of before: why it could not be read anew stands above it. */}
      {overview.isError && overview.data && (
        <div className={classes.trouble}>
          <QueryView query={{ ...overview, data: undefined }} skeleton={null} isAside>
            {() => null}
          </QueryView>
        </div>
      )}
      <QueryView query={overview} skeleton={skeleton}>
        {(data) => {
          const numbers = overviewFormat(locale, range);
          const { from, stepSeconds, countedSince, verdict, present } = data;
          return (
            <div className={classes.parts} aria-busy={isOutdated || undefined}>
              <Verdict verdict={verdict} format={numbers} />
              <div className={classes.refresh}>
                <Button variant="default" size="sm" onClick={askAgain} aria-disabled={overview.isFetching || undefined}>
                  {t.refresh}
                </Button>
                <Text size="sm" c="dimmed" role="status">
                  {t.asOf(format.time(present.at))}
                </Text>
              </div>
              <PresentState present={present} format={numbers} />
              <section className={classes.parts}>
                <Group justify="space-between" gap="sm" mt="md">
                  <Title order={2} size="h3">
                    {t.overTime}
                  </Title>
                  <RangeChoice />
                </Group>
                <Text size="sm" c="dimmed">
                  {t.eachBar(stepSeconds / 3_600)}
                  {countedSince !== null && countedSince > from && ` ${t.countedSince(format.dateTime(countedSince))}`}
                </Text>
                <Suspense fallback={skeleton}>
                  <Charts overview={data} format={numbers} />
                </Suspense>
              </section>
            </div>
          );
        }}
      </QueryView>
    </>
  );
}
