import type { AdminUser, ListUsersInput } from '@latchkey/shared/admin-schemas';
import { addressText } from '../../components/address-text.ts';

/** What the list of users shows, as the address says it. What is not there is not asked for. */
export interface UserSearch {
  q?: string | undefined;
  role?: AdminUser['role'] | undefined;
  status?: AdminUser['status'] | undefined;
  verified?: boolean | undefined;
  /** Whether they are signed in anywhere. */
  sessions?: boolean | undefined;
  /** By the date of their registration, unless it says otherwise. */
  sort?: 'name' | undefined;
  /** The cursor of the page. */
  after?: string | undefined;
}

const oneOf = <Value>(value: unknown, ...values: Value[]): Value | undefined => values.find((known) => known === value);

/** Reads an address that anybody may have typed. */
export const readUserSearch = (given: Record<string, unknown>): UserSearch => ({
  q: addressText(given.q),
  role: oneOf(given.role, 'user', 'admin'),
  status: oneOf(given.status, 'active', 'disabled', 'closed'),
  verified: oneOf(given.verified, true, false),
  sessions: oneOf(given.sessions, true, false),
  sort: oneOf(given.sort, 'name'),
  after: addressText(given.after),
});

/** Whether not everybody is shown. */
export const isNarrowed = ({ q, role, status, verified, sessions }: UserSearch): boolean =>
  [q, role, status, verified, sessions].some((value) => value !== undefined);

export const toListInput = ({ q, sessions, sort, after, ...filters }: UserSearch) =>
  ({ ...filters, search: q, hasSessions: sessions, sort: sort ?? 'date', cursor: after }) satisfies Omit<
    ListUsersInput,
    'limit'
  >;
