import { isLatchkeyError } from '@latchkey/client';
import type { AppErrorData, FieldErrors } from '@latchkey/shared/errors';

/** The ways in which a call can fail for a person. */
export type Problem =
  /** The server refused, with a code of the contract. */
  | { kind: 'refused'; app: AppErrorData; fieldErrors: FieldErrors }
  /** No response arrived: no network, a time-out, or a proxy that speaks for a server that is away. */
  | { kind: 'unreachable' }
  /** The person was asked to confirm it, and did not. */
  | { kind: 'cancelled' }
  | { kind: 'unexpected' };

export function toProblem(error: unknown): Problem {
  if (!isLatchkeyError(error)) return { kind: 'unexpected' };
  if (error.code === 'CONFIRMATION_CANCELLED') return { kind: 'cancelled' };
  if (!error.data) return { kind: 'unreachable' };
  if (!error.data.app) return { kind: 'unexpected' };
  return { kind: 'refused', app: error.data.app, fieldErrors: error.data.fieldErrors ?? {} };
}

/** The seconds that the server asks to wait; undefined when it asks for none. */
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

/** The code and details with which the server refused; undefined when the call failed in another way. */
export function refusalOf(problem: Problem | undefined): AppErrorData | undefined {
  return problem?.kind === 'refused' ? problem.app : undefined;
}
