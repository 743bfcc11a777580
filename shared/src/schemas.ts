import * as z from 'zod/mini';
import { limits } from './limits.ts';
import { isReservedName } from './reserved-names.ts';

/** The English text of every field error. Clients in another language translate by the text's key. */
export const fieldMessages = {
  required: 'This field is required.',
  notText: 'This must be text.',
  tooLong: 'This is too long.',
  invalid: 'This is not valid.',
  unknownField: 'This field is not known.',
  username: 'Use 3 to 32 letters, digits, dots, dashes or underscores, with a letter or digit first and last.',
  usernameReserved: 'This name is reserved.',
  email: 'Enter a valid e-mail address.',
  name: 'Use 1 to 60 characters, without < or > or invisible control characters.',
  passwordTooShort: 'Use at least 8 characters.',
  passwordTooLong: 'Use at most 128 characters.',
  passwordMismatch: 'Both passwords must match',
  credentialsRequired: 'Username and password are required.',
  otp: 'Enter the 6 digits from the mail.',
  samePassword: 'This is your current password. Choose another.',
  sameEmail: 'This is your address already.',
  timeZone: 'Enter a time zone by its name, as Europe/Berlin.',
} as const;

export type FieldMessageKey = keyof typeof fieldMessages;

const codePoints = (text: string) => [...text].length;

/** A string of bounded size; longer input stops here, before anything looks at it character by character. */
export const text = (missing: string = fieldMessages.required) =>
  z
    .string({ error: (issue) => (issue.input === undefined ? missing : fieldMessages.notText) })
    .check(z.maxLength(limits.textMaxCodeUnits, { error: fieldMessages.tooLong, abort: true }));

export const requiredText = (missing: string = fieldMessages.required) =>
  text(missing).check(z.refine((value) => value.trim() !== '', { error: missing, abort: true }));

/** 3 to 32 of `A-Z a-z 0-9 . _ -` after NFKC, first and last a letter or digit. Gives the display form. */
export const username = requiredText().check(
  z.normalize('NFKC'),
  z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,30}[A-Za-z0-9]$/, { error: fieldMessages.username }),
);

/** A username somebody chooses. Who has a reserved one signs in with it all the same. */
export const newUsername = username.check(
  z.refine((value) => !isReservedName(value), { error: fieldMessages.usernameReserved }),
);

/** An e-mail address, trimmed and in NFKC, at most 254 characters. Gives the display form. */
export const email = z.pipe(
  requiredText().check(
    z.trim(),
    z.normalize('NFKC'),
    z.maxLength(limits.emailMax, { error: fieldMessages.email, abort: true }),
  ),
  z.email({ error: fieldMessages.email }),
);

/** A first or last name: 1 to 60 code points, trimmed, no control or bidi characters, no half of a pair, no `<` or `>`. */
export const personName = requiredText().check(
  z.trim(),
  z.normalize('NFC'),
  // Joiners belong to the letters around them in some scripts, and to emoji; every other character that does not show is refused.
  z.regex(
    /^(?:[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u2800\u3164\uffa0<>]|(?<=[\p{L}\p{M}\p{Emoji}])[\u200c\u200d](?=[\p{L}\p{Emoji}]))+$/u,
    { error: fieldMessages.name },
  ),
  z.refine((value) => codePoints(value) <= limits.nameMax, { error: fieldMessages.name }),
);

/** A password somebody chooses: 8 to 128 code points after NFKC (NIST SP 800-63B-4, 3.1.1.2). Never trimmed or changed. */
export const newPassword = text().check(
  z.refine((value) => codePoints(value.normalize('NFKC')) >= limits.passwordMin, {
    error: fieldMessages.passwordTooShort,
  }),
  z.refine((value) => codePoints(value.normalize('NFKC')) <= limits.passwordMax, {
    error: fieldMessages.passwordTooLong,
  }),
);

/** A password somebody has: whatever was accepted when it was chosen. */
const currentPassword = text().check(z.minLength(1, fieldMessages.required));

