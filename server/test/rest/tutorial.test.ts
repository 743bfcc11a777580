import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { auditTypes, storedUser } from '../stored.ts';
import { createRestClient, signInByRest } from './rest-client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const registration = ({ username, email, firstName, lastName, password } = newPerson()) => ({
  username,
  email,
  first_name: firstName,
  last_name: lastName,
  password,
  confirm_password: password,
});
const anyText = expect.stringMatching(/./);

describe('a client written for the tutorial', () => {
  it.each([
    ['JSON', 'json', '/'],
    ['forms', 'form', '/'],
    ['JSON without the last slash', 'json', ''],
  ] as const)('registers, signs in, reads and changes its account by %s', async (_name, kind, slash) => {
    const client = createRestClient(app);
    const person = newPerson();
    const { username, email, password } = person;
    const account = { id: anyText, username, first_name: 'Ada', last_name: 'Lovelace', email };

    expect(await client.send(`/api/users/register${slash}`, { [kind]: registration(person) })).toMatchObject({
      status: 201,
      body: { success: true, user: account },
    });
    const login = await client.send(`/api/login${slash}`, { [kind]: { username, password } });
    expect(login).toMatchObject({ status: 200, body: { message: 'OTP sent to your registered email address.' } });
    const otp = await app.mail.codeFor(person);
    const verified = await client.send(`/api/verify-otp${slash}`, { [kind]: { username, otp } });
    expect([verified.status, verified.body]).toEqual([200, { refresh: anyText, access: anyText }]);
    const { access: token, refresh } = verified.body as { access: string; refresh: string };
    expect(await client.send(`/api/me${slash}`, { token })).toMatchObject({ status: 200, body: account });
    const changed = await client.send(`/api/me${slash}`, { method: 'PATCH', token, [kind]: { first_name: 'Augusta' } });
    expect([changed.status, changed.body]).toEqual([200, { ...account, first_name: 'Augusta' }]);
    const refreshed = await client.send(`/api/token/refresh${slash}`, { [kind]: { refresh } });
    expect([refreshed.status, refreshed.body]).toEqual([200, { access: anyText }]);
    for (const checked of [token, refresh]) {
      const { status, body } = await client.send(`/api/token/verify${slash}`, { [kind]: { token: checked } });
      expect([status, body]).toEqual([200, {}]);
    }
  });

  it('is refused with the bodies that it knows', async () => {
    const client = createRestClient(app);
    const person = newPerson();
    const { username, password } = person;
    await client.send('/api/users/register/', { json: registration(person) });
    const known = registration(person);
    const other = registration();
    const refusals: [string, unknown, number, unknown][] = [
      ['users/register', known, 400, { username: { detail: 'User Already exist!' } }],
      ['users/register', { ...known, username: other.username }, 400, { message: ['Email already taken!'] }],
      ['users/register', { ...other, confirm_password: 'x' }, 400, { message: ['Both password must match'] }],
      [
        'users/register',
        { username: 'ada.l', email: 'no address', password: strongPassword, confirm_password: 'another' },
        400,
        {
          first_name: ['This field is required.'],
          last_name: ['This field is required.'],
          email: ['Enter a valid email address.'],
        },
      ],
      ['users/register', { ...other, confirm_password: undefined }, 400, { confirm_password: [anyText] }],
      [
        'users',
        {},
        405,
        { detail: "User creation is not allowed on this endpoint. Go to '/users/register/' endpoint" },
      ],
      ['login', { username }, 400, { message: 'Username and password are required.' }],
      ['login', { username: '', password }, 400, { message: 'Username and password are required.' }],
      ['login', { username, password: 'wrong' }, 400, { message: 'Invalid credentials' }],
      ['login', { username: 'nobody', password }, 400, { message: 'Invalid credentials' }],
      ['login', { username: { $ne: null }, password }, 400, { message: 'Invalid credentials' }],
      ['verify-otp', { username }, 400, { message: 'Username and OTP are required.' }],
      ['verify-otp', { username, otp: 'abc' }, 400, { message: 'Invalid OTP' }],
      ['token/refresh', {}, 400, { refresh: ['This field is required.'] }],
      ['token/verify', {}, 400, { token: ['This field is required.'] }],
    ];
    for (const [path, json, status, body] of refusals) {
      const response = await client.send(`/api/${path}/`, { json });
      expect([path, response.status, response.body]).toEqual([path, status, body]);
      expect(response.headers.get('content-type')).toBe('application/json');
    }
    const anonymous = await client.send('/api/me/');
    expect([anonymous.status, anonymous.body]).toEqual([
      401,
      { detail: 'Authentication credentials were not provided.' },
    ]);
    expect(anonymous.headers.get('www-authenticate')).toBe('Bearer realm="api"');
  });

  it('may read the digits of a code as a number', async () => {
    const client = createRestClient(app);
    const person = await app.account();
    const { username, password } = person;
    await client.send('/api/login/', { json: { username, password } });
    const otp = Number(await app.mail.codeFor(person));
    expect((await client.send('/api/verify-otp/', { json: { username, otp } })).status).toBe(200);
  });
});

