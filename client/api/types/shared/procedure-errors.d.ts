/**
 * Which codes each procedure can throw: the one list that types, documents and tests of errors are made from. A procedure
 * without a line, and a line without a procedure, do not compile (`server/src/trpc/app-router.ts`); a code that is thrown
 * and not listed fails the suite. What a code carries stands in `AppErrorDetails`.
 */
export declare const procedureErrors: {
    readonly 'auth.register': readonly ["USERNAME_TAKEN", "EMAIL_TAKEN", "PASSWORD_TOO_COMMON", "BUSY", "RATE_LIMITED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.login': readonly ["INVALID_CREDENTIALS", "RATE_LIMITED", "BUSY", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.verifyOtp': readonly ["BAD_ORIGIN", "OTP_INVALID", "CHALLENGE_EXPIRED", "RATE_LIMITED", "BUSY", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.resendOtp': readonly ["CHALLENGE_EXPIRED", "RESEND_TOO_SOON", "RATE_LIMITED", "CONFLICT", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.refresh': readonly ["SESSION_EXPIRED", "SESSION_REUSED", "BAD_ORIGIN", "RATE_LIMITED", "CONFLICT", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.logout': readonly ["BAD_ORIGIN", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.requestPasswordReset': readonly ["RATE_LIMITED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.resetPassword': readonly ["RESET_TOKEN_INVALID", "PASSWORD_TOO_COMMON", "BUSY", "RATE_LIMITED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'auth.undoEmailChange': readonly ["RESET_TOKEN_INVALID", "PASSWORD_TOO_COMMON", "BUSY", "RATE_LIMITED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.me': readonly ["UNAUTHENTICATED", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.updateProfile': readonly ["USERNAME_TAKEN", "RATE_LIMITED", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.changePassword': readonly ["PASSWORD_TOO_COMMON", "INVALID_CREDENTIALS", "RATE_LIMITED", "BUSY", "CONFLICT", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.requestEmailChange': readonly ["EMAIL_TAKEN", "INVALID_CREDENTIALS", "RATE_LIMITED", "BUSY", "CONFLICT", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.confirmEmailChange': readonly ["EMAIL_TAKEN", "OTP_INVALID", "CHALLENGE_EXPIRED", "RATE_LIMITED", "BUSY", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.deleteAccount': readonly ["INVALID_CREDENTIALS", "RATE_LIMITED", "BUSY", "CONFLICT", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'user.listActivity': readonly ["UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'session.list': readonly ["UNAUTHENTICATED", "UNAVAILABLE", "INTERNAL"];
    readonly 'session.revoke': readonly ["NOT_FOUND", "UNAUTHENTICATED", "VALIDATION", "UNAVAILABLE", "INTERNAL"];
    readonly 'session.revokeOthers': readonly ["UNAUTHENTICATED", "UNAVAILABLE", "INTERNAL"];
};
/** The path of a procedure, as `auth.verifyOtp`. */
export type ProcedurePath = keyof typeof procedureErrors;
/** The codes that a procedure can throw. */
export type ErrorCodeOf<Path extends ProcedurePath> = (typeof procedureErrors)[Path][number];