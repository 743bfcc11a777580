import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, Server } from 'node:http';
import { availableParallelism } from 'node:os';
import bcrypt from 'bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswords, nativeHasher } from '../../src/domain/passwords.ts';
import { AppError } from '../../src/errors.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallResponse } from '../../src/testing/wire.ts';
import { median, timed } from '../abuse/observed.ts';
import { login, register, signUp, tryPassword } from '../flows.ts';
import { atOnce, countEach, tally } from '../parallel.ts';
import { exchange, expectNoInsides, postJson, type RawResponse, send } from '../raw-http.ts';
import { raise, stored, storedUser } from '../stored.ts';

const megabyte = 1024 * 1024;

/** Runs `act` and gives what Node's HTTP server saw of the first request meanwhile. */
async function serverOf(app: TestApp, act: () => Promise<unknown>): Promise<Server> {
  const seen: Server[] = [];
  const listener = (message: unknown) => {
    const { server, request } = message as { server: Server; request: IncomingMessage };
    if (request.socket.localPort === app.port) seen.push(server);
  };
  channel('http.server.request.start').subscribe(listener);
  try {
    await act();
  } finally {
    channel('http.server.request.start').unsubscribe(listener);
  }
  const [server] = seen;
  if (!server) throw new Error('no request arrived');
  return server;
}

