import { appErrorMessages, type FieldErrors } from '@latchkey/shared/errors';
import { email, fieldMessages, locale, newPassword, newUsername, otp, personName } from '@latchkey/shared/schemas';
import * as z from 'zod/mini';
import { isMissing } from './fields.ts';
import { plain, RefusedRequest } from './problem.ts';
import { type ClosedRoute, type OldRefusal, type RestRoute, route } from './route.ts';

const text = z.string();
export const account = z.strictObject({ id: text, username: text, first_name: text, last_name: text, email: text });

const names = { first_name: 'Ada', last_name: 'Lovelace' };
const signIn = { username: 'ada', password: 'correct horse battery staple' };
const token = 'eyJhbGciOiJIUzI1NiIsInR5cCI6…';

const mismatch = { message: ['Both password must match'] };
const wrongCode = { status: 400, body: { message: 'Invalid OTP' } } satisfies OldRefusal;

export const toAccount = ({
  id,
  username,
  email: address,
  firstName,
  lastName,
}: {
  id: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}) => ({ id, username, first_name: firstName, last_name: lastName, email: address });

/** A client may have read the digits of a code as a number. */
const digitsOf = (value: unknown) => (typeof value === 'number' ? String(value).padStart(6, '0') : value);

/** What is wrong, field by field, as Django REST framework has it. */
function byField(errors: FieldErrors): FieldErrors {
  const toDjango = (message: string) => (message === fieldMessages.email ? 'Enter a valid email address.' : message);
  return Object.fromEntries(Object.entries(errors).map(([field, messages]) => [field, messages.map(toDjango)]));
}

/** Whether both passwords are the same is said once every field is right. */
function registrationErrors({ confirm_password: confirmation = [], ...others }: FieldErrors): object {
  const missing = confirmation.filter((message) => message !== fieldMessages.passwordMismatch);
  const errors = { ...others, ...(missing.length > 0 && { confirm_password: missing }) };
  return Object.keys(errors).length === 0 ? mismatch : byField(errors);
}