export const otp = requiredText().check(z.trim(), z.regex(/^[0-9]{6}$/, { error: fieldMessages.otp }));

export const locale = z.enum(['en', 'de'], { error: fieldMessages.invalid });
export type Locale = z.infer<typeof locale>;

/** Whether the runtime knows a time zone by this name. Offsets such as +01:00 are none: they know no summer. */
function isTimeZone(name: string): boolean {
  try {
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
    );
  } catch {
    return false;
  }
}

/** The IANA name of a time zone, as "Europe/Berlin". */
const timeZone = requiredText().check(z.refine(isTimeZone, { error: fieldMessages.timeZone }));

export const dateTime = z.iso.datetime();
export const nullableDateTime = z.nullable(dateTime);
export const identifier = requiredText();

/** Both passwords must match; also told while other fields are still wrong. */
const passwordsMatch = z.refine<{ password: string; confirmPassword: string }>(
  (value) => value.password === value.confirmPassword,
  {
    error: fieldMessages.passwordMismatch,
    path: ['confirmPassword'],
    when: ({ value }) => {
      const pair = value as { password?: unknown; confirmPassword?: unknown } | null;
      return typeof pair?.password === 'string' && typeof pair.confirmPassword === 'string';
    },
  },
);

/** A new password that is the old one would sign everybody out for nothing. */
const passwordDiffers = z.refine<{ currentPassword: string; password: string }>(
  ({ currentPassword: current, password }) => current.normalize('NFKC') !== password.normalize('NFKC'),
  {
    error: fieldMessages.samePassword,
    path: ['password'],
    when: ({ value }) => {
      const pair = value as { currentPassword?: unknown; password?: unknown } | null;
      return typeof pair?.currentPassword === 'string' && typeof pair.password === 'string' && pair.password !== '';
    },
  },
);

const success = z.strictObject({ success: z.literal(true) });

/** `auth.register` */
export const registerInput = z
  .strictObject({
    username: newUsername,
    email,
    firstName: personName,
    lastName: personName,
    password: newPassword,
    confirmPassword: text(),
    /** The zone in which mails tell times; UTC where none is given. */
    timeZone: z.optional(timeZone),
  })
  .check(passwordsMatch);
export const registerOutput = z.strictObject({
  success: z.literal(true),
  user: z.strictObject({
    id: z.string(),
    username: z.string(),
    email: z.string(),
    firstName: z.string(),
    lastName: z.string(),
  }),
  /** For `auth.changeRegistrationEmail`, within an hour. */
  registrationToken: z.string(),
});

/** `auth.changeRegistrationEmail`: the address was mistyped, so no code can ever come. */
export const changeRegistrationEmailInput = z.strictObject({ registrationToken: identifier, email });

/** `auth.login`. `username` may be an e-mail address. */
export const loginInput = z.strictObject({
  username: requiredText(fieldMessages.credentialsRequired),
  password: text(fieldMessages.credentialsRequired).check(z.minLength(1, fieldMessages.credentialsRequired)),
});

const challengeFields = {
  sentTo: z.string(),
  expiresAt: dateTime,
  resendAvailableAt: nullableDateTime,
};
export const loginOutput = z.strictObject({ message: z.string(), challengeId: z.string(), ...challengeFields });
export const challengeOutput = z.strictObject({ challengeId: z.string(), ...challengeFields });

/** `auth.resendOtp` */
export const resendOtpInput = z.strictObject({ challengeId: identifier });
export const resendOtpOutput = z.strictObject(challengeFields);

/** `user.me` */
const userFields = {
  id: z.string(),
  username: z.string(),
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  emailVerified: z.boolean(),
  role: z.enum(['user', 'admin']),
  locale,
  timeZone: z.string(),
  dateJoined: dateTime,
  lastLoginAt: nullableDateTime,
  /** Null while the password is the one of the registration. */
  passwordChangedAt: nullableDateTime,
};
export const userOutput = z.strictObject(userFields);
export type User = z.infer<typeof userOutput>;

