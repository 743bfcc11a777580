import type { AppRouter } from '@latchkey/server';
import {
  type ClientErrorCode,
  type ClientErrorDetails,
  confirmationCancelled,
  type NoResponseReason,
  noResponseReasons,
} from '@latchkey/shared/client-errors';
import {
  type AppErrorCode,
  type AppErrorData,
  type AppErrorDetails,
  appErrorAdvice,
  type FieldErrors,
} from '@latchkey/shared/errors';
import { type ErrorCodeOf, type ProcedurePath, procedureErrors } from '@latchkey/shared/procedure-errors';
import { TRPCClientError } from '@trpc/client';
import { UnreadableResponse } from './transport.ts';

export type LatchkeyErrorCode = AppErrorCode | ClientErrorCode;

type Details = AppErrorDetails & ClientErrorDetails;
type DetailsOf<Code> = Code extends keyof Details ? Details[Code] : undefined;

/** The codes of a session that ended while its token was renewed, and of a confirmation that was asked for in between. */
type AddedTo<Code> =
  | (Code extends 'UNAUTHENTICATED' ? 'SESSION_EXPIRED' | 'SESSION_REUSED' : never)
  | (Code extends 'REAUTHENTICATION_REQUIRED' ? 'CONFIRMATION_CANCELLED' : never);

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

interface TransportMeta {
  response?: { status?: number; headers?: { get(name: string): string | null } };
}

/** What every call fails with: what happened, by code, and what can be done about it. */
export class LatchkeyError<Code extends LatchkeyErrorCode = LatchkeyErrorCode> extends TRPCClientError<AppRouter> {
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

  constructor({
    code,
    details,
    message,
    advice,
    procedure,
    from,
    cause = from?.cause as Error | undefined,
  }: Parts<Code>) {
    super(message, {
      ...(from?.shape && { result: { error: from.shape } }),
      ...(from?.meta && { meta: from.meta }),
      ...(cause && { cause }),
    });
    // The constructor above makes every instance one of its own class.
    Object.setPrototypeOf(this, LatchkeyError.prototype);
    this.name = 'LatchkeyError';
    this.code = code;
    this.details = details;
    this.fieldErrors = this.data?.fieldErrors ?? {};
    this.procedure = procedure;
    this.requestId = responseOf(from)?.headers?.get('x-request-id') ?? undefined;
    this.advice = advice;
    this.docs = `docs/errors.md#${code.toLowerCase()}`;
  }
}

type OfCode<Code> = Code extends LatchkeyErrorCode ? LatchkeyError<Code> : never;

/** What a call of this procedure can fail with: one error per code, so that a `switch` over `code` narrows `details`. */
export type LatchkeyErrorOf<Path extends ProcedurePath> = OfCode<CodeOf<Path>>;

const responseOf = (error: TRPCClientError<AppRouter> | undefined) =>
  (error?.meta as TransportMeta | undefined)?.response;

const isProcedure = (path: string): path is ProcedurePath => Object.hasOwn(procedureErrors, path);

const added: Partial<Record<LatchkeyErrorCode, AppErrorCode>> = {
  SESSION_EXPIRED: 'UNAUTHENTICATED',
  SESSION_REUSED: 'UNAUTHENTICATED',
  CONFIRMATION_CANCELLED: 'REAUTHENTICATION_REQUIRED',
};

/** Whether the types say that a call of this procedure can fail with this code. */
function isKnown(path: ProcedurePath, code: LatchkeyErrorCode): boolean {
  const codes: readonly LatchkeyErrorCode[] = procedureErrors[path];
  const origin = added[code];
  return code === 'NO_RESPONSE' || codes.includes(code) || (origin !== undefined && codes.includes(origin));
}

export function noResponse(
  procedure: string,
  reason: NoResponseReason,
  from?: TRPCClientError<AppRouter>,
  cause?: Error,
): LatchkeyError<'NO_RESPONSE'> {
  const { message, advice } = noResponseReasons[reason];
  return new LatchkeyError({ code: 'NO_RESPONSE', details: { reason }, message, advice, procedure, from, cause });
}

export const cancelled = (procedure: string, from: LatchkeyError): LatchkeyError =>
  new LatchkeyError({ code: 'CONFIRMATION_CANCELLED', details: undefined, ...confirmationCancelled, procedure, from });

/** A proxy speaks with these for a server that is away. */
const awayStatuses = new Set([502, 503, 504]);

function reasonOf(error: TRPCClientError<AppRouter>): NoResponseReason {
  if (error.data) return 'other-version';
  const status = error.cause instanceof UnreadableResponse ? error.cause.status : responseOf(error)?.status;
  if (status === undefined || awayStatuses.has(status)) return 'unreachable';
  return 'not-latchkey';
}

const fromApp = (app: AppErrorData, procedure: string, from: TRPCClientError<AppRouter>): LatchkeyError =>
  new LatchkeyError({
    code: app.code,
    details: 'details' in app ? app.details : undefined,
    message: from.message,
    advice: appErrorAdvice[app.code],
    procedure,
    from,
  } as Parts<AppErrorCode>);

/**
 * What a call fails with, from what its transport threw. A procedure of a host fails with its own errors, but where
 * Latchkey refused, or nothing came.
 * @param procedure the path without the prefix under which a host nests ours
 */
export function toLatchkeyError(error: unknown, procedure: string): Error {
  if (error instanceof LatchkeyError) return error;
  const from = TRPCClientError.from<AppRouter>(error instanceof Error ? error : new Error(String(error)));
  const app = from.data?.app;
  if (!isProcedure(procedure)) {
    if (app) return fromApp(app, procedure, from);
    return from.data ? from : noResponse(procedure, reasonOf(from), from);
  }
  if (app && isKnown(procedure, app.code)) return fromApp(app, procedure, from);
  return noResponse(procedure, reasonOf(from), from);
}

/** What a call fails with whose access token could not be renewed: the end of the session, or no response. */
export function toRenewalError(error: LatchkeyError, procedure: string): LatchkeyError {
  const { code, details, message, advice } = error;
  if (code !== 'SESSION_EXPIRED' && code !== 'SESSION_REUSED' && code !== 'NO_RESPONSE') {
    return noResponse(procedure, 'not-renewed', error, error);
  }
  return new LatchkeyError({ code, details, message, advice, procedure, from: error, cause: error } as Parts<
    typeof code
  >);
}

/** Whether this is what calls fail with; with a path, whether it is what a call of that procedure fails with. */
export function isLatchkeyError(error: unknown): error is OfCode<LatchkeyErrorCode>;
export function isLatchkeyError<Path extends ProcedurePath>(error: unknown, path: Path): error is LatchkeyErrorOf<Path>;
export function isLatchkeyError(error: unknown, path?: ProcedurePath): boolean {
  return error instanceof LatchkeyError && (path === undefined || error.procedure === path);
}

/** The code of an error of the server; undefined where there is none. */
export function codeOf(error: unknown): AppErrorCode | undefined {
  return error instanceof TRPCClientError ? (error as TRPCClientError<AppRouter>).data?.app?.code : undefined;
}

/** For the `default` of a `switch` over codes: it compiles only where every code has its case. */
export function assertNever(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