describe('the code of a login by REST', () => {
  const otherClient = () => createRestClient(app);

  it('opens a session for the client that gave the password, and for no other that knows the name', async () => {
    const [owner, stranger] = [otherClient(), otherClient()];
    const person = await app.account();
    const { username, password } = person;
    await owner.send('/api/login/', { json: { username, password } });
    const otp = await app.mail.codeFor(person);
    const invalid = { status: 400, body: { message: 'Invalid OTP' } };
    expect(await stranger.send('/api/verify-otp/', { json: { username, otp } })).toMatchObject(invalid);
    const foreign = { username: newPerson().username, otp };
    expect(await owner.send('/api/verify-otp/', { json: foreign })).toMatchObject(invalid);
    expect((await owner.send('/api/verify-otp/', { json: { username: username.toUpperCase(), otp } })).status).toBe(
      200,
    );
    expect([...owner.cookies.keys()]).toEqual(['latchkey-device']);
    expect(await owner.send('/api/verify-otp/', { json: { username, otp } })).toMatchObject(invalid);
  });

  it('is bound by a cookie that no script reads, no other site sends and no other path sees', async () => {
    const person = await app.account();
    const { username, password } = person;
    const { headers } = await otherClient().send('/api/login/', { json: { username, password } });
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^latchkey-challenge=[\w-]+\.[\w-]{43}; Max-Age=900; Path=\/api\/; HttpOnly; SameSite=Strict$/,
      ),
    ]);
  });

  it('is bound by a field for a client that keeps no cookies', async () => {
    const client = createRestClient(app, { jar: false });
    const person = await app.account();
    const { username, password } = person;
    const { body } = await client.send('/api/login/', { json: { username, password } });
    expect(body).toEqual({ message: anyText, challenge_id: anyText });
    const otp = await app.mail.codeFor(person);
    expect((await client.send('/api/verify-otp/', { json: { username, otp } })).status).toBe(400);
    const { challenge_id } = body as { challenge_id: string };
    expect((await client.send('/api/verify-otp/', { json: { username, otp, challenge_id } })).status).toBe(200);
  });

  it('is not found behind a forged cookie', async () => {
    const client = otherClient();
    const person = await app.account();
    const { username, password } = person;
    const { body } = await client.send('/api/login/', { json: { username, password } });
    const otp = await app.mail.codeFor(person);
    const { challenge_id: id } = body as { challenge_id: string };
    for (const forged of [id, `${id}.`, `${id}.${'A'.repeat(43)}`, `${id}.x.y`]) {
      const headers = { cookie: `latchkey-challenge=${forged}` };
      expect((await createRestClient(app).send('/api/verify-otp/', { json: { username, otp }, headers })).status).toBe(
        400,
      );
    }
  });

  it('has five tries, and can be asked for again by the same client', async () => {
    const client = otherClient();
    const person = await app.account();
    const { username, password } = person;
    await client.send('/api/login/', { json: { username, password } });
    const first = await app.mail.codeFor(person);
    const early = await client.send('/api/resend-otp/', { json: { username } });
    expect(early).toMatchObject({ status: 429, body: { code: 'RESEND_TOO_SOON', resend_available_at: anyText } });
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0);
    app.clock.advance('31s');
    const again = await client.send('/api/resend-otp/', { json: { username } });
    expect([again.status, again.body]).toEqual([
      200,
      { sent_to: anyText, expires_at: anyText, resend_available_at: anyText },
    ]);
    const otp = await app.mail.codeFor(person);
    expect((await client.send('/api/verify-otp/', { json: { username, otp: first } })).status).toBe(400);
    for (let guess = 0; guess < 4; guess += 1) {
      await client.send('/api/verify-otp/', { json: { username, otp: first } });
    }
    expect((await client.send('/api/verify-otp/', { json: { username, otp } })).status).toBe(400);
  });
});

