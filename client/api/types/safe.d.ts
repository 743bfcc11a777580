import type { ProcedurePath } from './shared/procedure-errors.js';
import { type LatchkeyErrorOf } from './errors.js';
import type { LatchkeyCall } from './types.js';
/** What became of a call: `data` or `error`, and the other is undefined. */
export type Outcome<Output, Path extends ProcedurePath> = {
    data: Output;
    error?: undefined;
} | {
    data?: undefined;
    error: LatchkeyErrorOf<Path>;
};
/**
 * Waits for a call without a `try`: `const { data, error } = await safe(latchkey.auth.login.mutate(input))`. The error is
 * one of those that the procedure can fail with. What is no error of a call, as one thrown by a callback, is thrown.
 */
export declare function safe<Output, Path extends ProcedurePath>(call: LatchkeyCall<Output, Path>): Promise<Outcome<Output, Path>>;