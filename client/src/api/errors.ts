import type { AppRouter } from '@latchkey/server';
import type { AppErrorCode, AppErrorData, FieldErrors } from '@latchkey/shared/errors';
import { TRPCClientError } from '@trpc/client';

export type LatchkeyError = TRPCClientError<AppRouter>;

/** What went wrong, in the three ways a person can be told about it. */
export type Problem =
  /** The server refused, with a code of the contract. */
  | { kind: 'refused'; app: AppErrorData; fieldErrors: FieldErrors }
  /** No answer arrived: no network, a time-out, or a proxy that speaks for a server that is away. */
  | { kind: 'unreachable' }
  | { kind: 'unexpected' };

export function isLatchkeyError(error: unknown): error is LatchkeyError {
  return error instanceof TRPCClientError;
}

export function toProblem(error: unknown): Problem {
  if (!isLatchkeyError(error)) return { kind: 'unexpected' };
  if (!error.data) return { kind: 'unreachable' };
  if (!error.data.app) return { kind: 'unexpected' };
  return { kind: 'refused', app: error.data.app, fieldErrors: error.data.fieldErrors ?? {} };
}

/** The application code of an error; undefined when it carries none. */
export function codeOf(error: unknown): AppErrorCode | undefined {
  return isLatchkeyError(error) ? error.data?.app?.code : undefined;
}

/** How many seconds the server asks to wait, when it does. */
export function retryAfterSeconds(problem: Problem): number | undefined {
  if (problem.kind !== 'refused') return undefined;
  const { app } = problem;
  return app.code === 'RATE_LIMITED' || app.code === 'BUSY' ? app.details.retryAfterSeconds : undefined;
}

/** Whether the same call may succeed a little later without anybody doing anything. */
export function isPassing(problem: Problem): boolean {
  if (problem.kind === 'unreachable') return true;
  return (
    problem.kind === 'refused' &&
    (problem.app.code === 'BUSY' || problem.app.code === 'UNAVAILABLE' || problem.app.code === 'RATE_LIMITED')
  );
}
