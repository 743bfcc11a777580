import type { AccountRecord } from '@latchkey/shared/account-record';
import type { Locale } from '@latchkey/shared/schemas';

/** An account as another system had it, before our rules have looked at it. */
export interface Candidate {
  /** The account's id with us, where it comes from us. */
  id?: string;
  externalId: string | null;
  username: string;
  /** Names that the account had before and keeps. */
  heldNames?: { key: string; until: Date }[];
  email: string;
  firstName: string;
  lastName: string;
  locale: Locale;
  /** An IANA name, where it is known. */
  timeZone?: string | undefined;
  role: AccountRecord['role'];
  status: AccountRecord['status'];
  createdAt: Date | undefined;
  lastLoginAt: Date | undefined;
  emailVerifiedAt: Date | undefined;
  unverifiedUntil: Date | undefined;
  closedUntil?: Date | undefined;
  /** In the form of the other system; undefined where the account has no password. */
  passwordHash: string | undefined;
}

/** Why a row does not come over, in the words of the report. */
export const refusals = {
  'no-id': 'has no id',
  'no-username': 'has no username',
  'bad-username': 'has a username that is longer than 150 characters or has signs that do not show',
  'no-email': 'has no e-mail address',
  'bad-email': 'has an e-mail address that is not valid',
  'no-end': 'is closed and does not say until when, or is not closed and does',
  'bad-date': 'has a date that is not valid',
  'bad-hash': 'has a password hash of a kind that is not known, or with parameters out of bounds',
  'no-argon2': 'has an argon2 hash, and the package @node-rs/argon2 is not installed',
  'bad-record': 'is no account as the schema has it',
  'duplicate-id': 'has the id of an earlier row',
  'duplicate-email': "has another account's e-mail address",
  'duplicate-username': "has another account's username",
  'username-is-email': "has a username that is another account's e-mail address",
} as const;

export type Refusal = keyof typeof refusals;

/** Thrown where a row cannot become an account. */
export class RowRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusals[refusal]);
    this.refusal = refusal;
  }
}

export type Row = Record<string, unknown>;

/** Reads a row of another system. Gives undefined for a row that is about something else; throws `RowRefused`. */
export type ReadRow = (row: Row) => Candidate | undefined;

/** Numbers and texts as text, anything else as an absent value. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

/** Databases write true as `t`, `true`, `True` or `1`. */
export const isTrue = (value: unknown): boolean =>
  value === true || ['t', 'true', '1'].includes(textOf(value).toLowerCase());

/**
 * A moment as a database or Django writes it, as `2024-01-31 09:30:00.123456+00`; without a zone it is UTC. Undefined where
 * there is none; throws `RowRefused`.
 */
export function dateOf(value: unknown): Date | undefined {
  if (value === null || value === undefined || value === '') return undefined;
  const text = textOf(value).trim().replace(' ', 'T');
  const zoned = /[+-]\d\d$/.test(text) && text.includes('T') ? `${text}:00` : text;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(zoned) || !zoned.includes('T');
  const date = new Date(hasZone ? zoned : `${zoned}Z`);
  if (Number.isNaN(date.getTime())) throw new RowRefused('bad-date');
  return date;
}
