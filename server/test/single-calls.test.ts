import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase } from '../src/testing/database.ts';
import { createTestApp, type TestApp } from '../src/testing/test-app.ts';
import { type SignedIn, signUp } from './flows.ts';
import { exchange } from './raw-http.ts';

/** Two instances on one database: one answers single calls on the short way, one everything through the adapter. */
let database: Awaited<ReturnType<typeof openTestDatabase>>;
let short: TestApp;
let adapter: TestApp;
let person: SignedIn;
let signedOut: SignedIn;

beforeAll(async () => {
  database = await openTestDatabase();
  const env = {
    MONGODB_URI: database.uri,
    AUTH_SECRETS: randomBytes(32).toString('hex'),
    ALLOWED_ORIGINS: 'https://app.example.com',
  };
  short = await createTestApp({ env, adapterOnly: false });
  adapter = await createTestApp({ env, adapterOnly: true });
  // Each has its own mailbox; the first sends all mail.
  await adapter.mailWorker.stop();
  [person, signedOut] = await Promise.all([signUp(short), signUp(short)]);
  await short.call('auth.logout', { refreshToken: signedOut.refreshToken });
});
afterAll(async () => {
  await adapter[Symbol.asyncDispose]();
  await short[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** What one instance sends to a request, byte for byte but for what differs from call to call. */
async function bytesOf(app: TestApp, request: string): Promise<string> {
  const response = await exchange(app, request);
  return response.replace(/^(x-request-id|date): .*$/gim, '$1: …');
}

const lines = (target: string, headers: Record<string, string>, method = 'GET') =>
  [
    `${method} ${target} HTTP/1.1`,
    ...Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
    '',
    '',
  ].join('\r\n');

const post = (target: string, body: string, headers: Record<string, string> = {}) =>
  lines(
    target,
    { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), ...headers },
    'POST',
  ) + body;

const bearer = () => ({ authorization: `Bearer ${person.accessToken}` });
const input = (value: unknown) => `?input=${encodeURIComponent(JSON.stringify(value))}`;

/** What the response must be beside equal, the target, and the headers. */
const requests: [name: string, status: number, target: string, headers?: () => Record<string, string>][] = [
  ['the account', 200, '/trpc/user.me', bearer],
  ['the account, with an input that nobody reads', 200, `/trpc/user.me${input({ a: 1 })}`, bearer],
  ['the account, with a broken input that nobody reads', 200, '/trpc/user.me?input=%7B', bearer],
  ['the account, with an empty query', 200, '/trpc/user.me?', bearer],
  [
    'the account, as JSON',
    200,
    '/trpc/user.me',
    () => ({ ...bearer(), 'content-type': 'application/json; charset=x' }),
  ],
  ['the account, as another type', 200, '/trpc/user.me', () => ({ ...bearer(), 'content-type': 'text/plain' })],
  ['the account, as bytes', 405, '/trpc/user.me', () => ({ ...bearer(), 'content-type': 'application/octet-stream' })],
  ['the account, streamed', 200, '/trpc/user.me', () => ({ ...bearer(), accept: 'application/jsonl' })],
  ['the account, streamed by name', 200, '/trpc/user.me', () => ({ ...bearer(), 'trpc-accept': 'application/jsonl' })],
  [
    'the account, from an allowed origin',
    200,
    '/trpc/user.me',
    () => ({ ...bearer(), origin: 'https://app.example.com' }),
  ],
  ['the account, from a foreign origin', 200, '/trpc/user.me', () => ({ ...bearer(), origin: 'https://evil.example' })],
  ['the account, in a batch of one', 200, '/trpc/user.me?batch=1&input=%7B%7D', bearer],
  ['the account, in a batch of no number', 200, '/trpc/user.me?batch=0', bearer],
  ['the account, in a path with an escape', 200, '/trpc/user%2Eme', bearer],
  ['the account, with a body', 200, '/trpc/user.me', () => ({ ...bearer(), 'content-length': '0' })],
  ['the account, at an IPv6 host', 200, '/trpc/user.me', () => ({ ...bearer(), host: '[::1]:3000' })],
  ['nobody', 401, '/trpc/user.me'],
  ['a forged token', 401, '/trpc/user.me', () => ({ authorization: 'Bearer a.b.c' })],
  ['a session that is over', 401, '/trpc/user.me', () => ({ authorization: `Bearer ${signedOut.accessToken}` })],
  ['the sessions', 200, '/trpc/session.list', bearer],
  ['the activity', 200, `/trpc/user.listActivity${input({ limit: 2 })}`, bearer],
  ['the activity, with a number as text', 400, `/trpc/user.listActivity${input({ limit: 'x' })}`, bearer],
  ['the activity, with an unknown key', 400, `/trpc/user.listActivity${input({ other: 1 })}`, bearer],
  ['the activity, without an input', 400, '/trpc/user.listActivity', bearer],
  ['the activity, with broken JSON', 400, '/trpc/user.listActivity?input=%7B', bearer],
  ['the activity, with two inputs', 200, `/trpc/user.listActivity${input({ limit: 1 })}&input=2`, bearer],
  ['parameters of a connection', 400, '/trpc/user.me?connectionParams=%7B', bearer],
  ['a mutation', 405, '/trpc/auth.login', bearer],
  ['an unknown procedure', 404, '/trpc/user.you', bearer],
  ['a property of every object', 404, '/trpc/constructor', bearer],
  ['a host that makes no sense', 400, '/trpc/user.me', () => ({ ...bearer(), host: 'x:99999' })],
  ['a host of numbers that is no address', 400, '/trpc/user.me', () => ({ ...bearer(), host: '256.1.1.1' })],
];

describe('a single query', () => {
  it.each(requests)(
    'gets the same bytes on the short way and through the adapter: %s',
    async (_, status, target, headers) => {
      const request = lines(target, headers?.() ?? {});
      const [byShort, byAdapter] = [await bytesOf(short, request), await bytesOf(adapter, request)];
      expect(byShort).toBe(byAdapter);
      expect(byShort.split(' ')[1]).toBe(String(status));
    },
  );

  it('gets the same bytes when it is asked for its head only', async () => {
    const request = lines('/trpc/user.me', bearer(), 'HEAD');
    expect(await bytesOf(short, request)).toBe(await bytesOf(adapter, request));
  });
});

const token = JSON.stringify({ refreshToken: 'a.b.c' });
/** Calls that can be made twice: each instance is asked the same. */
const mutations: [
  name: string,
  status: number,
  target: string,
  body: string,
  headers?: () => Record<string, string>,
][] = [
  ['a refused sign-in', 401, '/trpc/auth.login', JSON.stringify({ username: 'nobody', password: 'nothing' })],
  ['a refresh without a token', 403, '/trpc/auth.refresh', '{}'],
  ['a refresh with a forged token', 401, '/trpc/auth.refresh', JSON.stringify({ refreshToken: 'a.b.c' })],
  ['a sign-out of nobody', 200, '/trpc/auth.logout', token],
  [
    'a sign-out by a cookie',
    200,
    '/trpc/auth.logout',
    '{}',
    () => ({ origin: 'https://app.example.com', cookie: 'latchkey_refresh=x' }),
  ],
  ['a profile as it is', 200, '/trpc/user.updateProfile', '{}', bearer],
  ['a profile of nobody', 401, '/trpc/user.updateProfile', '{}'],
  ['a field too many', 400, '/trpc/user.updateProfile', JSON.stringify({ role: 'admin' }), bearer],
  ['a field of another type', 400, '/trpc/auth.login', JSON.stringify({ username: 1, password: {} })],
  ['a text in place of fields', 400, '/trpc/auth.login', '"text"'],
  ['a list in place of fields', 400, '/trpc/auth.login', '[]'],
  ['null in place of fields', 400, '/trpc/auth.login', 'null'],
  ['broken JSON', 400, '/trpc/auth.login', '{'],
  ['JSON behind a mark of the byte order', 200, '/trpc/auth.logout', `\ufeff${token}`],
  ['bytes that are no UTF-8', 400, '/trpc/auth.login', '{"username":"\ud800","password":"x"'],
  ['a field called __proto__', 400, '/trpc/auth.logout', '{"__proto__":{"a":1}}'],
  ['no body', 400, '/trpc/auth.login', ''],
  ['a body of another type', 415, '/trpc/auth.login', '{}', () => ({ 'content-type': 'text/plain' })],
  ['a form', 415, '/trpc/auth.login', 'a=b', () => ({ 'content-type': 'multipart/form-data; boundary=x' })],
  ['a body that is too long', 413, '/trpc/auth.login', JSON.stringify({ username: 'x'.repeat(200_000) })],
  [
    'JSON with a charset',
    200,
    '/trpc/auth.logout',
    token,
    () => ({ 'content-type': 'application/json; charset=utf-8' }),
  ],
  ['a batch of one', 200, '/trpc/auth.logout?batch=1', `{"0":${token}}`],
  ['an input in the address', 200, '/trpc/auth.logout?input=%7B', token],
  ['a query', 405, '/trpc/user.me', '{}', bearer],
  ['an unknown procedure', 404, '/trpc/auth.logoff', '{}'],
  ['a page of another origin', 200, '/trpc/auth.logout', token, () => ({ origin: 'https://evil.example' })],
  ['a page of an allowed origin', 200, '/trpc/auth.logout', token, () => ({ origin: 'https://app.example.com' })],
];

describe('a single mutation', () => {
  it.each(mutations)(
    'gets the same bytes on the short way and through the adapter: %s',
    async (_, status, target, body, headers) => {
      const request = post(target, body, headers?.());
      const masked = async (app: TestApp) =>
        (await bytesOf(app, request)).replace(/\(request [\w-]{22}\)/, '(request …)');
      const [byShort, byAdapter] = [await masked(short), await masked(adapter)];
      expect(byShort).toBe(byAdapter);
      expect(byShort.split(' ')[1]).toBe(String(status));
    },
  );

  it('takes a body that comes in pieces, and lets go of one whose sender hangs up in the middle', async () => {
    const request = post('/trpc/auth.logout', token);
    const half = request.slice(0, -1);
    await new Promise<void>((resolve) => {
      const socket = connect(short.port, '127.0.0.1', () => socket.write(half, () => socket.destroy()));
      socket.on('close', () => resolve());
    });
    const response = await new Promise<string>((resolve) => {
      const socket = connect(short.port, '127.0.0.1', () => socket.write(half, () => socket.write(request.slice(-1))));
      socket.once('data', (bytes) => resolve(String(bytes)));
    });
    expect(response.split(' ')[1]).toBe('200');
  });
});

it('a context that cannot be made fails its request, and the server goes on', async () => {
  let fails = false;
  await using app = await createTestApp({
    adapterOnly: false,
    extend(context) {
      if (fails) throw new Error('a secret of the inside');
      return context;
    },
  });
  const { accessToken } = await app.person();
  fails = true;
  const requests = [
    lines('/trpc/user.me', { authorization: `Bearer ${accessToken}` }),
    post('/trpc/auth.logout', token),
  ];
  for (const request of requests) {
    const response = await bytesOf(app, request);
    expect(response.split(' ')[1]).toBe('500');
    expect(response).not.toContain('secret');
  }
  fails = false;
  expect((await app.call('user.me', undefined, { token: accessToken })).status).toBe(200);
});
