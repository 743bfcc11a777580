import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { appRouter } from '../../src/trpc/app-router.ts';
import { login, register, type SignedIn, signIn, signUp } from '../flows.ts';
import { expectNoInsides, postJson, type RawResponse, send } from '../raw-http.ts';
import { mailsTo, stored, storedUser } from '../stored.ts';

interface Schema {
  _zod: { def: { type: string; shape?: Record<string, Schema>; innerType?: Schema; in?: Schema } };
}
interface Procedure {
  path: string;
  type: 'query' | 'mutation';
  fields: Record<string, Schema>;
  takesInput: boolean;
}

/** The procedures as the router has them: a new one is attacked without a word here. */
const procedures = Object.entries(
  appRouter._def.procedures as unknown as Record<string, { _def: { type: Procedure['type']; inputs: Schema[] } }>,
).map(
  ([path, { _def }]): Procedure => ({
    path,
    type: _def.type,
    fields: Object.assign({}, ..._def.inputs.map((schema) => schema._zod.def.shape)),
    takesInput: _def.inputs.length > 0,
  }),
);
const withInput = procedures.filter(({ takesInput }) => takesInput);

/** What a field holds, behind what is optional, has a default or is normalised. */
function kindOf({ _zod: { def } }: Schema): string {
  const inner = def.innerType ?? def.in;
  return inner ? kindOf(inner) : def.type;
}

const json = (text: string): unknown => JSON.parse(text);
const operators = [
  { $ne: null },
  { $gt: '' },
  { $regex: '.*' },
  { $where: 'return true' },
  { $in: ['a', 'b'] },
  { $eq: strongPassword },
  { password: { $ne: null } },
  json('{ "__proto__": { "role": "admin" } }'),
  { constructor: { prototype: { role: 'admin' } } },
  { toString: 'x', length: 10 },
  ['a', { $ne: null }],
  [],
  [['a']],
  {},
  null,
  true,
  0.5,
  -1,
];
const hostileTexts = [
  '$passwordHash',
  '$$ROOT',
  '{"$ne":null}',
  '[object Object]',
  '__proto__',
  'constructor',
  'sessions.0._id',
  'a\u0000b',
  '\ud800',
  "'; return true; //",
  '',
];
const unknownKeys = ['__proto__', 'constructor', 'prototype', '$where', '$set', 'role', 'userId', 'sessions.0._id'];

/** Text that a field of that name takes, so that a call gets past its schema. */
const samples: Record<string, string | boolean> = {
  username: 'somebody',
  email: 'somebody@example.com',
  firstName: 'Ada',
  lastName: 'Lovelace',
  password: strongPassword,
  confirmPassword: strongPassword,
  currentPassword: 'not the password',
  otp: '123456',
  locale: 'de',
  timeZone: 'Europe/Berlin',
  tokenDelivery: 'body',
  direction: 'forward',
  verified: true,
  type: 'signed-in',
  kind: 'sign-ins',
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-01T00:00:00.000Z',
  hasSessions: true,
  role: 'user',
  status: 'active',
  sort: 'date',
  format: 'csv',
  range: '24h',
};
const samplesOfKind: Record<string, unknown> = { string: 'x'.repeat(22), boolean: true };
const sampleOf = (name: string, schema: Schema) => samples[name] ?? samplesOfKind[kindOf(schema)] ?? 1;

function call(app: TestApp, { path, type }: Procedure, input: unknown, token?: string): Promise<RawResponse> {
  const body = JSON.stringify(input);
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  if (type === 'mutation') return postJson(app, `/trpc/${path}`, body, headers);
  return send(app, `/trpc/${path}?input=${encodeURIComponent(body)}`, { headers });
}

/** As many calls as go into one request. */
const batchSize = 10;

interface BatchedResponse {
  status: number;
  error?: RawResponse['error'];
}

