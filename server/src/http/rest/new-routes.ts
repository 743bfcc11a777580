import { newPassword, personName } from '@latchkey/shared/schemas';
import * as z from 'zod/mini';
import { toSnakeCase } from './fields.ts';
import { type RestRoute, route } from './route.ts';

const text = z.string();
const dateTime = z.iso.datetime();
const success = z.strictObject({ success: z.literal(true) });
const sessions = z.array(
  z.strictObject({
    id: text,
    current: z.boolean(),
    device: text,
    browser: z.optional(text),
    system: z.optional(text),
    name: z.optional(text),
    ip: text,
    created_at: dateTime,
    last_seen_at: dateTime,
    expires_at: dateTime,
  }),
);

/** The calls that the tutorial's server does not have. */
export const newRoutes: RestRoute[] = [
  route({
    method: 'POST',
    path: '/api/resend-otp',
    procedure: 'auth.resendOtp',
    security: 'challenge',
    summary: 'Mails another code. A client that keeps no cookies adds the `challenge_id` of its login.',
    body: z.object({ username: z.optional(text), challenge_id: z.optional(text) }),
    example: { username: 'ada' },
    response: z.strictObject({ sent_to: text, expires_at: dateTime, resend_available_at: z.nullable(dateTime) }),
    toInput: ({ fields, challengeOf }) => ({
      challengeId: fields.challenge_id ?? challengeOf(String(fields.username)),
    }),
    toOutput: toSnakeCase,
  }),

  route({
    method: 'POST',
    path: '/api/logout',
    procedure: 'auth.logout',
    security: 'bearer',
    summary: 'Ends the session of the refresh token, or without one that of the access token.',
    body: z.object({ refresh: z.optional(text) }),
    response: success,
    toInput: ({ fields }) => ({ ...('refresh' in fields && { refreshToken: fields.refresh }) }),
    fieldNames: { refreshToken: 'refresh' },
  }),

  route({
    method: 'GET',
    path: '/api/sessions',
    procedure: 'session.list',
    summary: 'The sessions of whoever is signed in, latest first.',
    response: sessions,
    toOutput: toSnakeCase,
  }),

  route({
    method: 'PATCH',
    path: '/api/sessions/{id}',
    procedure: 'session.rename',
    summary: 'Gives a session a name.',
    body: z.object({ name: personName }),
    example: { name: 'The old laptop' },
    response: success,
    toInput: ({ params, fields }) => ({ sessionId: params.id, name: fields.name }),
  }),

  route({
    method: 'DELETE',
    path: '/api/sessions/{id}',
    procedure: 'session.revoke',
    summary: 'Ends a session.',
    status: 204,
    toInput: ({ params }) => ({ sessionId: params.id }),
  }),

  route({
    method: 'POST',
    path: '/api/sessions/end-others',
    procedure: 'session.revokeOthers',
    summary: 'Ends every session but this one.',
    response: z.strictObject({ revoked: z.int() }),
  }),

  route({
    method: 'POST',
    path: '/api/confirm',
    procedure: 'session.confirm',
    summary: 'Notes for a while that whoever holds this session knows the password.',
    body: z.object({ password: text }),
    example: { password: 'correct horse battery staple' },
    response: z.strictObject({ confirmed_until: dateTime }),
    toInput: ({ fields }) => ({ password: fields.password }),
    toOutput: toSnakeCase,
  }),

  route({
    method: 'POST',
    path: '/api/password-reset',
    procedure: 'auth.requestPasswordReset',
    summary: 'Mails a link to set a new password, if the address is that of an account.',
    body: z.object({ email: text }),
    example: { email: 'ada@example.com' },
    response: z.strictObject({ message: text }),
    toInput: ({ fields }) => ({ email: fields.email }),
  }),

  route({
    method: 'POST',
    path: '/api/password-reset/confirm',
    procedure: 'auth.resetPassword',
    summary: 'Sets a new password with the token of the mailed link, and ends every session.',
    body: z.object({ token: text, password: newPassword, confirm_password: text }),
    example: {
      token: 'n5Vd0y7wPz1kQe3r',
      password: 'correct horse battery staple',
      confirm_password: 'correct horse battery staple',
    },
    response: success,
    toInput: ({ fields: { token, password, confirm_password: confirmPassword } }) => ({
      token,
      password,
      confirmPassword,
    }),
  }),
];
