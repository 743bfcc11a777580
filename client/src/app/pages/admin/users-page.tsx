import { limits } from '@latchkey/shared/limits';
import { Button } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Pager } from '../../../components/list/pager.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { VisuallyHidden } from '../../../components/visually-hidden.tsx';
import { UserFilters } from '../../../features/admin-user-list/user-filters.tsx';
import { isNarrowed, toListInput, type UserSearch } from '../../../features/admin-user-list/user-search.ts';
import { NoUsers, UserTable, WaitingUsers } from '../../../features/admin-user-list/user-table.tsx';
import { useAdminMessages } from '../../../i18n/admin/admin-messages.ts';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function UsersPage() {
  const { users: t } = useAdminMessages();
  const search = useSearch({ from: '/admin/users' });
  const navigate = useNavigate({ from: '/admin/users' });
  const users = trpc.admin.listUsers.useQuery(
    { ...toListInput(search), limit: limits.pageSize },
    // What is typed on gives up the question before.
    { placeholderData: (before) => before, trpc: { abortOnUnmount: true } },
  );

  /** Another list begins at its first page, and takes the place of the one before in the history. */
  const show = (next: UserSearch) => void navigate({ search: { ...next, after: undefined }, replace: true });

  return (
    <>
      <PageHeading title={t.title} lead={t.lead} />
      <UserFilters
        search={search}
        onChange={(change) => show({ ...search, ...change })}
        onClear={() => show({ sort: search.sort })}
      />
      <QueryView query={users} skeleton={<WaitingUsers />}>
        {({ items, nextCursor }) => (
          <>
            <VisuallyHidden role="status">
              {!users.isPlaceholderData && t.found(items.length, nextCursor !== null)}
            </VisuallyHidden>
            {items.length > 0 ? (
              <UserTable users={items} search={search} isOld={users.isPlaceholderData} />
            ) : (
              <NoUsers>
                <p>{search.after === undefined ? t.nobody : t.nobodyHere}</p>
                {isNarrowed(search) && (
                  <Button variant="default" onClick={() => show({ sort: search.sort })}>
                    {t.filters.clear}
                  </Button>
                )}
              </NoUsers>
            )}
          </>
        )}
      </QueryView>
      <Pager after={search.after} next={users.isPlaceholderData ? undefined : users.data?.nextCursor} />
    </>
  );
}