/** The same procedure with one input after the other, in requests of ten calls. No response shows what is inside. */
async function callAll(
  app: TestApp,
  { path, type }: Procedure,
  inputs: readonly unknown[],
  token?: string,
): Promise<{ responses: BatchedResponse[]; text: string }> {
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const responses: BatchedResponse[] = [];
  const texts: string[] = [];
  for (let begun = 0; begun < inputs.length; begun += batchSize) {
    const batch = inputs.slice(begun, begun + batchSize);
    const body = JSON.stringify(Object.fromEntries(batch.entries()));
    const target = `/trpc/${batch.map(() => path).join(',')}?batch=1`;
    const { text } = await (type === 'mutation'
      ? postJson(app, target, body, headers)
      : send(app, `${target}&input=${encodeURIComponent(body)}`, { headers }));
    const parsed: { error?: NonNullable<RawResponse['error']> & { data: { httpStatus: number } } }[] = JSON.parse(text);
    expect(parsed).toHaveLength(batch.length);
    for (const { error } of parsed) responses.push({ status: error?.data.httpStatus ?? 200, error });
    texts.push(text);
  }
  const text = texts.join('\n');
  expectNoInsides(text);
  return { responses, text };
}

/** What expires before this many milliseconds may be cleaned up while a test looks. */
const soonMilliseconds = 5 * 60_000;

/** Everything that is stored, to see that nothing changed. */
async function everything(app: TestApp): Promise<Record<string, unknown[]>> {
  // It would be noted in a few seconds how far the record of events reaches.
  await app.services.audit.seal();
  const all = (await app.connection.db?.listCollections().toArray()) ?? [];
  // Counts of the hour are written when their minute has come, whoever calls.
  const collections = all.filter(({ name }) => name !== 'hourlyCounts');
  const contents = await Promise.all(
    collections.map(async ({ name }) => [
      name,
      await app.connection
        .collection(name)
        .find({ $nor: [{ expiresAt: { $lt: new Date(Date.now() + soonMilliseconds) } }] })
        .sort({ _id: 1 })
        .toArray(),
    ]),
  );
  return Object.fromEntries(contents);
}

