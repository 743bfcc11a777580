import type { AppErrorCode, FieldErrors } from '@latchkey/shared/errors';
import type { ProcedurePath } from '@latchkey/shared/procedure-errors';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { ZodMiniType } from 'zod/mini';
import type { AppRouter } from '../../trpc/app-router.ts';
import type { Fields } from './fields.ts';

type At<Tree, Path> = Path extends `${infer Area}.${infer Name}`
  ? Area extends keyof Tree
    ? Name extends keyof Tree[Area]
      ? Tree[Area][Name]
      : never
    : never
  : never;
type Input<Path> = At<inferRouterInputs<AppRouter>, Path>;
type Output<Path> = At<inferRouterOutputs<AppRouter>, Path>;

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route may read of a request. */
export interface RestCall {
  fields: Fields;
  /** What stands in the path, as `id` of `/api/sessions/{id}`. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** Why an administrator does it, as `X-Reason` says. */
  reason: string | undefined;
  /** Where the server is reached. */
  publicUrl: string;
  /** The challenge that the cookie of this client holds for a name. */
  challengeOf: (username: string) => string | undefined;
}

/** What a route may do beside its body. */
export interface RestReply<Path extends ProcedurePath = ProcedurePath> {
  /** Calls the procedure once more, for the rest of a list. */
  callAgain: (input: { [Key in keyof Input<Path>]?: unknown }) => Promise<Output<Path>>;
  rememberChallenge: (challengeId: string, username: string) => void;
  forgetChallenge: () => void;
}

/**
 * How a code is refused where that is no plain problem: as the tutorial's server has it, fixed or made of what is wrong
 * with the fields, or as a problem with members of its own.
 */
export type OldRefusal =
  | { status: number; body: object }
  | { status: number; toBody: (errors: FieldErrors) => object; example: object }
  | { members: object };

/** What a call may read of a query or a header. */
export type ParameterName = 'limit' | 'cursor' | 'reason';

/** A call: where it is, which procedure does it, and how the two sides are told to each other. */
export interface RestRoute<Path extends ProcedurePath = ProcedurePath> {
  method: Method;
  /** Without the slash at its end, which may be there. */
  path: string;
  procedure: Path;
  /** Its name in the reference, where two calls have one procedure. */
  operationId?: string;
  /** What it does, for the reference. */
  summary: string;
  /** The status of a success: 200 unless said otherwise. */
  status?: 201 | 204;
  /** What the client may send; unknown fields are ignored, as ever. */
  body?: ZodMiniType;
  /** What a success is; nothing with 204. */
  response?: ZodMiniType;
  /** An example of each field that the client sends. */
  example?: Record<string, unknown>;
  /** What it reads beside its body and its path. */
  parameters?: ParameterName[];
  /** Fields that must all be there, and what is said in the tutorial's words where one is not. */
  missing?: { fields: string[]; body: object };
  /** With what a call may be signed where its procedure needs no access token. */
  security?: 'bearer' | 'challenge';
  /** Gives the procedure its input, not yet checked, or throws `RefusedRequest`. */
  toInput?: (call: RestCall) => { [Key in keyof Input<Path>]?: unknown };
  /** What a field of the procedure is called here, where that is not its name in snake case. */
  fieldNames?: Record<string, string>;
  toOutput?: (output: Output<Path>, reply: RestReply<Path>, call: RestCall) => unknown;
  /** The codes with a form of their own; every other is a problem. */
  refusals?: Partial<Record<AppErrorCode, OldRefusal>>;
}

/** A call that is there to be refused. */
export interface ClosedRoute {
  method: Method;
  path: string;
  refused: { status: 405; body: object };
}

/** Lets a route be written against the types of its procedure, and be one of a list. */
export const route = <Path extends ProcedurePath>(written: RestRoute<Path>): RestRoute =>
  written as unknown as RestRoute;
