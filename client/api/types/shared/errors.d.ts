/** The closed list of application error codes. A client can switch over it exhaustively. */
export declare const appErrorCodes: readonly ['VALIDATION', 'PASSWORD_TOO_COMMON', 'RESET_TOKEN_INVALID', 'UNAUTHENTICATED', 'INVALID_CREDENTIALS', 'OTP_INVALID', 'CHALLENGE_EXPIRED', 'SESSION_EXPIRED', 'SESSION_REUSED', 'FORBIDDEN', 'BAD_ORIGIN', 'REAUTHENTICATION_REQUIRED', 'NOT_FOUND', 'USERNAME_TAKEN', 'EMAIL_TAKEN', 'CONFLICT', 'RATE_LIMITED', 'RESEND_TOO_SOON', 'INTERNAL', 'BUSY', 'UNAVAILABLE'];
export type AppErrorCode = (typeof appErrorCodes)[number];
/** HTTP status of each code (RFC 9110; 429 from RFC 6585). */
export declare const appErrorStatus: Record<AppErrorCode, 400 | 401 | 403 | 404 | 409 | 429 | 500 | 503>;
/** The English message of each code. Clients in another language translate by code. */
export declare const appErrorMessages: Record<AppErrorCode, string>;
/** What a client can do about each code, for the people who build it. */
export declare const appErrorAdvice: Record<AppErrorCode, string>;
export declare const weakPasswordReasons: readonly ['common', 'username', 'email', 'weak'];
export type WeakPasswordReason = (typeof weakPasswordReasons)[number];
/** What somebody can confirm with that it is still them. */
export declare const confirmationMethods: readonly ['password'];
export type ConfirmationMethod = (typeof confirmationMethods)[number];
/** What an error of a code tells beside the code. Codes that are not listed carry nothing. */
export interface AppErrorDetails {
    OTP_INVALID: {
        attemptsLeft: number;
    };
    RESEND_TOO_SOON: {
        resendAvailableAt: string;
    };
    RATE_LIMITED: {
        retryAfterSeconds: number;
    };
    BUSY: {
        retryAfterSeconds: number;
    };
    PASSWORD_TOO_COMMON: {
        reason: WeakPasswordReason;
    };
    REAUTHENTICATION_REQUIRED: {
        maxAgeSeconds: number;
        methods: ConfirmationMethod[];
    };
}
export type AppErrorData = {
    [Code in AppErrorCode]: Code extends keyof AppErrorDetails ? {
        code: Code;
        details: AppErrorDetails[Code];
    } : {
        code: Code;
    };
}[AppErrorCode];
/** Messages by field name, as they travel in `error.data.fieldErrors`. */
export type FieldErrors = Record<string, string[]>;