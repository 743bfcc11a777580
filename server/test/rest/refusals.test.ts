import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { resetToken } from '../flows.ts';
import { raise, stored } from '../stored.ts';
import { createRestClient, signInByRest } from './rest-client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** What is sent as it is, from an address of its own. */
const send = (path: string, init: RequestInit) =>
  fetch(`${app.url}${path}`, { ...init, headers: { ...fromNewAddress(), ...init.headers } });

const json = { 'content-type': 'application/json' };

describe('what is no call of the REST face', () => {
  it.each([
    ['an unknown path', '/api/nothing', {}, 404, 'NOT_FOUND'],
    ['a path below a call', '/api/me/more', {}, 404, 'NOT_FOUND'],
    ['two slashes at the end', '/api/me//', {}, 404, 'NOT_FOUND'],
    ['another method', '/api/login', { method: 'GET' }, 405, 'METHOD_NOT_SUPPORTED'],
    ['broken JSON', '/api/login', { method: 'POST', headers: json, body: '{' }, 400, 'BAD_REQUEST'],
    ['a list', '/api/login', { method: 'POST', headers: json, body: '[]' }, 400, 'BAD_REQUEST'],
    [
      'another type',
      '/api/login',
      { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['a form with files', '/api/login', { method: 'POST', body: new FormData() }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [
      'a long body',
      '/api/login',
      { method: 'POST', headers: json, body: ' '.repeat(70_000) },
      413,
      'PAYLOAD_TOO_LARGE',
    ],
  ])('is refused as a problem with a code: %s', async (_name, path, init, status, code) => {
    const response = await send(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ type: 'about:blank', title: expect.any(String), status, code });
    if (status === 405) expect(response.headers.get('allow')).toBe('POST');
  });

  it('is refused where a long body comes in pieces', async () => {
    const body = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 8; part += 1) controller.enqueue(new TextEncoder().encode(' '.repeat(10_000)));
        controller.close();
      },
    });
    const response = await send('/api/login', { method: 'POST', headers: json, body, duplex: 'half' } as RequestInit);
    expect([response.status, await response.json()]).toEqual([413, expect.objectContaining({ status: 413 })]);
  });
});

describe('a page that is not ours', () => {
  it('changes nothing by REST, whichever cookies go with it', async () => {
    const { username, password } = await app.account();
    const before = await stored(app).challenges.countDocuments();
    for (const origin of ['https://elsewhere.example', 'null', `${app.origin}.example`]) {
      const response = await send('/api/login/', {
        method: 'POST',
        headers: { origin },
        body: new URLSearchParams({ username, password }),
      });
      expect([origin, response.status, await response.json()]).toEqual([
        origin,
        403,
        expect.objectContaining({ code: 'BAD_ORIGIN' }),
      ]);
    }
    expect(await stored(app).challenges.countDocuments()).toBe(before);
    const own = await createRestClient(app).send('/api/login/', {
      json: { username, password },
      headers: { origin: app.origin },
    });
    expect(own.status).toBe(200);
  });

  it('is let in by CORS where ALLOWED_ORIGINS names it, with the methods of REST', async () => {
    const origin = 'https://app.example';
    await using open = await createTestApp({ env: { ALLOWED_ORIGINS: origin } });
    const response = await fetch(`${open.url}/api/me/`, { method: 'OPTIONS', headers: { origin } });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-methods')).toContain('PATCH');
  });
});

describe('the cookie of the refresh token', () => {
  it('is neither read nor set nor cleared by REST', async () => {
    const ada = await app.person();
    const headers = { origin: app.origin };
    const client = createRestClient(app);
    for (const [name, value] of Object.entries(ada.cookies)) client.cookies.set(name, value);
    const missing = await client.send('/api/token/refresh/', { json: {}, headers });
    expect(missing.status).toBe(400);
    expect((await client.send('/api/logout/', { json: {}, headers })).headers.getSetCookie()).toEqual([]);
    const { access } = await signInByRest(app, client, ada);
    await client.send('/api/logout/', { json: {}, token: access, headers });
    expect(client.cookies.get('latchkey-refresh')).toBe(ada.refreshToken);
    expect((await app.call('auth.refresh', {}, { cookies: ada.cookies, headers })).status).toBe(200);
  });
});

describe('the calls that the tutorial does not have', () => {
  it('list, name and end sessions', async () => {
    const ada = await app.person();
    const other = await app.session(ada);
    const client = createRestClient(app);
    const token = ada.accessToken;
    const { body } = await client.send('/api/sessions/', { token });
    const sessions = body as { id: string; current: boolean }[];
    expect(sessions).toHaveLength(2);
    expect(Object.keys(sessions[0] ?? {})).toEqual(expect.arrayContaining(['id', 'created_at', 'last_seen_at']));
    const another = sessions.find(({ current }) => !current)?.id;
    const path = `/api/sessions/${another}/`;
    const named = await client.send(path, { method: 'PATCH', token, json: { name: 'The old laptop' } });
    expect([named.status, named.body]).toEqual([200, { success: true }]);
    const ended = await client.send(path, { method: 'DELETE', token });
    expect([ended.status, ended.body]).toEqual([204, undefined]);
    expect((await client.send('/api/me/', { token: other.accessToken })).status).toBe(401);
    expect(await client.send(path, { method: 'DELETE', token })).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND' },
    });
    await app.session(ada);
    expect(await client.send('/api/sessions/end-others/', { method: 'POST', token })).toMatchObject({
      status: 200,
      body: { revoked: 1 },
    });
  });

  it('confirm the password, and count wrong ones', async () => {
    const { accessToken: token, password } = await app.person();
    const client = createRestClient(app);
    expect(await client.send('/api/confirm/', { token, json: { password } })).toMatchObject({
      status: 200,
      body: { confirmed_until: expect.any(String) },
    });
    const wrong = await client.send('/api/confirm/', { token, json: { password: 'wrong' } });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'INVALID_CREDENTIALS' } });
  });

  it('set a new password by a mailed link', async () => {
    const ada = await app.person();
    const client = createRestClient(app);
    const asked = await client.send('/api/password-reset/', { json: { email: ada.email } });
    expect(asked).toMatchObject({ status: 200, body: { message: expect.any(String) } });
    const token = await resetToken(app, ada.email);
    const [password, json] = ['another horse battery staple', { token, password: 'x', confirm_password: 'y' }];
    expect(await client.send('/api/password-reset/confirm/', { json })).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION', errors: { password: expect.any(Array), confirm_password: expect.any(Array) } },
    });
    const set = { ...json, password, confirm_password: password };
    expect((await client.send('/api/password-reset/confirm/', { json: set })).body).toEqual({ success: true });
    expect((await client.send('/api/me/', { token: ada.accessToken })).status).toBe(401);
  });
});

it('counts calls by REST and by tRPC together', async () => {
  const headers = fromNewAddress();
  const ask = (query = '') =>
    fetch(`${app.url}/api/password-reset/${query}`, {
      method: 'POST',
      headers: { ...headers, ...json },
      body: JSON.stringify({ email: 'nobody@example.com' }),
    });
  await ask();
  await ask();
  await raise(app, 'resetsPerAddress', 2, 19);
  expect((await ask()).status).toBe(200);
  const more = await app.call('auth.requestPasswordReset', { email: 'nobody@example.com' }, { headers });
  expect(more.code).toBe('RATE_LIMITED');
  const refused = await ask('?batch=1');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', retry_after_seconds: expect.any(Number) });
});
