import { type AppErrorCode, type AppErrorDetails, appErrorCodes } from '@latchkey/shared/errors';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { openApiDocument } from '../../src/http/rest/openapi.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { Context } from '../../src/trpc/context.ts';
import { resetToken } from '../flows.ts';
import { createRestClient, type RestResponse, signInByRest } from './rest-client.ts';

interface Content {
  schema: object;
  examples?: Record<string, { value: object }>;
}
interface Operation {
  path: string;
  method: string;
  operationId: string;
  requestBody?: { content: Record<string, { schema: { properties: object }; example?: Record<string, unknown> }> };
  responses: Record<string, { content?: Record<string, Content> }>;
}

const document = openApiDocument() as { paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>> };
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]): Operation => ({ path, method: method.toUpperCase(), ...operation }),
  ),
);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'document', ...document });

/** Many responses have the same schema: each is compiled once. */
const compiled = new Map<string, ValidateFunction>();
function checkOf(schema: object): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
  const check = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, check);
  return check;
}

/** What is wrong with a response by the document; undefined where nothing is. */
function faultOf({ operationId, responses }: Operation, { status, headers, body }: RestResponse): string | undefined {
  const response = responses[status];
  if (!response) return `${operationId}: ${status} is not documented`;
  if (!response.content) return body === undefined ? undefined : `${operationId}: ${status} has no body`;
  const type = headers.get('content-type') ?? '';
  const schema = response.content[type]?.schema;
  if (!schema) return `${operationId}: ${status} is not documented as ${type}`;
  const check = checkOf(schema);
  return check(body) ? undefined : `${operationId}: ${status} ${ajv.errorsText(check.errors)} ${JSON.stringify(body)}`;
}

const byId = (operationId: string): Operation => {
  const found = operations.find((operation) => operation.operationId === operationId);
  if (!found) throw new Error(`${operationId} is not documented`);
  return found;
};

/** What the services throw instead of doing anything. */
let thrown: Error | undefined;

/** The services as they are, until a test lets all of them fail. */
function failing(context: Context): Context {
  const entries = Object.entries(context.latchkey).map(([name, service]) => [
    name,
    new Proxy(service as object, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function' || thrown === undefined || property === 'authenticate') return value;
        return () => {
          throw thrown;
        };
      },
    }),
  ]);
  return { ...context, latchkey: Object.fromEntries(entries) };
}

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ extend: failing });
});
afterAll(() => app[Symbol.asyncDispose]());

describe('the OpenAPI document', () => {
  it('is valid as OpenAPI 3.1, and served', async () => {
    const served = await createRestClient(app).send('/api/openapi.json');
    expect([served.status, served.body]).toEqual([200, JSON.parse(JSON.stringify(document))]);
    const validator = new Validator();
    const { valid, errors } = await validator.validate(served.body as Parameters<Validator['validate']>[0]);
    expect([valid, errors]).toEqual([true, undefined]);
    expect(validator.version).toBe('3.1');
  });

  it('names every operation once, with examples that its own schemas accept', () => {
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, requestBody, responses } of operations) {
      for (const { schema, example } of Object.values(requestBody?.content ?? {})) {
        expect([operationId, example === undefined || ajv.validate(schema, example)]).toEqual([operationId, true]);
      }
      const failures = Object.values(responses).flatMap(({ content = {} }) => Object.values(content));
      expect([operationId, failures.length > 1]).toEqual([operationId, true]);
      for (const { schema, examples = {} } of failures) {
        const check = checkOf(schema);
        for (const [code, { value }] of Object.entries(examples)) {
          expect([operationId, code, check(value), ajv.errorsText(check.errors)]).toEqual([
            operationId,
            code,
            true,
            'No errors',
          ]);
        }
      }
    }
  });

  it('has no pattern that other languages cannot read', () => {
    const patterns = [...JSON.stringify(document).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, text]) => `${text}`,
    );
    expect(patterns.length).toBeGreaterThan(2);
    expect(patterns.filter((pattern) => /\(\?|\\\\p/.test(pattern))).toEqual([]);
  });
});

describe('every documented success', () => {
  it('is what the operation gives', async () => {
    const client = createRestClient(app);
    const person = newPerson();
    const { username, email, password } = person;
    const seen = new Set<string>();
    async function call(operationId: string, json?: object, token?: string, id = ''): Promise<RestResponse> {
      const operation = byId(operationId);
      seen.add(operationId);
      const { method } = operation;
      const response = await client.send(operation.path.replace('{id}', id), {
        method,
        json,
        token,
        headers: { 'x-reason': 'asked by phone' },
      });
      expect(faultOf(operation, response)).toBeUndefined();
      expect([operationId, response.status < 300]).toEqual([operationId, true]);
      return response;
    }
    await call('auth.register', {
      username,
      email,
      first_name: 'Ada',
      last_name: 'L',
      password,
      confirm_password: password,
    });
    await call('auth.login', { username, password });
    await app.mail.codeFor(person);
    app.clock.advance('31s');
    await call('auth.resendOtp', { username });
    const otp = await app.mail.codeFor(person);
    const { access: token, refresh } = (await call('auth.verifyOtp', { username, otp })).body as Record<string, string>;
    await call('auth.refresh', { refresh });
    await call('auth.checkToken', { token });
    await call('user.me', undefined, token);
    await call('user.updateProfile', { first_name: 'Augusta' }, token);
    await signInByRest(app, createRestClient(app), person);
    const sessions = (await call('session.list', undefined, token)).body as { id: string; current: boolean }[];
    const other = sessions.find(({ current }) => !current)?.id;
    await call('session.rename', { name: 'Phone' }, token, other);
    await call('session.list', undefined, token);
    await call('session.revoke', undefined, token, other);
    await call('session.revokeOthers', undefined, token);
    await call('session.confirm', { password }, token);
    await call('auth.logout', { refresh }, token);
    await call('auth.requestPasswordReset', { email });
    const reset = { token: await resetToken(app, email), password: `${password}!`, confirm_password: `${password}!` };
    await call('auth.resetPassword', reset);
    const { accessToken: admin } = await app.person('grace', { role: 'admin' });
    const { id } = await app.account();
    await call('admin.listUsers', undefined, admin);
    await call('admin.getUser', undefined, admin, id);
    await call('admin.updateUser', { first_name: 'Augusta' }, admin, id);
    await call('admin.putUser', { last_name: 'King' }, admin, id);
    await call('admin.deleteUser', undefined, admin, id);
    expect([...seen].sort()).toEqual(operations.map(({ operationId }) => operationId).sort());
  });
});

