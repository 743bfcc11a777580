import type { AppRouter } from '@latchkey/server';
import type { AppErrorCode } from '@latchkey/shared/errors';
import { TRPCClientError } from '@trpc/client';

/** A failed call. `data` is undefined when no response arrived; `data.app` carries the code of the contract. */
export type LatchkeyError = TRPCClientError<AppRouter>;

export function isLatchkeyError(error: unknown): error is LatchkeyError {
  return error instanceof TRPCClientError;
}

/** The application code of an error; undefined when it carries none. */
export function codeOf(error: unknown): AppErrorCode | undefined {
  return isLatchkeyError(error) ? error.data?.app?.code : undefined;
}
