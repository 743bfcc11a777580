import type { AppErrorCode } from './errors.ts';

/** Any procedure: the database is away, or the mistake is ours. */
const always = ['UNAVAILABLE', 'INTERNAL'] as const;
/** Where an input is declared. */
const input = ['VALIDATION', ...always] as const;
const signedIn = ['UNAUTHENTICATED', ...always] as const;
const signedInInput = ['UNAUTHENTICATED', ...input] as const;
/** Where somebody chooses a password. */
const newPassword = ['PASSWORD_TOO_COMMON', 'BUSY'] as const;
/** Where the current password is asked for. */
const currentPassword = ['INVALID_CREDENTIALS', 'RATE_LIMITED', 'BUSY', 'CONFLICT'] as const;
/** Where a mailed code is typed. */
const mailedCode = ['OTP_INVALID', 'CHALLENGE_EXPIRED', 'RATE_LIMITED', 'BUSY'] as const;

/**
 * Which codes each procedure can throw: the one list that types, documents and tests of errors are made from. A procedure
 * without a line, and a line without a procedure, do not compile (`server/src/trpc/app-router.ts`); a code that is thrown
 * and not listed fails the suite. What a code carries stands in `AppErrorDetails`.
 */
export const procedureErrors = {
  'auth.register': [...input, ...newPassword, 'RATE_LIMITED', 'USERNAME_TAKEN', 'EMAIL_TAKEN'],
  'auth.login': [...input, 'INVALID_CREDENTIALS', 'RATE_LIMITED', 'BUSY'],
  'auth.verifyOtp': [...input, ...mailedCode, 'BAD_ORIGIN'],
  'auth.resendOtp': [...input, 'CHALLENGE_EXPIRED', 'RESEND_TOO_SOON', 'RATE_LIMITED', 'CONFLICT'],
  'auth.refresh': [...input, 'SESSION_EXPIRED', 'SESSION_REUSED', 'BAD_ORIGIN', 'RATE_LIMITED', 'CONFLICT'],
  'auth.logout': [...input, 'BAD_ORIGIN'],
  'auth.requestPasswordReset': [...input, 'RATE_LIMITED'],
  'auth.resetPassword': [...input, ...newPassword, 'RATE_LIMITED', 'RESET_TOKEN_INVALID'],
  'auth.undoEmailChange': [...input, ...newPassword, 'RATE_LIMITED', 'RESET_TOKEN_INVALID'],

  'user.me': signedIn,
  'user.updateProfile': [...signedInInput, 'USERNAME_TAKEN', 'RATE_LIMITED'],
  'user.changePassword': [...signedInInput, ...currentPassword, 'PASSWORD_TOO_COMMON'],
  'user.requestEmailChange': [...signedInInput, ...currentPassword, 'EMAIL_TAKEN'],
  'user.confirmEmailChange': [...signedInInput, ...mailedCode, 'EMAIL_TAKEN'],
  'user.deleteAccount': [...signedInInput, ...currentPassword],
  'user.listActivity': signedInInput,

  'session.list': signedIn,
  'session.revoke': [...signedInInput, 'NOT_FOUND'],
  'session.revokeOthers': signedIn,
} as const satisfies Record<string, readonly AppErrorCode[]>;

/** The path of a procedure, as `auth.verifyOtp`. */
export type ProcedurePath = keyof typeof procedureErrors;

/** The codes that a procedure can throw. */
export type ErrorCodeOf<Path extends ProcedurePath> = (typeof procedureErrors)[Path][number];
