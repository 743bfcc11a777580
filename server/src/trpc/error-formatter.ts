import type { AppErrorData, FieldErrors } from '@latchkey/shared/errors';
import { appErrorMessages } from '@latchkey/shared/errors';
import type { TRPCDefaultErrorShape, TRPCError } from '@trpc/server';
import { AppError, ValidationError } from '../errors.ts';

/** What every error of a call carries beside tRPC's own: the application's code, and which fields are wrong. */
export interface ErrorShape extends TRPCDefaultErrorShape {
  data: TRPCDefaultErrorShape['data'] & { app?: AppErrorData; fieldErrors?: FieldErrors };
}

/** A host's server lacks a line of ours: the message names it and tells nothing else, so nobody masks it. */
export class SetUpError extends Error {}

interface ErrorOptions {
  shape: TRPCDefaultErrorShape;
  error: TRPCError;
}

/** Shapes an error for the wire. What nobody expected keeps its message and its stack to itself. */
export function formatError({ shape, error }: ErrorOptions): ErrorShape {
  const app = error.cause instanceof AppError ? error.cause.toData() : undefined;
  const fieldErrors = error.cause instanceof ValidationError ? error.cause.fieldErrors : undefined;
  const isExpected = app !== undefined || error.cause instanceof SetUpError;
  const message = shape.data.httpStatus >= 500 && !isExpected ? appErrorMessages.INTERNAL : shape.message;
  // A host may not have said `isDev: false`, and tRPC then sends the stack outside production.
  const { stack: _stack, ...data } = shape.data;
  return { ...shape, message, data: { ...data, ...(app && { app }), ...(fieldErrors && { fieldErrors }) } };
}

const formatters = new WeakSet<object>([formatError]);

/** Whether a router shapes its errors as ours need it. */
export const shapesErrors = (formatter: object): boolean => formatters.has(formatter);

let made = false;

/** Whether this process has made a formatter for a router of its own. */
export const hasMadeFormatter = (): boolean => made;

/**
 * The error formatter of a router in which ours is nested: `initTRPC.create({ errorFormatter: formatErrors() })`.
 * @param own changes the shape further; it gets ours
 */
export function formatErrors<Shape extends ErrorShape = ErrorShape>(
  own: (options: ErrorOptions & { shape: ErrorShape }) => Shape = ({ shape }) => shape as Shape,
) {
  made = true;
  const formatter = (options: ErrorOptions): Shape => own({ ...options, shape: formatError(options) });
  formatters.add(formatter);
  return formatter;
}
