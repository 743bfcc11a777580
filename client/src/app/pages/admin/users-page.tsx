import { limits } from '@latchkey/shared/limits';
import { Skeleton, Table } from '@mantine/core';
import { PageHeading } from '../../../components/page-heading.tsx';
import { Panel } from '../../../components/panel.tsx';
import { useAdminMessages } from '../../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { trpc } from '../../../session/trpc.ts';
import { QueryView } from '../../query-view.tsx';

export function UsersPage() {
  const { t: common, format } = useLocale();
  const t = useAdminMessages();
  const users = trpc.admin.listUsers.useQuery({ limit: limits.pageSize });
  return (
    <>
      <PageHeading title={t.users.title} lead={t.users.lead} />
      <QueryView query={users} skeleton={<Skeleton height={480} radius="lg" />}>
        {({ items }) => (
          <Panel>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t.users.columns.name}</Table.Th>
                  <Table.Th>{common.label.email}</Table.Th>
                  <Table.Th>{t.users.columns.joined}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {items.map((user) => (
                  <Table.Tr key={user.id}>
                    <Table.Td>
                      {user.firstName} {user.lastName} @{user.username}
                    </Table.Td>
                    <Table.Td>{user.email}</Table.Td>
                    <Table.Td>{format.date(user.dateJoined)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Panel>
        )}
      </QueryView>
    </>
  );
}
