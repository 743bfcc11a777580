import type { AppRouter } from '@latchkey/server';
import type { ProcedurePath } from '@latchkey/shared/procedure-errors';

type Areas = AppRouter['_def']['record'];

/** Per call: when to stop waiting. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** How long one request may take; 30 seconds where nothing is said here or in the client's options. */
  timeoutMilliseconds?: number | undefined;
}

/** A call under way. `safe` and `isLatchkeyError` know by `procedure` what it can fail with. */
export interface LatchkeyCall<Output, Path extends ProcedurePath> extends Promise<Output> {
  readonly procedure: Path;
}

interface Described {
  _def: { type: string; $types: { input: unknown; output: unknown } };
}

// biome-ignore lint/suspicious/noConfusingVoidType: the input of a procedure without one is void
type Arguments<Input> = [Input] extends [undefined | void]
  ? [input?: undefined, options?: CallOptions]
  : undefined extends Input
    ? [input?: Input, options?: CallOptions]
    : [input: Input, options?: CallOptions];

type Call<Procedure extends Described, Path> = (
  ...args: Arguments<Procedure['_def']['$types']['input']>
) => LatchkeyCall<Procedure['_def']['$types']['output'], Path & ProcedurePath>;

type Verbs<Procedure, Path> = Procedure extends Described
  ? Procedure['_def']['type'] extends 'query'
    ? { query: Call<Procedure, Path> }
    : { mutate: Call<Procedure, Path> }
  : never;

/** The procedures of a Latchkey server. */
export type Procedures = {
  [Area in keyof Areas]: { [Name in keyof Areas[Area]]: Verbs<Areas[Area][Name], `${Area}.${Name & string}`> };
};

type OutputOf<Procedure> = Procedure extends Described ? Procedure['_def']['$types']['output'] : never;

/** The account of whoever is signed in, as `user.me` gives it. */
export type User = OutputOf<Areas['user']['me']>;
/** One event of the account, as `user.listActivity` gives it. */
export type ActivityItem = OutputOf<Areas['user']['listActivity']>['items'][number];
/** What `user.listActivity` can be asked for alone. */
export type ActivityKind = NonNullable<Areas['user']['listActivity']['_def']['$types']['input']['kind']>;