describe('the transport', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp({ env: { ALLOWED_ORIGINS: 'https://app.example, https://admin.example' } });
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it.each([['{'], ['{"email":'], [''], ['undefined'], ['{"email":"a@example.com"}}'], ['\u0000{}'], ["{'a':1}"]])(
    'answers 400 to the broken JSON %j',
    async (body) => {
      const response = await postJson(app, '/trpc/auth.requestPasswordReset', body);
      expect(response.status).toBe(400);
      expect(response.error?.data).not.toHaveProperty('app');
      expectNoInsides(response.text);
      const query = await send(app, `/trpc/user.listActivity?input=${encodeURIComponent(body)}`);
      expect([400, 401]).toContain(query.status);
      expectNoInsides(query.text);
    },
  );

  it('refuses an input of a megabyte in less than 50 ms, with or without its length', async () => {
    const body = JSON.stringify({ username: 'x'.repeat(megabyte), password: 'x' });
    const small = JSON.stringify({ username: 'nobody', password: 'x' });
    const post = (text: string) => postJson(app, '/trpc/auth.login', text, fromNewAddress());
    const response = await post(body);
    expect([response.status, response.error?.data.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(response.error?.data).not.toHaveProperty('app');
    const chunked = await send(app, '/trpc/auth.login', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      body,
    });
    expect(chunked.status).toBe(413);

    const large: number[] = [];
    const ordinary: number[] = [];
    for (let round = 0; round < 15; round += 1) {
      large.push(await timed(() => post(body)));
      ordinary.push(await timed(() => post(small)));
    }
    // On a machine so busy that an ordinary sign-in takes as long, the clock tells nothing.
    expect(median(large)).toBeLessThan(Math.max(50, 3 * median(ordinary)));
  });

  it('refuses a field that is too long before it is normalised or hashed', async () => {
    const username = '\ufdfa'.repeat(20_000);
    const response = await postJson(app, '/trpc/auth.login', JSON.stringify({ username, password: 'x' }));
    expect([response.status, response.error?.data.fieldErrors]).toEqual([400, { username: ['This is too long.'] }]);
  });

  it('refuses a body that ends early, a long header and a long address without a word about its insides', async () => {
    const [cut, header, address] = await Promise.all([
      exchange(app, 'POST /trpc/auth.login HTTP/1.1\r\nhost: x\r\ncontent-length: zwei\r\n\r\n'),
      exchange(app, `GET /healthz HTTP/1.1\r\nhost: x\r\ncookie: ${'x'.repeat(70_000)}\r\n\r\n`),
      exchange(app, `GET /trpc/user.me?input=${'x'.repeat(70_000)} HTTP/1.1\r\nhost: x\r\n\r\n`),
    ]);
    expect([cut, header, address].map((response) => response.split(' ')[1])).toEqual(['400', '431', '431']);
    for (const response of [cut, header, address]) expectNoInsides(response);
    expect((await send(app, '/healthz')).status).toBe(200);
  });

  it.each([
    ['/trpc/%E0%A4%A'],
    ['/trpc/user.me%'],
    ['/%E0%A4%A'],
    ['/trpc/'],
    ['/trpc//'],
    ['//'],
    ['/..%2f..%2fetc/passwd'],
    ['/trpc/user.me?connectionParams=%7B'],
    ['/trpc/__proto__'],
    ['/trpc/auth.constructor'],
    ['/trpc/auth'],
    ['/trpc/auth.login.extra'],
  ])('answers the odd path %s without an error of ours', async (path) => {
    for (const response of [await send(app, path), await postJson(app, path, '{}')]) {
      expect(response.status).toBeLessThan(500);
      expectNoInsides(response.text.startsWith('<!doctype html>') ? '' : response.text);
      expect(response.text).not.toContain('root:');
    }
  });

  it.each([['['], ['%%'], ['a b'], ['x:99999'], ['\\']])('answers 400 to the host %s', async (host) => {
    expect((await send(app, '/trpc/user.me', { headers: { host } })).status).toBe(400);
  });

  it('keeps code and status of what the procedures never see, without an application error', async () => {
    const batch = (size: number) => `/trpc/${Array(size).fill('user.me').join(',')}?batch=1&input=%7B%7D`;
    const responses: [RawResponse, number, string][] = [
      [await send(app, '/trpc/auth.unknown'), 404, 'NOT_FOUND'],
      [await send(app, '/trpc/__proto__'), 404, 'NOT_FOUND'],
      [await send(app, '/trpc/auth.login'), 405, 'METHOD_NOT_SUPPORTED'],
      [await postJson(app, '/trpc/user.me', '{}'), 405, 'METHOD_NOT_SUPPORTED'],
      [await postJson(app, '/trpc/auth.login', '{'), 400, 'BAD_REQUEST'],
      [await send(app, batch(11)), 400, 'BAD_REQUEST'],
      [await send(app, batch(100)), 400, 'BAD_REQUEST'],
    ];
    for (const [response, status, code] of responses) {
      expect([response.status, response.error?.data.code]).toEqual([status, code]);
      expect(response.error?.data).not.toHaveProperty('app');
      expect(response.error?.data).not.toHaveProperty('stack');
      expectNoInsides(response.text);
    }
    for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE']) {
      expect([method, (await send(app, '/trpc/user.me', { method })).status]).toEqual([method, 405]);
      expect((await send(app, '/', { method })).status).toBe(405);
    }
  });

  it('does nothing of a batch of 100', async () => {
    const person = newPerson();
    const input = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [index, { ...person, confirmPassword: person.password }]),
    );
    const path = `/trpc/${Array(100).fill('auth.register').join(',')}?batch=1`;
    expect((await postJson(app, path, JSON.stringify(input))).status).toBe(400);
    expect(await stored(app).users.findOne({ email: person.email })).toBeNull();
  });

  it('counts each call of a batch', async () => {
    const headers = fromNewAddress();
    const guesses = (name: string) =>
      Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [index, { username: name, password: `guess ${index}` }]),
      );
    const path = `/trpc/${Array(10).fill('auth.login').join(',')}?batch=1`;
    const batch = await postJson(app, path, JSON.stringify(guesses('batched')), headers);
    const codes = (JSON.parse(batch.text) as { error: { data: { app: { code: string } } } }[]).map(
      ({ error }) => error.data.app.code,
    );
    expect(codes).toEqual(Array(10).fill('INVALID_CREDENTIALS'));
    const next = await app.call('auth.login', { username: 'batched', password: 'x' }, { headers: fromNewAddress() });
    expect([next.status, next.code]).toEqual([429, 'RATE_LIMITED']);

    await raise(app, 'signInsPerAddress', 10, 93);
    const more = JSON.parse((await postJson(app, path, JSON.stringify(guesses('other')), headers)).text);
    const outcomes = (more as { error: { data: { app: { code: string } } } }[]).map(({ error }) => error.data.app.code);
    expect(countEach(outcomes)).toEqual({ INVALID_CREDENTIALS: 7, RATE_LIMITED: 3 });
  });

  it('tells in Retry-After how long to wait, and in a batch in each error only', async () => {
    const headers = fromNewAddress();
    const ask = () => app.call('auth.requestPasswordReset', { email: newPerson().email }, { headers });
    expect((await ask()).status).toBe(200);
    await raise(app, 'resetsPerAddress', 1, 20);
    const single = await ask();
    const details = single.error.data.app;
    expect(single.status).toBe(429);
    expect(details).toEqual({ code: 'RATE_LIMITED', details: { retryAfterSeconds: expect.any(Number) } });
    expect(details).toMatchObject({ details: { retryAfterSeconds: Number(single.headers.get('retry-after')) } });
    expect(Number(single.headers.get('retry-after'))).toBeGreaterThan(3_500);

    const input = JSON.stringify({ 0: { email: 'a@example.com' }, 1: { email: 'b@example.com' } });
    const path = '/trpc/auth.requestPasswordReset,auth.requestPasswordReset?batch=1';
    const batch = await postJson(app, path, input, headers);
    expect(batch.headers['retry-after']).toBeUndefined();
    const [first] = JSON.parse(batch.text) as { error: { data: unknown } }[];
    expect(first?.error.data).toMatchObject({ app: { details: { retryAfterSeconds: expect.any(Number) } } });
  });

  it('hides what went wrong inside, and logs it under the request id of the answer', async () => {
    const { accessToken, user } = await signUp(app);
    await stored(app).users.updateOne({ _id: user.id }, { $unset: { createdAt: '' } });
    const response = await app.call('user.me', undefined, { token: accessToken });
    const id = response.headers.get('x-request-id');
    expect([response.status, response.code]).toEqual([500, 'INTERNAL']);
    expect(response.error.message).toBe(`Something went wrong on our side. (request ${id})`);
    expect(response.error.data.app).toEqual({ code: 'INTERNAL' });
    expectNoInsides(JSON.stringify(response.error));
    const [line, ...more] = app.log.filter((entry) => entry.includes(`${id}`) && entry.includes('unexpected error'));
    expect(line).toContain('TypeError');
    expect(more).toEqual([]);
  });

  it('puts the security headers and a request id on every answer', async () => {
    const responses = await Promise.all([
      send(app, '/'),
      send(app, '/no/such/page'),
      send(app, '/healthz'),
      send(app, '/readyz'),
      send(app, '/dev/mails'),
      send(app, '/dev/mails/nothing'),
      send(app, '/', { method: 'POST' }),
      send(app, '/trpc/user.me'),
      send(app, '/trpc/nothing'),
      send(app, '/trpc/%E0%A4%A'),
      send(app, '/trpc/user.me', { headers: { host: '[' } }),
      send(app, '/trpc/auth.login', { method: 'OPTIONS' }),
      postJson(app, '/trpc/auth.login', '{'),
      postJson(app, '/trpc/auth.login', 'x'.repeat(megabyte)),
      postJson(app, '/trpc/auth.logout', '{}'),
      send(app, '/.well-known/change-password'),
    ]);
    for (const { headers } of responses) {
      expect(headers).toMatchObject({
        'content-security-policy': expect.stringMatching(
          /^default-src 'self';script-src 'self'( 'sha256-[\w+/]{43}=')?;style-src 'self' 'unsafe-inline';img-src 'self' data:;object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'$/,
        ),
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'x-frame-options': expect.any(String),
        'x-request-id': expect.stringMatching(/^[\w-]{22}$/),
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    }
    expect(new Set(responses.map(({ headers }) => headers['x-request-id'])).size).toBe(responses.length);
    // Only the app's page has a script in it.
    for (const { headers } of responses.slice(2)) {
      expect(headers['content-security-policy']).toContain(";script-src 'self';");
    }
    for (const { headers } of responses.slice(7, 15)) expect(headers['cache-control']).toBe('no-store');
  });

  it('insists on https where it is reached over https, and for the hosts below it where that is said', async () => {
    await using secure = await createTestApp({ env: { PUBLIC_URL: 'https://accounts.example' } });
    const { headers } = await send(secure, '/healthz');
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    await using wide = await createTestApp({
      env: { PUBLIC_URL: 'https://accounts.example', HSTS_INCLUDE_SUBDOMAINS: '1' },
    });
    const wideHeaders = (await send(wide, '/healthz')).headers;
    expect(wideHeaders['strict-transport-security']).toBe('max-age=31536000; includeSubDomains');
    expect(headers['content-security-policy']).toMatch(/upgrade-insecure-requests/);
    expect((await send(app, '/healthz')).headers).not.toHaveProperty('strict-transport-security');
  });

  it('answers in one piece however a stream is asked for, so that cookies can still be set', async () => {
    const { challengeId, code } = await login(app, await register(app));
    const input = JSON.stringify({ 0: { challengeId, otp: code, tokenDelivery: 'cookie' } });
    const response = await postJson(app, '/trpc/auth.verifyOtp?batch=1', input, {
      origin: app.origin,
      accept: 'text/event-stream',
      'trpc-accept': 'application/jsonl',
    });
    expect(response.headers['content-type']).toBe('application/json');
    expect(response.headers['set-cookie']?.join()).toMatch(/latchkey-refresh=ey/);
    expect(JSON.parse(response.text)).toMatchObject([{ result: { data: { user: {} } } }]);
  });

  it('lets the pages of ALLOWED_ORIGINS call it, and no others', async () => {
    const ask = (origin: string | undefined, method: string) =>
      send(app, '/trpc/user.me', {
        method,
        headers: origin === undefined ? {} : { origin, 'access-control-request-method': 'POST' },
      });
    for (const origin of ['https://app.example', 'https://admin.example', app.origin]) {
      for (const method of ['OPTIONS', 'GET']) {
        const { headers, status } = await ask(origin, method);
        expect([origin, method, status]).toEqual([origin, method, method === 'GET' ? 401 : 204]);
        expect(headers['access-control-allow-origin']).toBe(origin);
        expect(headers['access-control-allow-credentials']).toBe('true');
        expect(headers.vary).toMatch(/origin/);
      }
    }
    const strangers = [
      'https://evil.example',
      'http://app.example',
      'https://app.example.evil.example',
      'https://app.example:8443',
      'https://notapp.example',
      'null',
      '*',
      undefined,
    ];
    for (const origin of strangers) {
      for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await ask(origin, method);
        expect([origin, headers['access-control-allow-origin']]).toEqual([origin, undefined]);
        expect(headers).not.toHaveProperty('access-control-allow-credentials');
        expect(headers.vary).toMatch(/origin/);
      }
    }
  });

  it('waits for no slow client and takes no unbounded number of them', async () => {
    const server = await serverOf(app, () => send(app, '/healthz'));
    expect(server.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(server.requestTimeout).toBeLessThanOrEqual(30_000);
    expect(server.keepAliveTimeout).toBeLessThanOrEqual(65_000);
    for (const limit of [server.headersTimeout, server.requestTimeout]) expect(limit).toBeGreaterThan(0);
    expect(server.maxConnections).toBeGreaterThan(0);
    expect(server.maxConnections).toBeLessThanOrEqual(5_000);
  });
});

