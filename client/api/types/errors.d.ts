import type { AppRouter } from './server/app-router.js';
import { type ClientErrorCode, type ClientErrorDetails, type NoResponseReason } from './shared/client-errors.js';
import { type AppErrorCode, type AppErrorDetails, type FieldErrors } from './shared/errors.js';
import { type ErrorCodeOf, type ProcedurePath } from './shared/procedure-errors.js';
import { TRPCClientError } from '@trpc/client';
export type LatchkeyErrorCode = AppErrorCode | ClientErrorCode;
type Details = AppErrorDetails & ClientErrorDetails;
type DetailsOf<Code> = Code extends keyof Details ? Details[Code] : undefined;
/** The codes of a session that ended while its token was renewed, and of a confirmation that was asked for in between. */
type AddedTo<Code> = (Code extends 'UNAUTHENTICATED' ? 'SESSION_EXPIRED' | 'SESSION_REUSED' : never) | (Code extends 'REAUTHENTICATION_REQUIRED' ? 'CONFIRMATION_CANCELLED' : never);
/** Every code that a call of this procedure can fail with. */
export type CodeOf<Path extends ProcedurePath> = ErrorCodeOf<Path> | AddedTo<ErrorCodeOf<Path>> | 'NO_RESPONSE';
interface Parts<Code extends LatchkeyErrorCode> {
    code: Code;
    details: DetailsOf<Code>;
    message: string;
    advice: string;
    procedure: string;
    /** What the transport gave, or the renewal that a call waited for. */
    from: TRPCClientError<AppRouter> | undefined;
    cause?: Error | undefined;
}
/** What every call fails with: what happened, by code, and what can be done about it. */
export declare class LatchkeyError<Code extends LatchkeyErrorCode = LatchkeyErrorCode> extends TRPCClientError<AppRouter> {
    readonly code: Code;
    /** What the code tells beside itself, as `{ attemptsLeft: 2 }`. */
    readonly details: DetailsOf<Code>;
    /** Messages by field, where the code is `VALIDATION`. */
    readonly fieldErrors: FieldErrors;
    /** The procedure that was called, as `auth.verifyOtp`. */
    readonly procedure: string;
    /** Finds the call in the log of the server, where it got there. */
    readonly requestId: string | undefined;
    /** What to do, for whoever builds the client. */
    readonly advice: string;
    /** The code's section in the documentation that comes with this package. */
    readonly docs: string;
    constructor({ code, details, message, advice, procedure, from, cause, }: Parts<Code>);
}
type OfCode<Code> = Code extends LatchkeyErrorCode ? LatchkeyError<Code> : never;
/** What a call of this procedure can fail with: one error per code, so that a `switch` over `code` narrows `details`. */
export type LatchkeyErrorOf<Path extends ProcedurePath> = OfCode<CodeOf<Path>>;
export declare function noResponse(procedure: string, reason: NoResponseReason, from?: TRPCClientError<AppRouter>, cause?: Error): LatchkeyError<'NO_RESPONSE'>;
export declare const cancelled: (procedure: string, from: LatchkeyError) => LatchkeyError;
/**
 * What a call fails with, from what its transport threw. A procedure of a host fails with its own errors, but where
 * Latchkey refused, or nothing came.
 * @param procedure the path without the prefix under which a host nests ours
 */
export declare function toLatchkeyError(error: unknown, procedure: string): Error;
/** What a call fails with whose access token could not be renewed: the end of the session, or no response. */
export declare function toRenewalError(error: LatchkeyError, procedure: string): LatchkeyError;
/** Whether this is what calls fail with; with a path, whether it is what a call of that procedure fails with. */
export declare function isLatchkeyError(error: unknown): error is OfCode<LatchkeyErrorCode>;
export declare function isLatchkeyError<Path extends ProcedurePath>(error: unknown, path: Path): error is LatchkeyErrorOf<Path>;
/** The code of an error of the server; undefined where there is none. */
export declare function codeOf(error: unknown): AppErrorCode | undefined;
/** For the `default` of a `switch` over codes: it compiles only where every code has its case. */
export declare function assertNever(value: never): never;
export {};