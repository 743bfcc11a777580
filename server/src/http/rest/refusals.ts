import { appErrorMessages, type FieldErrors } from '@latchkey/shared/errors';
import { type AppError, ValidationError } from '../../errors.ts';
import { snakeCase, toSnakeCase } from './fields.ts';
import { plain, problem, type Refusal } from './problem.ts';
import type { RestRoute } from './route.ts';

const realm = 'Bearer realm="api"';

/** What the tutorial's server says to whoever sends no access token where one is needed. */
export const noCredentials = { detail: 'Authentication credentials were not provided.' };

/** Tells a client with which credentials it may come again (RFC 6750, 3; RFC 9470, 3). */
function authenticateHeader({ code, details }: AppError, hasBearer: boolean): string {
  if (details && 'maxAgeSeconds' in details) {
    return `${realm}, error="insufficient_user_authentication", error_description="${appErrorMessages[code]}", max_age="${details.maxAgeSeconds}"`;
  }
  return code === 'UNAUTHENTICATED' && hasBearer ? `${realm}, error="invalid_token"` : realm;
}

/** The status of a code: that of tRPC, but for a missing confirmation, which HTTP has a 401 for (RFC 9470). */
export const statusOf = ({ code, status }: Pick<AppError, 'code' | 'status'>): number =>
  code === 'REAUTHENTICATION_REQUIRED' ? 401 : status;

function errorsOf(error: AppError, { fieldNames = {} }: RestRoute): FieldErrors {
  const errors = error instanceof ValidationError ? error.fieldErrors : {};
  const renamed = Object.entries(errors).map(([field, messages]) => [fieldNames[field] ?? snakeCase(field), messages]);
  return Object.fromEntries(renamed);
}

function bodyOf(error: AppError, route: RestRoute, hasBearer: boolean): Refusal {
  if (error.code === 'UNAUTHENTICATED' && !hasBearer) return plain(401, noCredentials);
  const own = route.refusals?.[error.code];
  if (own && 'status' in own) {
    return plain(own.status, 'toBody' in own ? own.toBody(errorsOf(error, route)) : own.body);
  }
  return problem(statusOf(error), error.code, error.message, {
    ...(toSnakeCase(error.details ?? {}) as object),
    ...(error instanceof ValidationError && { errors: errorsOf(error, route) }),
    ...own?.members,
  });
}

/** How a route refuses with an application error. */
export function refusalOf(error: AppError, route: RestRoute, hasBearer: boolean): Refusal {
  const refusal = bodyOf(error, route, hasBearer);
  if (refusal.status !== 401) return refusal;
  return { ...refusal, headers: { 'www-authenticate': authenticateHeader(error, hasBearer) } };
}