/** How many passwords wait and how many were turned away, as the metrics tell. */
async function readQueue(app: TestApp): Promise<{ waiting: number; refused: number }> {
  const { text } = await send(app, '/metrics');
  const read = (name: string) => Number(new RegExp(`^latchkey_hash_queue_${name} (\\d+)$`, 'm').exec(text)?.[1]);
  return { waiting: read('waiting'), refused: read('refused_total') };
}

/** Between two looks at the queue, as the metrics are much to write. */
const queuePoll = { interval: 50 };

describe('hashing', () => {
  it('lets a hundred wait and refuses the next at once', async () => {
    const passwords = createPasswords({ cost: 4, appraise: () => Promise.reject(new Error('nobody is asked')) });
    const results = await Promise.allSettled(
      Array.from({ length: 300 }, (_, index) => passwords.hash(`password ${index}`)),
    );
    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(300 - refused.length).toBeGreaterThanOrEqual(100);
    expect(300 - refused.length).toBeLessThanOrEqual(101 + availableParallelism());
    for (const reason of refused) {
      expect(reason).toBeInstanceOf(AppError);
      expect(reason).toMatchObject({ code: 'BUSY', status: 503, details: { retryAfterSeconds: 5 } });
    }
    await expect(passwords.hash('afterwards')).resolves.toMatch(/^v1:/);
  });

  it('lets a known device of the account go before a hundred sign-ins from one address', async () => {
    const compared: string[] = [];
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using app = await createTestApp({
      env: { RATE_LIMITS: 'off' },
      hasher: {
        ...nativeHasher,
        compare: async (message, hash) => {
          compared.push(hash);
          if (held) await released;
          return bcrypt.compare(message, hash);
        },
      },
    });
    let held = false;
    const person = await app.person();
    const { passwordHash } = await storedUser(app, person);

    held = true;
    compared.length = 0;
    const headers = fromNewAddress();
    const flood = atOnce(90, () => tryPassword(app, newPerson().username, 'wrong', { headers }));
    await expect.poll(async () => (await readQueue(app)).waiting, queuePoll).toBeGreaterThan(80);
    const started = compared.length;
    const owner = tryPassword(app, person.username, person.password, { cookies: person.cookies, headers });
    await expect.poll(async () => (await readQueue(app)).waiting, queuePoll).toBe(91 - started);
    release();
    expect((await owner).status).toBe(200);
    // Those under way when it came, and then itself.
    expect(compared.indexOf(`${passwordHash.slice('v1:'.length)}`)).toBe(started);
    expect(tally(await flood)).toEqual({ INVALID_CREDENTIALS: 90 });
  });

  it('answers 503 with Retry-After past its queue, and registers nobody whom it refused', async () => {
    let running = 0;
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await using app = await createTestApp({
      env: { RATE_LIMITS: 'off' },
      hasher: {
        ...nativeHasher,
        async hash(message, cost) {
          running += 1;
          await released;
          return bcrypt.hash(message, cost);
        },
      },
    });
    const registration = () => ({ ...newPerson(), confirmPassword: strongPassword });
    const tenAtOnce = async () => {
      const input = JSON.stringify(
        Object.fromEntries(Array.from({ length: 10 }, (_, index) => [index, registration()])),
      );
      const { text, headers } = await postJson(
        app,
        `/trpc/${Array(10).fill('auth.register').join(',')}?batch=1`,
        input,
      );
      expect(headers).not.toHaveProperty('retry-after');
      return JSON.parse(text) as { error?: CallResponse['error'] }[];
    };
    const responses = Promise.all([atOnce(12, tenAtOnce), atOnce(20, () => app.call('auth.register', registration()))]);
    const countCalls = async () => {
      const { waiting, refused: turnedAway } = await readQueue(app);
      return running + waiting + turnedAway;
    };
    await expect.poll(countCalls, queuePoll).toBe(140);
    release();
    const [batches, singles] = await responses;
    const errors = batches.flat().flatMap(({ error }) => (error ? [error] : []));
    const refused = singles.filter(({ status }) => status !== 200);
    const registered = 140 - errors.length - refused.length;
    expect(registered).toBeGreaterThanOrEqual(100);
    expect(errors.length).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const response of refused) {
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
    }
    for (const { data } of [...errors, ...refused.map(({ error }) => error)]) {
      expect(data.app).toEqual({ code: 'BUSY', details: { retryAfterSeconds: 5 } });
    }
    expect(await stored(app).users.countDocuments()).toBe(registered);
  });
});

