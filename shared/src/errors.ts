/** The closed list of application error codes. A client can switch over it exhaustively. */
export const appErrorCodes = [
  'VALIDATION',
  'PASSWORD_TOO_COMMON',
  'RESET_TOKEN_INVALID',
  'UNAUTHENTICATED',
  'INVALID_CREDENTIALS',
  'OTP_INVALID',
  'CHALLENGE_EXPIRED',
  'SESSION_EXPIRED',
  'SESSION_REUSED',
  'FORBIDDEN',
  'BAD_ORIGIN',
  'REAUTHENTICATION_REQUIRED',
  'NOT_FOUND',
  'USERNAME_TAKEN',
  'EMAIL_TAKEN',
  'CONFLICT',
  'LAST_ADMIN',
  'RATE_LIMITED',
  'RESEND_TOO_SOON',
  'INTERNAL',
  'BUSY',
  'UNAVAILABLE',
] as const;

export type AppErrorCode = (typeof appErrorCodes)[number];

/** HTTP status of each code (RFC 9110; 429 from RFC 6585). */
export const appErrorStatus: Record<AppErrorCode, 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503> = {
  VALIDATION: 400,
  PASSWORD_TOO_COMMON: 400,
  RESET_TOKEN_INVALID: 400,
  UNAUTHENTICATED: 401,
  INVALID_CREDENTIALS: 401,
  OTP_INVALID: 401,
  CHALLENGE_EXPIRED: 401,
  SESSION_EXPIRED: 401,
  SESSION_REUSED: 401,
  FORBIDDEN: 403,
  BAD_ORIGIN: 403,
  REAUTHENTICATION_REQUIRED: 403,
  NOT_FOUND: 404,
  USERNAME_TAKEN: 409,
  EMAIL_TAKEN: 409,
  CONFLICT: 409,
  LAST_ADMIN: 409,
  RATE_LIMITED: 429,
  RESEND_TOO_SOON: 429,
  INTERNAL: 500,
  BUSY: 503,
  UNAVAILABLE: 503,
};

/** The English message of each code. Clients in another language translate by code. */
export const appErrorMessages: Record<AppErrorCode, string> = {
  VALIDATION: 'Some of the input is not valid.',
  PASSWORD_TOO_COMMON: 'This password is too easy to guess.',
  RESET_TOKEN_INVALID: 'This link is no longer valid.',
  UNAUTHENTICATED: 'Please sign in.',
  INVALID_CREDENTIALS: 'Invalid credentials',
  OTP_INVALID: 'This code is not right.',
  CHALLENGE_EXPIRED: 'This code can no longer be used. Please sign in again.',
  SESSION_EXPIRED: 'Your session has ended. Please sign in again.',
  SESSION_REUSED: 'Your session was ended because an old token of it was used again.',
  FORBIDDEN: 'You may not do this.',
  BAD_ORIGIN: 'This request came from a page that may not send it.',
  REAUTHENTICATION_REQUIRED: 'Please confirm your password first.',
  NOT_FOUND: 'Not found.',
  USERNAME_TAKEN: 'User already exists!',
  EMAIL_TAKEN: 'Email already taken!',
  CONFLICT: 'This was changed in the meantime. Please try again.',
  LAST_ADMIN: 'This is the last administrator. Make somebody else one first.',
  RATE_LIMITED: 'Too many attempts. Please try again later.',
  RESEND_TOO_SOON: 'A code was sent a moment ago. Please wait before asking for another.',
  INTERNAL: 'Something went wrong on our side.',
  BUSY: 'The server is busy. Please try again in a moment.',
  UNAVAILABLE: 'The service is not available right now. Please try again in a moment.',
};

/** What a client can do about each code, for the people who build it. */
export const appErrorAdvice: Record<AppErrorCode, string> = {
  VALIDATION: 'Correct the fields named in `fieldErrors` and call again.',
  PASSWORD_TOO_COMMON: 'Ask for another password; `reason` says what is wrong with this one.',
  RESET_TOKEN_INVALID: 'Ask for a new link: this one was used, has expired, or was never valid.',
  UNAUTHENTICATED: 'Sign in. The typed client has tried to renew the access token already.',
  INVALID_CREDENTIALS: 'Ask for name and password again. Which of them was wrong is not told on purpose.',
  OTP_INVALID: 'Ask for the code again; `attemptsLeft` says how often that helps.',
  CHALLENGE_EXPIRED:
    'Where `resendable` is true ask for a new code (`auth.resendOtp`); otherwise begin again with the call that sent it.',
  SESSION_EXPIRED: 'Forget the tokens and sign in again.',
  SESSION_REUSED: 'Forget the tokens and sign in again. Two clients held the same refresh token: keep it in one place.',
  FORBIDDEN: 'Nothing to retry: this account has no right to do this.',
  BAD_ORIGIN:
    "Call from the server's own page or add the page's origin to ALLOWED_ORIGINS; elsewhere use body delivery.",
  REAUTHENTICATION_REQUIRED:
    'Confirm it is still the same person with one of `methods` (`session.confirm`), then call again.',
  NOT_FOUND: 'Read the list again: it is gone, or was never yours.',
  USERNAME_TAKEN: 'Ask for another username.',
  EMAIL_TAKEN: 'Ask for another e-mail address, or offer to sign in.',
  CONFLICT: 'Read again and repeat the call.',
  LAST_ADMIN: 'Make another account an administrator, then call again.',
  RATE_LIMITED: 'Wait `retryAfterSeconds`, then call again.',
  RESEND_TOO_SOON: 'Wait until `resendAvailableAt`, then call again.',
  INTERNAL: 'Nothing to correct on your side; the request id finds the cause in the log of the server.',
  BUSY: 'Wait `retryAfterSeconds`, then call again.',
  UNAVAILABLE: 'Call again in a moment: the database of the server does not answer.',
};

export const weakPasswordReasons = ['common', 'username', 'email', 'weak'] as const;
export type WeakPasswordReason = (typeof weakPasswordReasons)[number];

/** What somebody can confirm with that it is still them. */
export const confirmationMethods = ['password'] as const;
export type ConfirmationMethod = (typeof confirmationMethods)[number];

/** What an error of a code tells beside the code. Codes that are not listed carry nothing. */
export interface AppErrorDetails {
  OTP_INVALID: { attemptsLeft: number };
  /** `resendable`: only its time is over, and a new code can still be had for it. */
  CHALLENGE_EXPIRED: { resendable: boolean };
  RESEND_TOO_SOON: { resendAvailableAt: string };
  RATE_LIMITED: { retryAfterSeconds: number };
  BUSY: { retryAfterSeconds: number };
  PASSWORD_TOO_COMMON: { reason: WeakPasswordReason };
  REAUTHENTICATION_REQUIRED: { maxAgeSeconds: number; methods: ConfirmationMethod[] };
}

export type AppErrorData = {
  [Code in AppErrorCode]: Code extends keyof AppErrorDetails
    ? { code: Code; details: AppErrorDetails[Code] }
    : { code: Code };
}[AppErrorCode];

/** Messages by field name, as they travel in `error.data.fieldErrors`. */
export type FieldErrors = Record<string, string[]>;