describe('what is not text where text is expected', () => {
  let app: TestApp;
  let person: SignedIn;
  let admin: SignedIn;
  let open: Set<string>;
  /** What is stored before and after each of these tests. */
  let before: Record<string, unknown[]>;
  const tokenFor = ({ path }: Procedure) =>
    open.has(path) ? undefined : (path.startsWith('admin.') ? admin : person).accessToken;

  beforeAll(async () => {
    app = await createTestApp();
    person = await signUp(app);
    admin = await app.person(undefined, { role: 'admin' });
    await mailsTo(app, person.email);
    const responses = await Promise.all(procedures.map((procedure) => call(app, procedure, { nobody: 'knows' })));
    open = new Set(procedures.filter((_, index) => responses[index]?.status !== 401).map(({ path }) => path));
    before = await everything(app);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('is tried on every procedure there is', () => {
    expect(procedures.length).toBeGreaterThanOrEqual(19);
    expect(withInput.length).toBeGreaterThanOrEqual(14);
    expect([...open].sort()).toEqual([
      'auth.changeRegistrationEmail',
      'auth.checkLink',
      'auth.checkToken',
      'auth.closeEmailUndo',
      'auth.isUsernameFree',
      'auth.login',
      'auth.logout',
      'auth.refresh',
      'auth.register',
      'auth.requestPasswordReset',
      'auth.resendOtp',
      'auth.resetPassword',
      'auth.undoEmailChange',
      'auth.verifyOtp',
    ]);
    for (const { path, fields } of withInput) expect([path, Object.keys(fields)]).not.toEqual([path, []]);
  });

  it.each(withInput)('$path refuses operators, arrays, numbers and null in each field', async (procedure) => {
    const fields = Object.entries(procedure.fields).map(([field, schema]) => ({ field, kind: kindOf(schema) }));
    for (const { kind } of fields) expect(['string', 'enum', 'int', 'number', 'boolean']).toContain(kind);
    // In all fields at once: each is told of by itself.
    const inputs = operators.map((value) => {
      const refusing = fields.filter(({ kind }) => kind !== 'boolean' || value !== true);
      return Object.fromEntries(refusing.map(({ field }) => [field, value]));
    });
    const { responses } = await callAll(app, procedure, inputs, tokenFor(procedure));
    for (const [index, { status, error }] of responses.entries()) {
      const input = inputs[index] ?? {};
      expect([input, status, error?.data.app]).toEqual([input, 400, { code: 'VALIDATION' }]);
      const told = Object.keys(input).filter((field) => error?.data.fieldErrors?.[field]?.[0]);
      expect([input, told]).toEqual([input, Object.keys(input)]);
    }
  });

  it.each(withInput)('$path refuses keys that it does not know, prototype keys among them', async (procedure) => {
    const known = Object.fromEntries(
      Object.entries(procedure.fields).map(([name, field]) => [name, sampleOf(name, field)]),
    );
    const keys = unknownKeys.filter((name) => !Object.hasOwn(procedure.fields, name));
    const inputs = keys.map((key) =>
      json(`{ ${JSON.stringify(key)}: { "$ne": null }, ${JSON.stringify(known).slice(1)}`),
    );
    const { responses } = await callAll(app, procedure, inputs, tokenFor(procedure));
    expect(
      responses.map(({ status, error }) => ({ status, fields: Object.keys(error?.data.fieldErrors ?? {}) })),
    ).toEqual(keys.map((key) => ({ status: 400, fields: [key] })));
  });

  it.each(withInput)('$path refuses an input that is no object', async (procedure) => {
    const inputs = [[], ['a'], 'text', '', 1, true, null];
    const { responses } = await callAll(app, procedure, inputs, tokenFor(procedure));
    const refusal = { status: 400, app: { code: 'VALIDATION' }, fieldErrors: {} };
    expect(
      responses.map(({ status, error }, index) => ({
        input: inputs[index],
        status,
        app: error?.data.app,
        fieldErrors: error?.data.fieldErrors,
      })),
    ).toEqual(inputs.map((input) => ({ input, ...refusal })));
    const headers = {
      authorization: `Bearer ${tokenFor(procedure) ?? person.accessToken}`,
      'content-type': 'application/json',
    };
    const missing = await send(app, `/trpc/${procedure.path}`, {
      method: procedure.type === 'mutation' ? 'POST' : 'GET',
      headers,
    });
    expect(missing.status).toBe(400);
  });

  it('writes nothing, whatever of it is tried', async () => {
    expect(await everything(app)).toEqual(before);
  });

  it('is not even looked at without a token where one is needed', async () => {
    const closed = procedures.filter(({ path }) => !open.has(path));
    expect(closed.length).toBeGreaterThanOrEqual(10);
    for (const procedure of closed) {
      const { responses } = await callAll(app, procedure, [{ currentPassword: { $ne: null } }, { $where: '1' }, null]);
      expect(responses.map(({ status, error }) => [procedure.path, status, error?.data.app])).toEqual(
        responses.map(() => [procedure.path, 401, { code: 'UNAUTHENTICATED' }]),
      );
    }
  });

  it('in the place of a token, a cookie or an address is no key to anything', async () => {
    for (const token of ['{"$ne":null}', '[object Object]', 'null', 'undefined', '__proto__', '..', 'a.b.c']) {
      const response = await send(app, '/trpc/user.me', { headers: { authorization: `Bearer ${token}` } });
      expect([token, response.status]).toEqual([token, 401]);
    }
    for (const name of ['__proto__', 'constructor', 'latchkey-refresh[$ne]', 'latchkey-refresh']) {
      const response = await postJson(app, '/trpc/auth.refresh', '{}', { origin: app.origin, cookie: `${name}=x` });
      expect([name, response.status, response.error?.data.app?.code]).toEqual([name, 401, 'SESSION_EXPIRED']);
    }
  });
});

describe('text that means something to the database', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('is text, in every field of every procedure', async () => {
    await using app = await createTestApp({ env: { RATE_LIMITS: 'off' } });
    const person = await signUp(app);
    const admin = await app.person(undefined, { role: 'admin' });
    const hash = (await storedUser(app, person)).passwordHash;
    for (const procedure of withInput) {
      const { fields } = procedure;
      const valid = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, sampleOf(name, field)]));
      const [area] = procedure.path.split('.');
      const token = area === 'auth' ? undefined : (area === 'admin' ? admin : person).accessToken;
      const cases = Object.keys(fields).flatMap((field) => hostileTexts.map((text) => ({ field, text })));
      const inputs = cases.map(({ field, text }) => ({ ...valid, [field]: text }));
      const { responses, text } = await callAll(app, procedure, inputs, token);
      expect([procedure.path, cases.filter((_, index) => (responses[index]?.status ?? 500) >= 500)]).toEqual([
        procedure.path,
        [],
      ]);
      expect(text).not.toContain(hash);
    }
    const after = await stored(app).users.findOne({ _id: person.user.id });
    expect(after).toMatchObject({ passwordHash: hash, role: 'user', status: 'active', credentialVersion: 0 });
    expect(after?.sessions).toHaveLength(1);
  });

  it('survives literally as a name, a password and a user agent', async () => {
    const person = await register(app, {
      username: 'constructor',
      firstName: '$set',
      lastName: '$passwordHash',
      password: '{"$ne": null}',
    });
    const headers = { 'user-agent': '$passwordHash' };
    const { accessToken, refreshToken, user } = await signIn(app, person, { headers });
    expect(user).toMatchObject({ username: 'constructor', firstName: '$set', lastName: '$passwordHash' });

    await app.call('auth.refresh', { refreshToken }, { headers: { 'user-agent': '$sessions.generation' } });
    const names = { firstName: '$$NOW', lastName: 'sessions.$[own].seen' };
    expect((await app.call('user.updateProfile', names, { token: accessToken })).data).toMatchObject(names);
    const renamed = await app.call('user.changeUsername', { username: 'hasOwnProperty' }, { token: accessToken });
    expect(renamed.data).toMatchObject({ username: 'hasOwnProperty', firstName: '$$NOW' });
    const after = await stored(app).users.findOne({ _id: user.id });
    expect(after).toMatchObject({
      firstName: '$$NOW',
      lastName: 'sessions.$[own].seen',
      usernameKey: 'hasownproperty',
      nameKeys: ['hasownproperty', 'constructor'],
    });
    expect(after?.sessions.map(({ userAgent }) => userAgent)).toEqual(['$sessions.generation']);
    const agents = await stored(app).audit.distinct('userAgent', { userId: user.id, type: 'signed-in' });
    expect(agents).toEqual(['$passwordHash']);
    const [session] = (await app.call<{ device: string }[]>('session.list', undefined, { token: accessToken })).data;
    expect(session?.device).toBe('Unknown device');
  });

  it('as a sign-in name finds nobody', async () => {
    const person = await register(app);
    for (const username of ['.*', '^', '$ne', `${person.username}\u0000`, '*', `${person.username}*`, '@', '%']) {
      const response = await app.call('auth.login', { username, password: strongPassword });
      expect([username, response.status, response.code]).toEqual([username, 401, 'INVALID_CREDENTIALS']);
    }
    expect(await mailsTo(app, person.email)).toEqual([]);
  });

  it('in a mailed code or link does not match a stored one', async () => {
    const person = await register(app);
    const { challengeId: _id } = await login(app, person);
    for (const challengeId of ['.*', `${_id}\u0000`, '$ne', '*']) {
      const response = await app.call('auth.verifyOtp', { challengeId, otp: '000000' });
      expect([challengeId, response.code]).toEqual([challengeId, 'CHALLENGE_EXPIRED']);
    }
    for (const token of ['.*', '$exists', '*', '[object Object]']) {
      const password = strongPassword;
      const response = await app.call('auth.resetPassword', { token, password, confirmPassword: password });
      expect([token, response.code]).toEqual([token, 'RESET_TOKEN_INVALID']);
    }
    expect((await stored(app).challenges.findOne({ _id }))?.attempts).toBe(0);
  });
});