describe('health', () => {
  it('is ready while the database is there', async () => {
    await using app = await createTestApp();
    expect(JSON.parse((await send(app, '/healthz')).text)).toEqual({ status: 'ok' });
    const ready = await send(app, '/readyz');
    expect([ready.status, JSON.parse(ready.text)]).toEqual([200, { status: 'ok', database: { ok: true } }]);
  });

  it('is as ready as before, byte for byte, whether mail waits or nobody has the address', async () => {
    await using app = await createTestApp({
      env: {
        SMTP_URL: 'smtp://127.0.0.1:1',
        MAIL_FROM: 'Latchkey <no-reply@example.com>',
      },
    });
    const before = await send(app, '/readyz');
    expect(before.status).toBe(200);
    for (let index = 0; index < 4; index += 1) {
      const person = await register(app);
      const response = await app.call('auth.login', { username: person.username, password: person.password });
      expect(response.status).toBe(200);
    }
    await app.mail.settled();
    const after = await send(app, '/readyz');
    expect([after.status, after.text]).toEqual([before.status, before.text]);
  });
});

describe('closing', () => {
  it('finishes the calls under way, takes no others, and does not wait for idle connections', async () => {
    await using app = await createTestApp({ env: { BCRYPT_COST: '9' } });
    const person = newPerson();
    let call: Promise<number> | undefined;
    let closing: Promise<void> | undefined;
    const began = performance.now();
    await serverOf(app, async () => {
      await new Promise<void>((resolve) => {
        const onStart = () => {
          channel('http.server.request.start').unsubscribe(onStart);
          resolve();
        };
        channel('http.server.request.start').subscribe(onStart);
        call = app.call('auth.register', { ...person, confirmPassword: person.password }).then(({ status }) => status);
      });
      closing = app.close();
    });
    expect(await call).toBe(200);
    await closing;
    // Idle ones would be kept for 65 seconds.
    expect(performance.now() - began).toBeLessThan(30_000);
    await expect(send(app, '/healthz')).rejects.toThrow(/ECONNREFUSED/);
  });
});
