export declare const appRouter: import('@trpc/server').TRPCBuiltRouter<{
    ctx: import('./context.js').Context;
    meta: import('./context.js').ProcedureMeta;
    errorShape: {
        code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
        message: string;
        data: {
            code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
            httpStatus: number;
            path?: string;
            stack?: string;
            app?: import('../shared/errors.js').AppErrorData;
            fieldErrors?: import('../shared/errors.js').FieldErrors;
        };
    };
    transformer: false;
}, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
    auth: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        register: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
                user: {
                    id: string;
                    username: string;
                    email: string;
                    firstName: string;
                    lastName: string;
                };
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        login: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username: string;
                password: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
                message: string;
                challengeId: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        verifyOtp: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
                otp: string;
                tokenDelivery?: "body" | "cookie" | undefined;
            };
            output: {
                accessToken: string;
                accessTokenExpiresAt: string;
                refreshToken?: string | undefined;
                refreshTokenExpiresAt: string;
                user: {
                    id: string;
                    username: string;
                    email: string;
                    firstName: string;
                    lastName: string;
                    emailVerified: boolean;
                    role: "admin" | "user";
                    dateJoined: string;
                    lastLoginAt: string | null;
                };
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        resendOtp: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        refresh: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                refreshToken?: string | undefined;
            };
            output: {
                accessToken: string;
                accessTokenExpiresAt: string;
                refreshToken?: string | undefined;
                refreshTokenExpiresAt: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        logout: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                refreshToken?: string | undefined;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        requestPasswordReset: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                email: string;
            };
            output: {
                message: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        resetPassword: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                token: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        undoEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                code: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
    user: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        me: import('@trpc/server').TRPCQueryProcedure<{
            input: void;
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        updateProfile: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username?: string | undefined;
                firstName?: string | undefined;
                lastName?: string | undefined;
                locale?: "de" | "en" | undefined;
            };
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
                locale: "de" | "en";
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        changePassword: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                currentPassword: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        requestEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                email: string;
                currentPassword: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
                challengeId: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        confirmEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
                otp: string;
            };
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        deleteAccount: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                currentPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        listActivity: import('@trpc/server').TRPCQueryProcedure<{
            input: {
                cursor?: string | undefined;
                limit?: number | undefined;
                direction?: "backward" | "forward" | undefined;
            };
            output: {
                items: {
                    id: string;
                    type: "account-deleted" | "code-failed" | "code-sent" | "email-change-requested" | "email-change-undone" | "email-changed" | "other-sessions-revoked" | "password-changed" | "password-confirmation-failed" | "password-reset" | "password-reset-requested" | "profile-updated" | "refresh-reused" | "registered" | "session-revoked" | "sign-in-failed" | "sign-in-locked" | "signed-in" | "signed-out";
                    at: string;
                    ip: string;
                    device: string;
                }[];
                nextCursor: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
    session: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        list: import('@trpc/server').TRPCQueryProcedure<{
            input: void;
            output: {
                id: string;
                current: boolean;
                device: string;
                ip: string;
                createdAt: string;
                lastSeenAt: string;
                expiresAt: string;
            }[];
            meta: import('./context.js').ProcedureMeta;
        }>;
        revoke: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                sessionId: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        revokeOthers: import('@trpc/server').TRPCMutationProcedure<{
            input: void;
            output: {
                revoked: number;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
}>>;
export type AppRouter = typeof appRouter;
/** Calls procedures without HTTP: `createCaller(ctx).user.me()`. Errors are the `TRPCError`s that HTTP answers with. */
export declare const createCaller: import('@trpc/server').TRPCRouterCaller<{
    ctx: import('./context.js').Context;
    meta: import('./context.js').ProcedureMeta;
    errorShape: {
        code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
        message: string;
        data: {
            code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
            httpStatus: number;
            path?: string;
            stack?: string;
            app?: import('../shared/errors.js').AppErrorData;
            fieldErrors?: import('../shared/errors.js').FieldErrors;
        };
    };
    transformer: false;
}, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
    auth: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        register: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
                user: {
                    id: string;
                    username: string;
                    email: string;
                    firstName: string;
                    lastName: string;
                };
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        login: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username: string;
                password: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
                message: string;
                challengeId: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        verifyOtp: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
                otp: string;
                tokenDelivery?: "body" | "cookie" | undefined;
            };
            output: {
                accessToken: string;
                accessTokenExpiresAt: string;
                refreshToken?: string | undefined;
                refreshTokenExpiresAt: string;
                user: {
                    id: string;
                    username: string;
                    email: string;
                    firstName: string;
                    lastName: string;
                    emailVerified: boolean;
                    role: "admin" | "user";
                    dateJoined: string;
                    lastLoginAt: string | null;
                };
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        resendOtp: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        refresh: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                refreshToken?: string | undefined;
            };
            output: {
                accessToken: string;
                accessTokenExpiresAt: string;
                refreshToken?: string | undefined;
                refreshTokenExpiresAt: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        logout: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                refreshToken?: string | undefined;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        requestPasswordReset: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                email: string;
            };
            output: {
                message: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        resetPassword: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                token: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        undoEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                code: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
    user: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        me: import('@trpc/server').TRPCQueryProcedure<{
            input: void;
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        updateProfile: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                username?: string | undefined;
                firstName?: string | undefined;
                lastName?: string | undefined;
                locale?: "de" | "en" | undefined;
            };
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
                locale: "de" | "en";
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        changePassword: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                currentPassword: string;
                password: string;
                confirmPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        requestEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                email: string;
                currentPassword: string;
            };
            output: {
                sentTo: string;
                expiresAt: string;
                resendAvailableAt: string | null;
                challengeId: string;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        confirmEmailChange: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                challengeId: string;
                otp: string;
            };
            output: {
                id: string;
                username: string;
                email: string;
                firstName: string;
                lastName: string;
                emailVerified: boolean;
                role: "admin" | "user";
                dateJoined: string;
                lastLoginAt: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        deleteAccount: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                currentPassword: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        listActivity: import('@trpc/server').TRPCQueryProcedure<{
            input: {
                cursor?: string | undefined;
                limit?: number | undefined;
                direction?: "backward" | "forward" | undefined;
            };
            output: {
                items: {
                    id: string;
                    type: "account-deleted" | "code-failed" | "code-sent" | "email-change-requested" | "email-change-undone" | "email-changed" | "other-sessions-revoked" | "password-changed" | "password-confirmation-failed" | "password-reset" | "password-reset-requested" | "profile-updated" | "refresh-reused" | "registered" | "session-revoked" | "sign-in-failed" | "sign-in-locked" | "signed-in" | "signed-out";
                    at: string;
                    ip: string;
                    device: string;
                }[];
                nextCursor: string | null;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
    session: import('@trpc/server').TRPCBuiltRouter<{
        ctx: import('./context.js').Context;
        meta: import('./context.js').ProcedureMeta;
        errorShape: {
            code: import('@trpc/server').TRPC_ERROR_CODE_NUMBER;
            message: string;
            data: {
                code: import('@trpc/server').TRPC_ERROR_CODE_KEY;
                httpStatus: number;
                path?: string;
                stack?: string;
                app?: import('../shared/errors.js').AppErrorData;
                fieldErrors?: import('../shared/errors.js').FieldErrors;
            };
        };
        transformer: false;
    }, import('@trpc/server').TRPCDecorateCreateRouterOptions<{
        list: import('@trpc/server').TRPCQueryProcedure<{
            input: void;
            output: {
                id: string;
                current: boolean;
                device: string;
                ip: string;
                createdAt: string;
                lastSeenAt: string;
                expiresAt: string;
            }[];
            meta: import('./context.js').ProcedureMeta;
        }>;
        revoke: import('@trpc/server').TRPCMutationProcedure<{
            input: {
                sessionId: string;
            };
            output: {
                success: true;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
        revokeOthers: import('@trpc/server').TRPCMutationProcedure<{
            input: void;
            output: {
                revoked: number;
            };
            meta: import('./context.js').ProcedureMeta;
        }>;
    }>>;
}>>;
export type Caller = ReturnType<typeof createCaller>;