import * as z from 'zod/mini';
import { limits } from './limits.ts';

const dateTime = z.iso.datetime();
const nullableDateTime = z.nullable(dateTime);

/**
 * One account as `export-users` writes it, a line of JSON each, and as `import-users --from latchkey` takes it back. Sessions,
 * pending codes and what happened to the account stay where they are. Published as `docs/account-record.schema.json`.
 */
export const accountRecord = z.strictObject({
  id: z.string().check(z.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  /** Where the account was imported from, as `django:42`. */
  externalId: z.nullable(z.string().check(z.minLength(1), z.maxLength(200))),
  username: z.string().check(z.minLength(1), z.maxLength(150)),
  /** The username is one that the rules would refuse today; it signs in all the same, until it is changed. */
  legacyUsername: z.boolean(),
  /** Names that the account had before and keeps from others until then; absent where there are none. */
  heldUsernames: z.optional(
    z.array(z.strictObject({ username: z.string().check(z.minLength(1), z.maxLength(150)), until: dateTime })),
  ),
  email: z.string().check(z.maxLength(limits.emailMax)),
  firstName: z.string(),
  lastName: z.string(),
  locale: z.enum(['en', 'de']),
  /** The IANA name of the zone in which mails tell times; absent where it was never told. */
  timeZone: z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
  role: z.enum(['user', 'admin']),
  status: z.enum(['active', 'disabled', 'closed']),
  createdAt: dateTime,
  lastLoginAt: nullableDateTime,
  emailVerifiedAt: nullableDateTime,
  /** An account that registered and has not shown its address yet ends then. */
  unverifiedUntil: nullableDateTime,
  /** A closed account ends then; only its owner of before could have brought it back, and only where it was closed. */
  closedUntil: z.optional(nullableDateTime),
  /** Only with `--with-hashes`. Null where the account has no password, as before a first reset. */
  passwordHash: z.optional(z.nullable(z.string().check(z.minLength(1), z.maxLength(1024)))),
});
export type AccountRecord = z.infer<typeof accountRecord>;
