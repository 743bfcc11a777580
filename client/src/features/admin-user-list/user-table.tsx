import type { AdminUser } from '@latchkey/shared/admin-schemas';
import { Skeleton, Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type MouseEvent, type ReactNode, useRef } from 'react';
import { useNow } from '../../components/clock.ts';
import { Moment } from '../../components/moment.tsx';
import { UserState } from '../../components/user-state.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { initialsOf } from '../../i18n/initials.ts';
import { useLocale } from '../../i18n/locale.tsx';
import type { UserSearch } from './user-search.ts';
import classes from './user-table.module.css';

interface UserTableProps {
  users: AdminUser[];
  /** The list that they are of, to come back to. */
  search: UserSearch;
  /** Whether they are those of the question before. */
  isOld: boolean;
}

/** Users in rows, on a phone as cards. Each row leads to its user. The roles are said because a grid has none by itself. */
export function UserTable({ users, search, isOld }: UserTableProps) {
  const { t: common } = useLocale();
  const { users: t } = useAdminMessages();
  const now = useNow(60_000);
  // A search sorts by what it found.
  const sort = search.q === undefined ? (search.sort ?? 'date') : undefined;
  return (
    <div className={classes.frame} aria-busy={isOld}>
      <Table className={classes.table} role="table" aria-label={t.title}>
        <Table.Thead role="rowgroup">
          <Table.Tr role="row">
            <Table.Th role="columnheader" aria-sort={sort === 'name' ? 'ascending' : undefined}>
              {t.columns.name}
            </Table.Th>
            <Table.Th role="columnheader">{common.label.email}</Table.Th>
            <Table.Th role="columnheader">{t.columns.state}</Table.Th>
            <Table.Th role="columnheader">{t.columns.devices}</Table.Th>
            <Table.Th role="columnheader">{t.columns.lastSignIn}</Table.Th>
            <Table.Th
              role="columnheader"
              className={classes.joined}
              aria-sort={sort === 'date' ? 'descending' : undefined}
            >
              {t.columns.joined}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody role="rowgroup">
          {users.map((user) => (
            <UserRow key={user.id} user={user} search={search} now={now} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** What tells more to a pointer that rests on it lies above the link of the row, and leads where that leads all the same. */
function follow({ target }: MouseEvent, link: HTMLAnchorElement | null) {
  const isSelecting = document.getSelection()?.isCollapsed === false;
  if (target instanceof Node && !link?.contains(target) && !isSelecting) link?.click();
}

function UserRow({ user, search, now }: { user: AdminUser; search: UserSearch; now: number }) {
  const { t: common, format } = useLocale();
  const { users: t } = useAdminMessages();
  const link = useRef<HTMLAnchorElement>(null);
  return (
    <Table.Tr role="row" className={classes.row} onClick={(event) => follow(event, link.current)}>
      <Table.Td role="cell" className={classes.person}>
        <span className={classes.initials} aria-hidden="true">
          {initialsOf(user)}
        </span>
        <div className={classes.names}>
          <Link
            to="/admin/users/$userId"
            params={{ userId: user.id }}
            state={({ pagesBefore = [] }) => ({ list: search, pagesBefore })}
            className={classes.link}
            ref={link}
          >
            {user.firstName} {user.lastName}
          </Link>
          <span className={`${classes.cut} ${classes.dimmed}`}>@{user.username}</span>
        </div>
      </Table.Td>
      <Table.Td role="cell" className={classes.mail}>
        <div>
          <span className={classes.cut} title={user.email}>
            {user.email}
          </span>
          {!user.emailVerified && <span className={classes.besides}>{common.overview.unverified}</span>}
        </div>
      </Table.Td>
      <Table.Td role="cell" className={classes.state}>
        <UserState status={user.status} />
        {user.role === 'admin' && <span className={classes.besides}>{t.admin}</span>}
      </Table.Td>
      <Table.Td role="cell" className={classes.devices} data-label={t.columns.devices}>
        {user.sessions > 0 ? user.sessions : <span className={classes.dimmed}>0</span>}
      </Table.Td>
      <Table.Td role="cell" data-label={t.columns.lastSignIn}>
        {user.lastLoginAt ? (
          <Moment at={user.lastLoginAt} now={now} />
        ) : (
          <span className={classes.dimmed}>{t.never}</span>
        )}
      </Table.Td>
      <Table.Td role="cell" className={classes.joined}>
        <time dateTime={user.dateJoined} title={format.exact(user.dateJoined)}>
          {format.shortDate(user.dateJoined)}
        </time>
      </Table.Td>
    </Table.Tr>
  );
}

/** The list while the first page of it comes, in the shape of what comes. */
export function WaitingUsers() {
  return (
    <div className={classes.frame}>
      <div className={classes.waiting}>
        {Array.from({ length: 8 }, (_, row) => (
          <Skeleton key={row} height={40} />
        ))}
      </div>
    </div>
  );
}

/** In the place of the list where nobody is in it, with a way on. */
export function NoUsers({ children }: { children: ReactNode }) {
  return <div className={`${classes.frame} ${classes.nobody}`}>{children}</div>;
}
