import * as z from 'zod/mini';
import { limits } from './limits.ts';
import {
  auditEventTypes,
  challengeOutput,
  dateTime,
  email,
  fieldMessages,
  identifier,
  locale,
  newUsername,
  nullableDateTime,
  otp,
  pageFields,
  personName,
  requiredText,
  sessionFields,
  text,
  userOutput,
} from './schemas.ts';

const role = z.enum(['user', 'admin'], { error: fieldMessages.invalid });
const status = z.enum(['active', 'disabled', 'closed'], { error: fieldMessages.invalid });
/** Closing and opening again is its owner's. */
const settableStatus = z.enum(['active', 'disabled'], { error: fieldMessages.invalid });
const flag = z.boolean({ error: fieldMessages.invalid });

/** Why somebody does something to the account of somebody else: it stands in the record of what happened. */
export const reason = requiredText().check(
  z.trim(),
  z.maxLength(limits.reasonMax, { error: fieldMessages.tooLong, abort: true }),
  z.regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: fieldMessages.invalid }),
);

const action = { userId: identifier, reason };

/** An account as those see it who run the server. */
const adminUserFields = {
  ...userOutput.shape,
  status,
  /** How many sessions of it are alive. */
  sessions: z.int(),
};
export const adminUserOutput = z.strictObject(adminUserFields);
export type AdminUser = z.infer<typeof adminUserOutput>;

/** `admin.listUsers`. `search` is the beginning of a username, an e-mail address or a name, and sorts by what it found. */
export const listUsersInput = z.strictObject({
  ...pageFields,
  search: z.optional(text()),
  role: z.optional(role),
  status: z.optional(status),
  verified: z.optional(flag),
  hasSessions: z.optional(flag),
  /** `date`: the newest first. */
  sort: z._default(z.enum(['date', 'name'], { error: fieldMessages.invalid }), 'date'),
});
export const listUsersOutput = z.strictObject({
  items: z.array(adminUserOutput),
  nextCursor: z.nullable(z.string()),
});
export type ListUsersInput = z.infer<typeof listUsersInput>;

/** Of an account that may be gone, or of nobody. */
const nullableText = z.nullable(z.string());

/** An event as those see it who run the server. */
const auditItem = z.strictObject({
  id: z.string(),
  at: dateTime,
  type: z.enum(auditEventTypes),
  /** Whose account it happened to. */
  userId: nullableText,
  username: nullableText,
  /** Who did it, where that was somebody else; `cli` for the terminal of the server. */
  actor: nullableText,
  actorName: nullableText,
  sessionId: nullableText,
  ip: z.string(),
  device: z.string(),
  browser: z.optional(z.string()),
  system: z.optional(z.string()),
  /** Why, as whoever did it said. */
  reason: nullableText,
  details: z.array(z.strictObject({ name: z.string(), value: z.string() })),
});
export type AuditItem = z.infer<typeof auditItem>;

const moment = z.iso.datetime({ error: fieldMessages.invalid });

/** Events of the moments from `from` on and before `to`. */
const auditFilterFields = {
  userId: z.optional(identifier),
  actor: z.optional(identifier),
  type: z.optional(z.enum(auditEventTypes, { error: fieldMessages.invalid })),
  from: z.optional(moment),
  to: z.optional(moment),
};

/** `admin.listAudit`: latest first. */
export const listAuditInput = z.strictObject({ ...pageFields, ...auditFilterFields });
export const listAuditOutput = z.strictObject({ items: z.array(auditItem), nextCursor: z.nullable(z.string()) });
export type ListAuditInput = z.infer<typeof listAuditInput>;

/** `admin.exportAudit` */
export const auditFormats = ['csv', 'ndjson'] as const;
export type AuditFormat = (typeof auditFormats)[number];
export const exportAuditInput = z.strictObject({
  ...auditFilterFields,
  format: z.enum(auditFormats, { error: fieldMessages.invalid }),
});
export const exportAuditOutput = z.strictObject({
  /** Good for one download. */
  ticket: z.string(),
  /** Where a GET gets the file, with the ticket in it. */
  path: z.string(),
  expiresAt: dateTime,
});
export type ExportAuditInput = z.infer<typeof exportAuditInput>;

/** What keeps somebody from getting in: too many wrong passwords, wrong current passwords, or wrong codes. */
export const lockKinds = ['sign-in', 'confirmation', 'code'] as const;

