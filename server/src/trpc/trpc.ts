import type { FieldErrors } from '@latchkey/shared/errors';
import { fieldMessages, type User } from '@latchkey/shared/schemas';
import { initTRPC, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import * as z from 'zod/mini';
import { networkCounters } from '../domain/limits/counters.ts';
import type { LimitName } from '../domain/limits/rules.ts';
import { confirmationSeconds } from '../domain/step-up.ts';
import { toUser } from '../domain/to-user.ts';
import { AppError, ValidationError } from '../errors.ts';
import { isDatabaseAway } from '../infra/mongo.ts';
import type { Context, ProcedureMeta } from './context.ts';
import { formatError, hasMadeFormatter, SetUpError } from './error-formatter.ts';

const trpcCodes = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'TOO_MANY_REQUESTS',
  500: 'INTERNAL_SERVER_ERROR',
  503: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<AppError['status'], TRPCError['code']>;

/** The field errors of a schema's issues. Unknown keys stand under their own name. */
function toFieldErrors(error: z.core.$ZodError): FieldErrors {
  const entries = new Map<string, string[]>();
  for (const issue of error.issues) {
    const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : undefined;
    const message = unknownKeys ? fieldMessages.unknownField : issue.message;
    for (const field of unknownKeys ?? issue.path.slice(0, 1).map(String)) {
      entries.set(field, [...(entries.get(field) ?? []), message]);
    }
  }
  return Object.fromEntries(entries);
}

/** The `AppError` behind what a procedure threw; undefined for tRPC's own errors, which keep their code and status. */
function toAppError(error: TRPCError, ctx: Context): AppError | undefined {
  const { cause } = error;
  if (cause instanceof AppError) return cause;
  if (error.code === 'BAD_REQUEST' && cause instanceof z.core.$ZodError) {
    return new ValidationError(toFieldErrors(cause));
  }
  if (error.code !== 'INTERNAL_SERVER_ERROR') return undefined;
  if (isDatabaseAway(cause)) {
    ctx.request.logger.warn({ err: cause }, 'the database did not answer');
    return new AppError('UNAVAILABLE');
  }
  ctx.request.logger.error({ err: cause ?? error }, 'unexpected error');
  const masked = new AppError('INTERNAL');
  masked.message += ` (request ${ctx.request.id})`;
  return masked;
}

const t = initTRPC.context<Context>().meta<ProcedureMeta>().create({
  // Outside production tRPC would add stacks to what it sends.
  isDev: false,
  errorFormatter: formatError,
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

function missing(message: string): TRPCError {
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message, cause: new SetUpError(message) });
}

/** Names the line that a host's server lacks: the compiler sees neither, and without the formatter nothing would be masked. */
function assertSetUp(ctx: { [Name in keyof Context]?: Context[Name] | undefined } | undefined): void {
  if (!ctx?.request || !ctx.latchkey) {
    throw missing('Latchkey has no context here. Give the adapter: createContext: latchkey.createContext');
  }
  if (ctx.hosted && !hasMadeFormatter()) {
    throw missing('Latchkey does not shape the errors here. Give initTRPC.create: errorFormatter: formatErrors()');
  }
}

/** Every procedure: what it throws leaves as a `TRPCError` whose cause is an `AppError`, over HTTP and from a caller alike. */
export const publicProcedure = t.procedure.use(async ({ ctx, next, path }) => {
  assertSetUp(ctx);
  const result = await next();
  const cause = result.ok ? undefined : toAppError(result.error, ctx);
  const status = result.ok ? 200 : (cause?.status ?? getHTTPStatusCodeFromError(result.error));
  ctx.request.trace?.calls.push({ procedure: path, status });
  if (!cause) return result;
  ctx.request.logger.debug({ procedure: path, code: cause.code, details: cause.details }, 'refused');
  if (cause.retryAfterSeconds !== undefined) ctx.request.retryAfter(cause.retryAfterSeconds);
  throw new TRPCError({ code: trpcCodes[cause.status], message: cause.message, cause });
});

/**
 * Declares a limit and counts each call against it, by client address: `.concat(limit('signInsPerAddress'))`. It stands
 * behind the input: a typing error costs nothing.
 */
export const limit = (name: Extract<LimitName, `${string}PerAddress`>) =>
  t.procedure.meta({ limit: name }).use(async ({ ctx, next }) => {
    await ctx.latchkey.counters.consume(...networkCounters(name, ctx.request));
    return next();
  });

/** A procedure of somebody who is signed in. */
export const protectedProcedure = publicProcedure.meta({ signedIn: true }).use(async ({ ctx, next }) => {
  const viewer = await ctx.latchkey.sessions.authenticate(ctx.request);
  if (ctx.request.trace) ctx.request.trace.userId = viewer.user._id;
  return next({ ctx: { viewer } });
});

/**
 * A procedure of somebody who has confirmed a moment ago that it is still them: `confirmedProcedure({ maxAgeSeconds: 900,
 * strength: 'any' })`. It costs no read of its own. Throws `REAUTHENTICATION_REQUIRED`.
 * @param base whoever else may not call it is refused by this first: nobody confirms what they may not do
 */
export const confirmedProcedure = (
  confirmed: NonNullable<ProcedureMeta['confirmed']>,
  base: typeof protectedProcedure = protectedProcedure,
) =>
  base.meta({ confirmed }).use(({ ctx, next }) => {
    ctx.latchkey.stepUp.assertConfirmed(confirmed, ctx.viewer);
    return next();
  });

/** A procedure of those who run the server: whoever else calls is refused before anything is asked of them. Throws `FORBIDDEN`. */
export const adminProcedure = confirmedProcedure(
  { maxAgeSeconds: confirmationSeconds, strength: 'any' },
  protectedProcedure.meta({ admin: true }).use(async ({ ctx, next }) => {
    await ctx.latchkey.admins.assertAdmin(ctx.viewer.user._id);
    return next();
  }),
);

/** Somebody who is signed in, as far as a host's procedures need to know. */
export interface SignedInViewer extends User {
  sessionId: string;
}

/**
 * A procedure of a host for somebody who is signed in, who is `ctx.viewer`: `t.procedure.concat(viewerProcedure)`.
 * It throws `UNAUTHENTICATED`, and what it throws leaves as our own errors do.
 */
export const viewerProcedure = publicProcedure.meta({ signedIn: true }).use(async ({ ctx, next }) => {
  const { user, session } = await ctx.latchkey.sessions.authenticate(ctx.request);
  const viewer: SignedInViewer = { ...toUser(user), sessionId: session._id };
  return next({ ctx: { viewer } });
});