/** `auth.verifyOtp` */
export const verifyOtpInput = z.strictObject({
  challengeId: identifier,
  otp,
  tokenDelivery: z._default(z.enum(['body', 'cookie'], { error: fieldMessages.invalid }), 'body'),
});

const tokenFields = {
  accessToken: z.string(),
  accessTokenExpiresAt: dateTime,
  /** Absent where the token travels in the cookie. */
  refreshToken: z.optional(z.string()),
  refreshTokenExpiresAt: dateTime,
};
export const verifyOtpOutput = z.strictObject({
  ...tokenFields,
  /** Sent as the header `x-latchkey-device` it shows that this client has signed in before. Absent where a cookie does. */
  deviceToken: z.optional(z.string()),
  user: userOutput,
});
export type Tokens = Omit<z.infer<typeof verifyOtpOutput>, 'deviceToken' | 'user'>;

/** `auth.logout`. Without a token in the body the cookie is read. */
export const refreshTokenInput = z.strictObject({ refreshToken: z.optional(text()) });

/** `auth.refresh`. Whoever begins with it can have the account in the same round trip. */
export const refreshInput = z.extend(refreshTokenInput, { withUser: z.optional(z.boolean()) });
export const refreshOutput = z.strictObject({ ...tokenFields, user: z.optional(userOutput) });

export const successOutput = success;

/** `auth.checkToken`: an access token, or a refresh token. */
export const checkTokenInput = z.strictObject({ token: identifier });

/** `auth.requestPasswordReset` */
export const requestPasswordResetInput = z.strictObject({ email });
export const messageOutput = z.strictObject({ message: z.string() });

/** `auth.resetPassword` */
export const resetPasswordInput = z
  .strictObject({ token: identifier, password: newPassword, confirmPassword: text() })
  .check(passwordsMatch);

/** `auth.undoEmailChange` */
export const undoEmailChangeInput = z
  .strictObject({ code: identifier, password: newPassword, confirmPassword: text() })
  .check(passwordsMatch);

/** `auth.closeEmailUndo`: the code of the notice to the address of before, by which nobody can go back to it then. */
export const closeEmailUndoInput = z.strictObject({ code: identifier });

/** `user.updateProfile` */
export const updateProfileInput = z.strictObject({
  firstName: z.optional(personName),
  lastName: z.optional(personName),
  locale: z.optional(locale),
  timeZone: z.optional(timeZone),
});

/** `user.changeUsername` */
export const changeUsernameInput = z.strictObject({ username: newUsername });

/** `user.changePassword` */
export const changePasswordInput = z
  .strictObject({ currentPassword, password: newPassword, confirmPassword: text() })
  .check(passwordsMatch, passwordDiffers);
/** The tokens are those of the one session that the account has then. */
export const changePasswordOutput = z.strictObject({ success: z.literal(true), ...tokenFields });

/** `user.requestEmailChange` */
export const requestEmailChangeInput = z.strictObject({ email, currentPassword });

/** `user.confirmEmailChange` */
export const confirmEmailChangeInput = z.strictObject({ challengeId: identifier, otp });

/** `user.deleteAccount` */
export const deleteAccountInput = z.strictObject({ currentPassword });
export const deleteAccountOutput = z.strictObject({
  success: z.literal(true),
  /** Given where a change of address can still be undone: the account is closed until then, and deleted after that. */
  closedUntil: z.optional(dateTime),
});

/** The closed list of audit event types. */
export const auditEventTypes = [
  'registered',
  'sign-in-failed',
  'sign-in-locked',
  'code-sent',
  'code-failed',
  'mail-share-full',
  'signed-in',
  'signed-out',
  'session-revoked',
  'other-sessions-revoked',
  'refresh-reused',
  'session-confirmed',
  'password-confirmation-failed',
  'password-changed',
  'password-reset-requested',
  'password-reset',
  'email-change-requested',
  'email-changed',
  'email-change-undone',
  'registration-email-changed',
  'profile-updated',
  'username-changed',
  'account-deleted',
  'account-closed',
  'email-undo-closed',
  'data-exported',
  'accounts-imported',
  'accounts-exported',
  'admin-created',
  'role-changed',
  'account-disabled',
  'account-enabled',
  'account-unlocked',
  'sessions-ended',
  'password-reset-sent',
  'audit-exported',
] as const;
export type AuditEventType = (typeof auditEventTypes)[number];

