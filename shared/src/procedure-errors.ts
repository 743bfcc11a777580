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
/** Where whoever is signed in must have confirmed a moment ago that it is still them. */
const confirmed = ['REAUTHENTICATION_REQUIRED'] as const;
/** Of those who run the server, on behalf of somebody else. */
const administrative = ['FORBIDDEN', ...confirmed] as const;
/** Where a mailed code is typed. */
const mailedCode = ['OTP_INVALID', 'CHALLENGE_EXPIRED', 'RATE_LIMITED', 'BUSY'] as const;

/**
 * Which codes each procedure can throw: the one list that types, documents and tests of errors are made from. A procedure
 * without a line, and a line without a procedure, do not compile (`server/src/trpc/app-router.ts`); a code that is thrown
 * and not listed fails the suite. What a code carries stands in `AppErrorDetails`.
 */
export const procedureErrors = {
  'auth.register': ['USERNAME_TAKEN', 'EMAIL_TAKEN', ...newPassword, 'RATE_LIMITED', ...input],
  'auth.changeRegistrationEmail': ['EMAIL_TAKEN', 'CHALLENGE_EXPIRED', 'RATE_LIMITED', ...input],
  'auth.login': ['INVALID_CREDENTIALS', 'RATE_LIMITED', 'BUSY', ...input],
  'auth.verifyOtp': ['BAD_ORIGIN', ...mailedCode, ...input],
  'auth.resendOtp': ['CHALLENGE_EXPIRED', 'RESEND_TOO_SOON', 'RATE_LIMITED', 'CONFLICT', ...input],
  'auth.refresh': ['SESSION_EXPIRED', 'SESSION_REUSED', 'BAD_ORIGIN', 'RATE_LIMITED', 'CONFLICT', ...input],
  'auth.checkToken': ['SESSION_EXPIRED', ...input],
  'auth.logout': ['BAD_ORIGIN', ...input],
  'auth.requestPasswordReset': ['RATE_LIMITED', ...input],
  'auth.resetPassword': ['RESET_TOKEN_INVALID', ...newPassword, 'RATE_LIMITED', ...input],
  'auth.checkLink': ['RATE_LIMITED', ...input],
  'auth.isUsernameFree': ['RATE_LIMITED', ...input],
  'auth.undoEmailChange': ['RESET_TOKEN_INVALID', ...newPassword, 'RATE_LIMITED', ...input],
  'auth.closeEmailUndo': ['RESET_TOKEN_INVALID', 'RATE_LIMITED', ...input],

  'user.me': signedIn,
  'user.updateProfile': ['RATE_LIMITED', ...signedInInput],
  'user.changeUsername': ['USERNAME_TAKEN', ...confirmed, 'RATE_LIMITED', 'CONFLICT', ...signedInInput],
  'user.changePassword': ['PASSWORD_TOO_COMMON', 'BAD_ORIGIN', ...currentPassword, ...signedInInput],
  'user.requestEmailChange': ['EMAIL_TAKEN', ...currentPassword, ...signedInInput],
  'user.confirmEmailChange': ['EMAIL_TAKEN', ...mailedCode, ...signedInInput],
  'user.deleteAccount': ['LAST_ADMIN', ...currentPassword, ...signedInInput],
  'user.listActivity': signedInInput,
  'user.exportData': [...confirmed, 'RATE_LIMITED', ...signedIn],

  'session.list': signedIn,
  'session.confirm': [...currentPassword, ...signedInInput],
  'session.rename': ['NOT_FOUND', ...signedInInput],
  'session.revoke': ['NOT_FOUND', ...signedInInput],
  'session.revokeOthers': signedIn,

  'admin.overview': [...administrative, ...signedInInput],
  'admin.listUsers': [...administrative, ...signedInInput],
  'admin.listAudit': [...administrative, ...signedInInput],
  'admin.exportAudit': [...administrative, ...signedInInput],
  'admin.getUser': ['NOT_FOUND', ...administrative, ...signedInInput],
  'admin.updateUser': [
    'NOT_FOUND',
    'USERNAME_TAKEN',
    'EMAIL_TAKEN',
    'CONFLICT',
    ...mailedCode,
    ...administrative,
    ...signedInInput,
  ],
  'admin.setUserStatus': ['NOT_FOUND', 'LAST_ADMIN', 'CONFLICT', ...administrative, ...signedInInput],
  'admin.setUserRole': ['NOT_FOUND', 'LAST_ADMIN', 'CONFLICT', ...administrative, ...signedInInput],
  'admin.unlockUser': ['NOT_FOUND', ...administrative, ...signedInInput],
  'admin.revokeUserSessions': ['NOT_FOUND', ...administrative, ...signedInInput],
  'admin.sendPasswordReset': ['NOT_FOUND', 'CONFLICT', ...administrative, ...signedInInput],
  'admin.deleteUser': ['NOT_FOUND', 'LAST_ADMIN', 'CONFLICT', ...administrative, ...signedInInput],
} as const satisfies Record<string, readonly AppErrorCode[]>;

/** The path of a procedure, as `auth.verifyOtp`. */
export type ProcedurePath = keyof typeof procedureErrors;

/** The codes that a procedure can throw. */
export type ErrorCodeOf<Path extends ProcedurePath> = (typeof procedureErrors)[Path][number];