describe('a session that was opened by REST', () => {
  it('keeps one refresh token that goes on working, also from many calls at once', async () => {
    const client = createRestClient(app);
    const { refresh, access } = await signInByRest(app, client, await app.account());
    const refreshed = await Promise.all(
      Array.from({ length: 20 }, () => client.send('/api/token/refresh/', { json: { refresh } })),
    );
    expect(refreshed.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
    app.clock.advance('23h');
    const late = await client.send('/api/token/refresh/', { json: { refresh } });
    expect(late.status).toBe(200);
    const { access: token } = late.body as { access: string };
    expect((await client.send('/api/me/', { token })).status).toBe(200);
    const old = await client.send('/api/me/', { token: access });
    expect(old).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } });
    expect(old.headers.get('www-authenticate')).toBe('Bearer realm="api", error="invalid_token"');
  });

  it('ends after a day without its token', async () => {
    const client = createRestClient(app);
    const { refresh } = await signInByRest(app, client, await app.account());
    app.clock.advance('24h');
    for (const path of ['token/refresh', 'token/verify']) {
      const { status, body } = await client.send(`/api/${path}/`, { json: { refresh, token: refresh } });
      expect([path, status, body]).toEqual([path, 401, expect.objectContaining({ status: 401, code: anyText })]);
    }
  });

  it('keeps its token at the typed client, too', async () => {
    const { refresh } = await signInByRest(app, createRestClient(app), await app.account());
    for (let round = 0; round < 3; round += 1) {
      const { data } = await app.call<{ accessToken: string; refreshToken: string }>('auth.refresh', {
        refreshToken: refresh,
      });
      expect((await app.call('user.me', undefined, { token: data.accessToken })).status).toBe(200);
      expect(
        (await createRestClient(app).send('/api/token/refresh/', { json: { refresh: data.refreshToken } })).status,
      ).toBe(200);
      app.clock.advance('1m');
    }
  });

  it('is no way to use up the token of a session that rotates', async () => {
    const ada = await app.person();
    const { status, body } = await createRestClient(app).send('/api/token/refresh/', {
      json: { refresh: ada.refreshToken },
    });
    expect([status, body]).toEqual([401, expect.objectContaining({ code: 'SESSION_EXPIRED' })]);
    expect((await app.call('auth.refresh', { refreshToken: ada.refreshToken })).status).toBe(200);
  });

  it('is ended by its refresh token, by its access token, and is recorded as any other', async () => {
    const person = await app.account();
    for (const by of ['refresh', 'access'] as const) {
      const client = createRestClient(app);
      const { refresh, access } = await signInByRest(app, client, person);
      const options = by === 'refresh' ? { json: { refresh } } : { json: {}, token: access };
      expect((await client.send('/api/logout/', options)).body).toEqual({ success: true });
      expect((await client.send('/api/me/', { token: access })).status).toBe(401);
      expect((await client.send('/api/token/refresh/', { json: { refresh } })).status).toBe(401);
    }
    const types = await auditTypes(app, (await storedUser(app, person))._id);
    // The clock stands still, so that they have no order.
    expect(types.sort()).toEqual(['code-sent', 'code-sent', 'signed-in', 'signed-in', 'signed-out', 'signed-out']);
  });
});