describe('every documented failure', () => {
  let token: string;
  /** Of a login for the name of the examples. */
  let cookie: string;

  beforeAll(async () => {
    token = (await app.person('ada', { role: 'admin' })).accessToken;
    const client = createRestClient(app);
    await client.send('/api/login/', { json: { username: 'ada', password: strongPassword } });
    cookie = [...client.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  });

  const details: { [Code in keyof AppErrorDetails]: AppErrorDetails[Code] } = {
    OTP_INVALID: { attemptsLeft: 4 },
    CHALLENGE_EXPIRED: { resendable: false },
    RESEND_TOO_SOON: { resendAvailableAt: new Date().toISOString() },
    RATE_LIMITED: { retryAfterSeconds: 7 },
    BUSY: { retryAfterSeconds: 7 },
    PASSWORD_TOO_COMMON: { reason: 'common' },
    REAUTHENTICATION_REQUIRED: { maxAgeSeconds: 900, methods: ['password'] },
  };
  const errorOf = (code: AppErrorCode): Error => {
    // As it comes about: a mistake of ours, and a database that is away.
    if (code === 'INTERNAL') return new Error('a secret of the inside');
    if (code === 'UNAVAILABLE') return Object.assign(new Error('away'), { name: 'MongoNetworkError' });
    return new (AppError as new (code: AppErrorCode, details?: object) => AppError)(
      code,
      details[code as keyof AppErrorDetails],
    );
  };
  const fieldsOf = ({ requestBody }: Operation): string[] =>
    Object.keys(requestBody?.content['application/json']?.schema.properties ?? {});

  /** How each failure that no service throws is brought about. */
  function bringAbout(operation: Operation, code: string): RequestInit & { headers: Record<string, string> } {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-reason': 'x' };
    const wrong = JSON.stringify(Object.fromEntries(fieldsOf(operation).map((name) => [name, 5])));
    const good = JSON.stringify(operation.requestBody?.content['application/json']?.example ?? {});
    const bodies: Record<string, string> = { VALIDATION: wrong, MISSING: '{}', BAD_REQUEST: '[' };
    if (code === 'NO_CREDENTIALS') return { headers: { 'content-type': 'application/json' }, body: good };
    if (code === 'UNAUTHENTICATED') return { headers: { ...headers, authorization: 'Bearer x.y.z' }, body: good };
    if (code === 'BAD_ORIGIN') return { headers: { ...headers, origin: 'https://elsewhere.example' }, body: good };
    if (code === 'UNSUPPORTED_MEDIA_TYPE') return { headers: { ...headers, 'content-type': 'text/csv' }, body: 'a,b' };
    if (code === 'PAYLOAD_TOO_LARGE') return { headers, body: ' '.repeat(70_000) };
    return { headers, body: bodies[code] ?? good };
  }

  const failures = operations.flatMap((operation) =>
    Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
      Object.values(content).flatMap(({ examples = {} }) =>
        Object.keys(examples).map((code) => [operation.operationId, Number(status), code, operation] as const),
      ),
    ),
  );

  it('is listed for every operation', () => {
    expect(failures.length).toBeGreaterThan(150);
  });

  it.each(failures)('%s %i %s', async (_id, status, code, operation) => {
    const isThrown =
      (appErrorCodes as readonly string[]).includes(code) &&
      !['VALIDATION', 'UNAUTHENTICATED', 'BAD_ORIGIN'].includes(code);
    const { method, path } = operation;
    const { headers, body } = bringAbout(operation, code);
    // An id that is too long is the one wrong thing there can be where nothing else is sent.
    const id = code === 'VALIDATION' ? 'x'.repeat(2_000) : 'u7Zp2c5nRk9dWf1a';
    thrown = isThrown ? errorOf(code as AppErrorCode) : undefined;
    try {
      const query = code === 'VALIDATION' && method === 'GET' ? '?limit=0' : '';
      const response = await fetch(app.url + path.replace('{id}', id) + query, {
        method,
        headers: { ...fromNewAddress(), cookie, ...headers },
        ...(method !== 'GET' && { body: body ?? null }),
      });
      const received = { status: response.status, headers: response.headers, body: await response.json() };
      expect(faultOf(operation, received)).toBeUndefined();
      expect(received.status).toBe(status);
      if (received.headers.get('content-type') === 'application/problem+json')
        expect(received.body).toMatchObject({ code });
      expect(JSON.stringify(received.body)).not.toContain('secret of the inside');
      if (status === 401) expect(received.headers.get('www-authenticate')).toMatch(/^Bearer realm="api"/);
    } finally {
      thrown = undefined;
    }
  });
});
