import { limits } from '@latchkey/shared/limits';
import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Pager } from '../../../components/list/pager.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { VisuallyHidden } from '../../../components/visually-hidden.tsx';
import { AuditFilters } from '../../../features/audit/audit-filters.tsx';
import { toAuditFilters } from '../../../features/audit/audit-input.ts';
import { AuditList, NoEvents, WaitingEvents } from '../../../features/audit/audit-list.tsx';
import { type AuditSearch, countFilters } from '../../../features/audit/audit-search.ts';
import { ExportAudit } from '../../../features/audit/export-audit.tsx';
import { useAdminMessages } from '../../../i18n/admin/admin-messages.ts';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function AuditPage() {
  const { audit: t } = useAdminMessages();
  const search = useSearch({ from: '/admin/audit' });
  const navigate = useNavigate({ from: '/admin/audit' });
  const events = trpc.admin.listAudit.useQuery(
    { ...toAuditFilters(search), cursor: search.after, limit: limits.pageSize },
    { placeholderData: (before) => before, trpc: { abortOnUnmount: true } },
  );

  /** Other filters begin at their first page, and take the place of those before in the history. */
  const show = (next: AuditSearch) => void navigate({ search: { ...next, after: undefined }, replace: true });

  return (
    <>
      <PageHeading title={t.title} lead={t.lead} />
      <AuditFilters
        search={search}
        isReadable={events.data !== undefined}
        onChange={(change) => show({ ...search, ...change })}
        onClear={() => show({})}
      />
      <QueryView query={events} skeleton={<WaitingEvents />}>
        {({ items, nextCursor }) => (
          <>
            <VisuallyHidden role="status">
              {!events.isPlaceholderData && t.found(items.length, nextCursor !== null)}
            </VisuallyHidden>
            {items.length > 0 ? (
              <AuditList items={items} isOld={events.isPlaceholderData} />
            ) : (
              <NoEvents>
                <p>{search.after === undefined ? t.none : t.noneHere}</p>
                {countFilters(search) > 0 && (
                  <Button variant="default" onClick={() => show({})}>
                    {t.filters.clear}
                  </Button>
                )}
              </NoEvents>
            )}
            <Pager after={search.after} next={events.isPlaceholderData ? undefined : nextCursor} />
            {items.length > 0 && <ExportAudit search={search} />}
          </>
        )}
      </QueryView>
    </>
  );
}
