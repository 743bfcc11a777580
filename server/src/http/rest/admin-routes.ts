import { email, newUsername, otp, personName } from '@latchkey/shared/schemas';
import * as z from 'zod/mini';
import { toSnakeCase } from './fields.ts';
import { type RestCall, type RestRoute, route } from './route.ts';
import { account, toAccount } from './tutorial-routes.ts';

/** A list that is not asked for in pages ends here. */
const wholeListSize = 1_000;
const pageSize = 100;

const text = z.string();
const dateTime = z.iso.datetime();

const inPages = ({ query }: RestCall) => query.has('limit') || query.has('cursor');

/** What an administrator changes, and why. A new address has a code mailed to it, which a second call brings. */
const change = {
  procedure: 'admin.updateUser',
  parameters: ['reason'],
  body: z.object({
    username: z.optional(newUsername),
    email: z.optional(email),
    first_name: z.optional(personName),
    last_name: z.optional(personName),
    challenge_id: z.optional(text),
    otp: z.optional(otp),
  }),
  example: { first_name: 'Ada', last_name: 'Lovelace' },
  response: z.extend(account, {
    email_change: z.optional(
      z.strictObject({
        challenge_id: text,
        sent_to: text,
        expires_at: dateTime,
        resend_available_at: z.nullable(dateTime),
      }),
    ),
  }),
  fieldNames: { reason: 'X-Reason' },
  toInput: ({ fields, params, reason }) => ({
    userId: params.id,
    reason,
    ...('username' in fields && { username: fields.username }),
    ...('email' in fields && { email: fields.email }),
    ...('first_name' in fields && { firstName: fields.first_name }),
    ...('last_name' in fields && { lastName: fields.last_name }),
    ...('challenge_id' in fields && { challengeId: fields.challenge_id }),
    ...('otp' in fields && { otp: fields.otp }),
  }),
  toOutput: ({ emailChange, ...user }) => ({
    ...toAccount(user),
    ...(emailChange && { email_change: toSnakeCase(emailChange) }),
  }),
} satisfies Partial<RestRoute<'admin.updateUser'>>;

/** The tutorial's calls about other people's accounts, which are for those who run the server. */
export const adminRoutes: RestRoute[] = [
  route({
    method: 'GET',
    path: '/api/users',
    procedure: 'admin.listUsers',
    summary: `Accounts, the newest first: in pages where \`limit\` or \`cursor\` is given, else the first ${wholeListSize} as a list.`,
    parameters: ['limit', 'cursor'],
    response: z.union([
      z.array(account),
      z.strictObject({ next: z.nullable(text), previous: z.null(), results: z.array(account) }),
    ]),
    toInput: ({ query }) => ({
      limit: query.has('limit') ? Number(query.get('limit')) : pageSize,
      ...(query.has('cursor') && { cursor: query.get('cursor') }),
    }),
    async toOutput({ items, nextCursor }, { callAgain }, call) {
      if (inPages(call)) {
        const limit = call.query.get('limit') ?? pageSize;
        const next =
          nextCursor && `${call.publicUrl}/api/users/?limit=${limit}&cursor=${encodeURIComponent(nextCursor)}`;
        return { next, previous: null, results: items.map(toAccount) };
      }
      const all = [...items];
      for (let cursor = nextCursor; cursor !== null && all.length < wholeListSize; ) {
        const page = await callAgain({ limit: pageSize, cursor });
        all.push(...page.items);
        cursor = page.nextCursor;
      }
      return all.map(toAccount);
    },
  }),

  route({
    method: 'GET',
    path: '/api/users/{id}',
    procedure: 'admin.getUser',
    summary: 'An account.',
    response: account,
    toInput: ({ params }) => ({ userId: params.id }),
    toOutput: toAccount,
  }),

  route({
    method: 'PATCH',
    path: '/api/users/{id}',
    summary:
      'Changes what is given of an account. A new address takes a second call, with the code that was mailed to it.',
    ...change,
  }),

  route({
    method: 'PUT',
    path: '/api/users/{id}',
    operationId: 'admin.putUser',
    summary: 'Changes an account as `PATCH` does; what is as it was may be sent along.',
    ...change,
  }),

  route({
    method: 'DELETE',
    path: '/api/users/{id}',
    procedure: 'admin.deleteUser',
    summary: 'Deletes an account.',
    status: 204,
    parameters: ['reason'],
    fieldNames: { reason: 'X-Reason' },
    toInput: ({ params, reason }) => ({ userId: params.id, reason }),
  }),
];