/** Of every list that comes in pages. `cursor` is the `nextCursor` of the page before; `direction` is sent by tRPC's infinite query. */
export const pageFields = {
  cursor: z.optional(text()),
  limit: z._default(
    z.int({ error: fieldMessages.invalid }).check(z.minimum(1), z.maximum(limits.pageSizeMax)),
    limits.pageSize,
  ),
  direction: z.optional(z.enum(['forward', 'backward'])),
};

/** What `user.listActivity` can be narrowed to: coming and going, changes of the account, and what to look at twice. */
export const activityKinds = ['sign-ins', 'changes', 'warnings'] as const;
export type ActivityKind = (typeof activityKinds)[number];

/** `user.listActivity` */
export const listActivityInput = z.strictObject({
  ...pageFields,
  kind: z.optional(z.enum(activityKinds, { error: fieldMessages.invalid })),
});
export const activityOutput = z.strictObject({
  items: z.array(
    z.strictObject({
      id: z.string(),
      type: z.enum(auditEventTypes),
      at: dateTime,
      ip: z.string(),
      device: z.string(),
      /** The parts of `device`, for a text in another language; absent where they are not known. */
      browser: z.optional(z.string()),
      system: z.optional(z.string()),
      /** Those who run the server did it: from where is not told. */
      byOther: z.optional(z.boolean()),
    }),
  ),
  nextCursor: z.nullable(z.string()),
});
export type ActivityItem = z.infer<typeof activityOutput>['items'][number];

/** A live session. `device` is text, as "Firefox on Linux". */
export const sessionFields = {
  id: z.string(),
  device: z.string(),
  /** The parts of `device`, for a text in another language; absent where they are not known. */
  browser: z.optional(z.string()),
  system: z.optional(z.string()),
  /** As the person calls it. */
  name: z.optional(z.string()),
  ip: z.string(),
  createdAt: dateTime,
  lastSeenAt: dateTime,
  expiresAt: dateTime,
};

/** `session.list`: live sessions, latest first. */
export const sessionListOutput = z.array(z.strictObject({ ...sessionFields, current: z.boolean() }));
export type SessionItem = z.infer<typeof sessionListOutput>[number];

/** `user.exportData`: what is kept of a person, for the person. */
export const dataExportOutput = z.strictObject({
  exportedAt: dateTime,
  profile: userOutput,
  sessions: sessionListOutput,
  activity: activityOutput.shape.items,
});
export type DataExport = z.infer<typeof dataExportOutput>;

/** `session.rename` */
export const renameSessionInput = z.strictObject({ sessionId: identifier, name: personName });

/** `auth.isUsernameFree` */
export const isUsernameFreeInput = z.strictObject({ username: newUsername });
export const isUsernameFreeOutput = z.strictObject({ free: z.boolean() });

/** `auth.checkLink`: the token of a reset, or the code of an undo. */
export const checkLinkInput = z.strictObject({ token: z.optional(identifier), code: z.optional(identifier) }).check(
  z.refine(({ token, code }) => token !== undefined || code !== undefined, {
    error: fieldMessages.required,
    path: ['token'],
  }),
);
export const checkLinkOutput = z.strictObject({ valid: z.boolean() });

/** `session.confirm` */
export const confirmSessionInput = z.strictObject({ password: currentPassword });
export const confirmSessionOutput = z.strictObject({ confirmedUntil: dateTime });

/** `session.revoke` */
export const revokeSessionInput = z.strictObject({ sessionId: identifier });
export const revokeOthersOutput = z.strictObject({ revoked: z.int() });