/** The calls of the tutorial's server, with the statuses and bodies that it has. */
export const tutorialRoutes: (RestRoute | ClosedRoute)[] = [
  route({
    method: 'POST',
    path: '/api/users/register',
    procedure: 'auth.register',
    summary: 'Makes an account.',
    status: 201,
    body: z.object({
      username: newUsername,
      first_name: personName,
      last_name: personName,
      email,
      password: newPassword,
      confirm_password: text,
    }),
    example: { ...signIn, ...names, email: 'ada@example.com', confirm_password: signIn.password },
    response: z.strictObject({ success: z.literal(true), user: account }),
    toInput: ({ fields }) => ({
      username: fields.username,
      email: fields.email,
      firstName: fields.first_name,
      lastName: fields.last_name,
      password: fields.password,
      confirmPassword: fields.confirm_password,
    }),
    toOutput: ({ success, user: { id, username, email: address, firstName, lastName } }) => ({
      success,
      user: { id, username, email: address, first_name: firstName, last_name: lastName },
    }),
    refusals: {
      USERNAME_TAKEN: { status: 400, body: { username: { detail: 'User Already exist!' } } },
      EMAIL_TAKEN: { status: 400, body: { message: ['Email already taken!'] } },
      PASSWORD_TOO_COMMON: { members: { password: [appErrorMessages.PASSWORD_TOO_COMMON] } },
      VALIDATION: { status: 400, toBody: registrationErrors, example: mismatch },
    },
  }),

  {
    method: 'POST',
    path: '/api/users',
    refused: {
      status: 405,
      body: { detail: "User creation is not allowed on this endpoint. Go to '/users/register/' endpoint" },
    },
  },

  route({
    method: 'POST',
    path: '/api/login',
    procedure: 'auth.login',
    summary: 'Checks a password and mails a code. A cookie binds the code to this client.',
    body: z.object({ username: text, password: text }),
    example: signIn,
    response: z.strictObject({ message: text, challenge_id: text }),
    missing: { fields: ['username', 'password'], body: { message: fieldMessages.credentialsRequired } },
    toInput: ({ fields: { username, password } }) => ({ username, password }),
    toOutput({ message, challengeId }, reply, { fields }) {
      reply.rememberChallenge(challengeId, String(fields.username));
      return { message, challenge_id: challengeId };
    },
    refusals: {
      INVALID_CREDENTIALS: { status: 400, body: { message: 'Invalid credentials' } },
      VALIDATION: { status: 400, body: { message: 'Invalid credentials' } },
    },
  }),

  route({
    method: 'POST',
    path: '/api/verify-otp',
    procedure: 'auth.verifyOtp',
    summary: 'Signs in with the mailed code. A client that keeps no cookies adds the `challenge_id` of its login.',
    body: z.object({ username: text, otp, challenge_id: z.optional(text) }),
    example: { username: 'ada', otp: '123456' },
    response: z.strictObject({ refresh: text, access: text }),
    missing: { fields: ['username', 'otp'], body: { message: 'Username and OTP are required.' } },
    security: 'challenge',
    toInput({ fields: { username, otp: code, challenge_id: given }, challengeOf }) {
      const challengeId = isMissing(given) ? challengeOf(String(username)) : given;
      if (challengeId === undefined) throw new RefusedRequest(plain(wrongCode.status, wrongCode.body));
      return { challengeId, otp: digitsOf(code) };
    },
    toOutput({ refreshToken, accessToken }, reply) {
      reply.forgetChallenge();
      return { refresh: refreshToken, access: accessToken };
    },
    refusals: { OTP_INVALID: wrongCode, CHALLENGE_EXPIRED: wrongCode, VALIDATION: wrongCode },
  }),

  route({
    method: 'POST',
    path: '/api/token/refresh',
    procedure: 'auth.refresh',
    summary: 'Gives another access token. The refresh token stays the same for as long as its session lasts.',
    body: z.object({ refresh: text }),
    example: { refresh: token },
    response: z.strictObject({ access: text }),
    missing: { fields: ['refresh'], body: { refresh: [fieldMessages.required] } },
    toInput: ({ fields }) => ({ refreshToken: fields.refresh }),
    toOutput: ({ accessToken }) => ({ access: accessToken }),
    fieldNames: { refreshToken: 'refresh' },
    refusals: { VALIDATION: { status: 400, toBody: byField, example: { refresh: [fieldMessages.notText] } } },
  }),

  route({
    method: 'POST',
    path: '/api/token/verify',
    procedure: 'auth.checkToken',
    summary: 'Says whether an access or refresh token could be used now.',
    body: z.object({ token: text }),
    example: { token },
    response: z.strictObject({}),
    toInput: ({ fields }) => ({ token: fields.token }),
    toOutput: () => ({}),
    refusals: {
      VALIDATION: {
        status: 400,
        toBody: byField,
        example: { token: [fieldMessages.required] },
      },
    },
  }),

  route({
    method: 'GET',
    path: '/api/me',
    procedure: 'user.me',
    summary: 'The account of whoever is signed in.',
    response: account,
    toOutput: toAccount,
  }),

  route({
    method: 'PATCH',
    path: '/api/me',
    procedure: 'user.updateProfile',
    summary: 'Changes the names or the language of whoever is signed in. Other fields are read-only here, and ignored.',
    body: z.object({
      first_name: z.optional(personName),
      last_name: z.optional(personName),
      locale: z.optional(locale),
    }),
    example: names,
    response: account,
    toInput: ({ fields }) => ({
      ...('first_name' in fields && { firstName: fields.first_name }),
      ...('last_name' in fields && { lastName: fields.last_name }),
      ...('locale' in fields && { locale: fields.locale }),
    }),
    toOutput: toAccount,
    refusals: {
      VALIDATION: {
        status: 400,
        toBody: byField,
        example: { first_name: [fieldMessages.name] },
      },
    },
  }),
];
