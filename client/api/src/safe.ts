import type { ProcedurePath } from '@latchkey/shared/procedure-errors';
import { isLatchkeyError, type LatchkeyErrorOf } from './errors.ts';
import type { LatchkeyCall } from './types.ts';

/** What became of a call: `data` or `error`, and the other is undefined. */
export type Outcome<Output, Path extends ProcedurePath> =
  | { data: Output; error?: undefined }
  | { data?: undefined; error: LatchkeyErrorOf<Path> };

/**
 * Waits for a call without a `try`: `const { data, error } = await safe(latchkey.auth.login.mutate(input))`. The error is
 * one of those that the procedure can fail with. What is no error of a call, as one thrown by a callback, is thrown.
 */
export async function safe<Output, Path extends ProcedurePath>(
  call: LatchkeyCall<Output, Path>,
): Promise<Outcome<Output, Path>> {
  try {
    return { data: await call };
  } catch (error) {
    if (isLatchkeyError(error, call.procedure)) return { error };
    throw error;
  }
}
