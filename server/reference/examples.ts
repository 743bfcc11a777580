import type { JsonSchema } from './type-text.ts';

/** What a field of this name may hold in an example. A field without one fails the writing of the reference. */
const values: Record<string, unknown> = {
  username: 'ada',
  email: 'ada@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  password: 'correct horse battery staple',
  confirmPassword: 'correct horse battery staple',
  currentPassword: 'the password until today',
  challengeId: 'q3Jx0bq1Vw5f2m8T',
  otp: '123456',
  token: 'n5Vd0y7wPz1kQe3r',
  code: 'k2Lm9s4tYb6hXc8u',
  sessionId: 'u7Zp2c5nRk9dWf1a',
  locale: 'de',
  timeZone: 'Europe/Berlin',
  registrationToken: 'b6Tg1w8nQz4.m3Xv7kRj2sLd',
  limit: 50,
  kind: 'warnings',
  name: 'The old laptop',
  search: 'ada',
  sort: 'date',
  userId: 'h8Kq2v6yTz4mLs0e',
  reason: 'Asked for it by phone.',
  status: 'disabled',
  role: 'admin',
  range: '24h',
  verified: true,
  actor: 'cli',
  type: 'account-disabled',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-02-01T00:00:00.000Z',
  hasSessions: false,
  format: 'csv',
};
/** Left out of examples: what is optional and says nothing there. */
const omitted = new Set(['cursor', 'direction', 'refreshToken', 'tokenDelivery', 'withUser']);

/** Of two fields, of which one is given. */
const alternatives = new Set(['code']);

/** An input that the schema accepts. Of an input with optional fields only, those are shown. */
export function exampleInput({ properties = {}, required = [] }: JsonSchema): Record<string, unknown> {
  const names =
    required.length > 0
      ? required
      : Object.keys(properties).filter((name) => !omitted.has(name) && !alternatives.has(name));
  return Object.fromEntries(
    names.map((name) => {
      if (!(name in values)) throw new Error(`${name}: give it an example in server/reference/examples.ts`);
      return [name, values[name]];
    }),
  );
}

/** A value as TypeScript source. */
export const sourceOf = (value: Record<string, unknown>): string =>
  JSON.stringify(value, null, 2)
    .replace(/^( *)"(\w+)":/gm, '$1$2:')
    .replaceAll('"', "'");
