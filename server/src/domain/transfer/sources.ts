import { accountRecord } from '@latchkey/shared/account-record';
import { canonicalKey } from '../names.ts';
import { dateOf, isTrue, type ReadRow, type Row, RowRefused, textOf } from './candidate.ts';

const isObject = (value: unknown): value is Row => typeof value === 'object' && value !== null;
/** What Django writes where an account has no password, and what is before it is only chance. */
const isUnusableInDjango = (hash: string) => hash === '' || hash.startsWith('!');

/** A row of `dumpdata`, in which other models stand, too, or of the table `auth_user`, or of a model of the project's own. */
const fromDjango: ReadRow = (row) => {
  const isDump = isObject(row.fields) && typeof row.model === 'string';
  const fields: Row = isDump ? { id: row.pk, ...(row.fields as Row) } : row;
  if (isDump && (fields.username === undefined || fields.password === undefined)) return undefined;
  const id = textOf(fields.id);
  if (id === '') throw new RowRefused('no-id');
  const hash = textOf(fields.password);
  return {
    externalId: `django:${id}`,
    username: textOf(fields.username),
    email: textOf(fields.email),
    firstName: textOf(fields.first_name),
    lastName: textOf(fields.last_name),
    locale: 'en',
    role: isTrue(fields.is_staff) || isTrue(fields.is_superuser) ? 'admin' : 'user',
    status: fields.is_active === undefined || isTrue(fields.is_active) ? 'active' : 'disabled',
    createdAt: dateOf(fields.date_joined),
    lastLoginAt: dateOf(fields.last_login),
    emailVerifiedAt: undefined,
    unverifiedUntil: undefined,
    passwordHash: isUnusableInDjango(hash) ? undefined : hash,
  };
};

const camelCase = (name: string) => name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());

/** A row with our own names of fields, in camelCase or snake_case. Only `id`, `username` and `email` must be there. */
const fromGeneric: ReadRow = (row) => {
  const fields = Object.fromEntries(Object.entries(row).map(([name, value]) => [camelCase(name), value]));
  const id = textOf(fields.id);
  if (id === '') throw new RowRefused('no-id');
  const hash = textOf(fields.passwordHash);
  const createdAt = dateOf(fields.createdAt);
  return {
    externalId: `generic:${id}`,
    username: textOf(fields.username),
    email: textOf(fields.email),
    firstName: textOf(fields.firstName),
    lastName: textOf(fields.lastName),
    locale: fields.locale === 'de' ? 'de' : 'en',
    role: fields.role === 'admin' ? 'admin' : 'user',
    status: fields.status === 'disabled' || isTrue(fields.disabled) ? 'disabled' : 'active',
    createdAt,
    lastLoginAt: dateOf(fields.lastLoginAt),
    emailVerifiedAt: isTrue(fields.emailVerified) ? (createdAt ?? new Date(0)) : dateOf(fields.emailVerifiedAt),
    unverifiedUntil: undefined,
    passwordHash: hash === '' ? undefined : hash,
  };
};

/** What `export-users` wrote. */
const fromLatchkey: ReadRow = (row) => {
  const parsed = accountRecord.safeParse(row);
  if (!parsed.success) throw new RowRefused('bad-record');
  const {
    createdAt,
    lastLoginAt,
    emailVerifiedAt,
    unverifiedUntil,
    closedUntil,
    heldUsernames = [],
    passwordHash,
    ...rest
  } = parsed.data;
  return {
    ...rest,
    heldNames: heldUsernames.map(({ username, until }) => ({ key: canonicalKey(username), until: new Date(until) })),
    createdAt: dateOf(createdAt),
    lastLoginAt: dateOf(lastLoginAt),
    emailVerifiedAt: dateOf(emailVerifiedAt),
    unverifiedUntil: dateOf(unverifiedUntil),
    closedUntil: dateOf(closedUntil),
    passwordHash: passwordHash ?? undefined,
  };
};

/** Where accounts can come from, by the word for it on the command line. */
export const sources = { django: fromDjango, latchkey: fromLatchkey, generic: fromGeneric } as const satisfies Record<
  string,
  ReadRow
>;

export type Source = keyof typeof sources;
