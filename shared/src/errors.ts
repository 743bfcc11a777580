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
  RATE_LIMITED: 'Too many attempts. Please try again later.',
  RESEND_TOO_SOON: 'A code was sent a moment ago. Please wait before asking for another.',
  INTERNAL: 'Something went wrong on our side.',
  BUSY: 'The server is busy. Please try again in a moment.',
  UNAVAILABLE: 'The service is not available right now. Please try again in a moment.',
};

export type WeakPasswordReason = 'common' | 'username' | 'email';

/** What an error of a code tells beside the code. Codes that are not listed carry nothing. */
export interface AppErrorDetails {
  OTP_INVALID: { attemptsLeft: number };
  RESEND_TOO_SOON: { resendAvailableAt: string };
  RATE_LIMITED: { retryAfterSeconds: number };
  BUSY: { retryAfterSeconds: number };
  PASSWORD_TOO_COMMON: { reason: WeakPasswordReason };
}

export type AppErrorData = {
  [Code in AppErrorCode]: Code extends keyof AppErrorDetails
    ? { code: Code; details: AppErrorDetails[Code] }
    : { code: Code };
}[AppErrorCode];

/** Messages by field name, as they travel in `error.data.fieldErrors`. */
export type FieldErrors = Record<string, string[]>;