/** `admin.getUser` */
export const getUserInput = z.strictObject({ userId: identifier });
export const getUserOutput = z.strictObject({
  ...adminUserFields,
  /** Until when each holds; null: until a reset. */
  locks: z.array(z.strictObject({ kind: z.enum(lockKinds), until: nullableDateTime })),
  /** The live sessions, latest first. */
  devices: z.array(z.strictObject(sessionFields)),
  /** The last twenty events. */
  activity: z.array(auditItem),
});
export type AdminUserDetails = z.infer<typeof getUserOutput>;

/**
 * `admin.updateUser`. A new `email` has a code mailed to it and changes nothing yet; with `challengeId` and `otp` of that mail
 * the account moves.
 */
export const updateUserInput = z.strictObject({
  ...action,
  firstName: z.optional(personName),
  lastName: z.optional(personName),
  locale: z.optional(locale),
  username: z.optional(newUsername),
  email: z.optional(email),
  challengeId: z.optional(identifier),
  otp: z.optional(otp),
});
export const updateUserOutput = z.strictObject({
  ...adminUserFields,
  /** The code that a new address waits for; absent where none was given. */
  emailChange: z.optional(challengeOutput),
});
export type UpdateUserInput = z.infer<typeof updateUserInput>;

/** `admin.setUserStatus` */
export const setUserStatusInput = z.strictObject({ ...action, status: settableStatus });

/** `admin.setUserRole` */
export const setUserRoleInput = z.strictObject({ ...action, role });

/** `admin.unlockUser`, `admin.revokeUserSessions`, `admin.sendPasswordReset` and `admin.deleteUser` */
export const userActionInput = z.strictObject(action);

/** What is counted by the hour. */
export const countedKinds = [
  'signIns',
  'failedPasswords',
  'wrongCodes',
  'locks',
  'limitsHit',
  'registrations',
  'resetsRequested',
  'passwordResets',
  'mailsSent',
  'mailsFailed',
] as const;
export type CountedKind = (typeof countedKinds)[number];

/** Something of each kind. */
const ofEachKind = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.strictObject({
    signIns: schema,
    failedPasswords: schema,
    wrongCodes: schema,
    locks: schema,
    limitsHit: schema,
    registrations: schema,
    resetsRequested: schema,
    passwordResets: schema,
    mailsSent: schema,
    mailsFailed: schema,
  } satisfies Record<CountedKind, Schema>);

/** What an attack would show in; `failures` are wrong passwords and wrong codes together. */
export const signalKinds = [
  'failures',
  'locks',
  'limitsHit',
  'registrations',
  'resetsRequested',
  'mailsFailed',
] as const;
export type SignalKind = (typeof signalKinds)[number];

export const overviewRanges = ['24h', '7d', '30d'] as const;
export type OverviewRange = (typeof overviewRanges)[number];

/** `admin.overview` */
export const overviewInput = z.strictObject({
  range: z._default(z.enum(overviewRanges, { error: fieldMessages.invalid }), '24h'),
});
const count = z.int();
export const overviewOutput = z.strictObject({
  /** When the first step of the series begins. Each lasts `stepSeconds`; the last one is not over yet. */
  from: dateTime,
  stepSeconds: count,
  series: ofEachKind(z.array(count)),
  /** The most mails that were seen waiting in each step. */
  mailBacklog: z.array(count),
  /** Of the whole range. */
  totals: ofEachKind(count),
  /** The first hour that something is known of; null where nothing has been counted. */
  countedSince: nullableDateTime,
  /** Whether the last hour was as the same time of day usually is. */
  verdict: z.strictObject({
    level: z.enum(['quiet', 'unusual']),
    /** How many days before there were to compare with, up to seven. Without one nothing is known to be usual. */
    comparedDays: count,
    signals: z.array(
      z.strictObject({
        kind: z.enum(signalKinds),
        unusual: z.boolean(),
        /** About so many in the last 60 minutes: the hour that runs, and its share of the one before. */
        lastHour: count,
        /** So many an hour, the median. */
        usual: z.number(),
      }),
    ),
  }),
  /** How it is at this moment. */
  present: z.strictObject({
    at: dateTime,
    /** Mails that wait, counted up to 1,000. */
    mailBacklog: count,
    /** False while mail waits and the last attempts did not reach the mail server. */
    mailServerOk: z.boolean(),
    /** About so many. */
    accountsEstimate: count,
    /** Counted up to 1,000. */
    disabledAccounts: count,
  }),
});
export type OverviewInput = z.infer<typeof overviewInput>;
export type Overview = z.infer<typeof overviewOutput>;
