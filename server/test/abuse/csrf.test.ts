import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import type { CallResponse } from '../../src/testing/wire.ts';
import { accessOf, login, refresh } from '../flows.ts';
import { postJson, send } from '../raw-http.ts';
import { stored, storedUser } from '../stored.ts';

const cookieName = 'latchkey-refresh';

/** What a page of another site can have a browser send, cookies and all, without asking first. */
const forms: [string, string, string][] = [
  ['urlencoded', 'application/x-www-form-urlencoded', 'refreshToken=&challengeId=x'],
  ['text/plain', 'text/plain', '{}'],
  ['text/plain with a charset', 'text/plain;charset=UTF-8', '{}'],
  [
    'multipart',
    'multipart/form-data; boundary=x',
    '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
  ],
  ['multipart in capitals', 'MULTIPART/FORM-DATA; boundary=x', '--x--\r\n'],
  ['JSON as a parameter', 'text/plain; application/json', '{}'],
];
const foreignOrigins: (string | undefined)[] = [
  'https://evil.example',
  'null',
  undefined,
  '',
  'http://localhost',
  'http://localhost.evil.example',
  'http://evil.localhost:3000',
  'file://',
];

/** Somebody who signs in with a browser: the refresh token is in the cookie. */
async function inBrowser(app: TestApp, origin: string) {
  const who = await app.account();
  const { challengeId, code } = await login(app, who);
  const response = await app.call<{ accessToken: string }>(
    'auth.verifyOtp',
    { challengeId, otp: code, tokenDelivery: 'cookie' },
    { headers: { origin } },
  );
  const cookies = Object.fromEntries(Object.entries(response.cookies).map(([name, { value }]) => [name, value]));
  return { ...who, accessToken: response.data.accessToken, cookies, response };
}

const cookieHeader = (cookies: Record<string, string>) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ');
const attributesOf = (response: CallResponse<unknown>, name: string) =>
  response.cookies[name]?.attributes.toLowerCase().split('; ');

let app: TestApp;
/** Reached over https. */
let secure: TestApp;
const secureOrigin = 'https://accounts.example';
beforeAll(async () => {
  app = await createTestApp({ env: { ALLOWED_ORIGINS: 'https://app.example' } });
  secure = await createTestApp({ env: { PUBLIC_URL: secureOrigin, ALLOWED_ORIGINS: 'https://app.example:8443' } });
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
});

describe('a page of another site', () => {
  /** Signed in, and in the middle of signing in: what is tried here leaves both as they are. */
  let somebody: Awaited<ReturnType<TestApp['person']>>;
  let challenge: Awaited<ReturnType<typeof login>>;
  beforeAll(async () => {
    somebody = await app.person();
    challenge = await login(app, await app.account());
  });

  it.each(forms)('gets nowhere with a form: %s', async (_name, contentType, body) => {
    const { cookies, accessToken } = somebody;
    for (const path of ['auth.refresh', 'auth.logout', 'auth.verifyOtp', 'session.revokeOthers']) {
      for (const origin of ['https://evil.example', app.origin]) {
        const response = await send(app, `/trpc/${path}`, {
          method: 'POST',
          headers: { 'content-type': contentType, cookie: cookieHeader(cookies), origin },
          body: body.replace('challengeId=x', `challengeId=${challenge.challengeId}`),
        });
        expect([path, response.status]).toEqual([path, 415]);
        expect(response.headers).not.toHaveProperty('set-cookie');
      }
    }
    expect(await accessOf(app, accessToken)).toBe('ok');
  });

  it('gets nowhere with a body of no type, a link or an image', async () => {
    const { cookies, accessToken } = somebody;
    const headers = { cookie: cookieHeader(cookies), origin: app.origin };
    for (const path of ['auth.refresh', 'auth.logout', 'session.revokeOthers']) {
      expect((await send(app, `/trpc/${path}`, { method: 'POST', headers, body: '{}' })).status).toBe(415);
      expect((await send(app, `/trpc/${path}?input=%7B%7D`, { headers })).status).toBe(405);
    }
    expect(await accessOf(app, accessToken)).toBe('ok');
  });

  it.each(foreignOrigins.map((origin) => [origin]))(
    'with the origin %s neither refreshes nor signs out',
    async (origin) => {
      const { cookies, accessToken, username } = somebody;
      const before = await storedUser(app, { username });
      const headers = { cookie: cookieHeader(cookies), ...(origin !== undefined && { origin }) };
      for (const path of ['auth.refresh', 'auth.logout']) {
        const response = await postJson(app, `/trpc/${path}`, '{}', headers);
        expect([path, response.status, response.error?.data.app]).toEqual([path, 403, { code: 'BAD_ORIGIN' }]);
        expect(response.headers).not.toHaveProperty('set-cookie');
      }
      const withBearer = await postJson(app, '/trpc/auth.logout', '{}', {
        ...headers,
        authorization: `Bearer ${accessToken}`,
      });
      expect(withBearer.error?.data.app).toEqual({ code: 'BAD_ORIGIN' });
      expect(await storedUser(app, { username })).toEqual(before);
      expect(await accessOf(app, accessToken)).toBe('ok');
    },
  );

  it.each(foreignOrigins.map((origin) => [origin]))(
    'with the origin %s signs nobody in to a cookie',
    async (origin) => {
      const { challengeId, code: otp } = challenge;
      const headers = { ...fromNewAddress(), ...(origin !== undefined && { origin }) };
      const input = { challengeId, otp, tokenDelivery: 'cookie' };
      const response = await postJson(app, '/trpc/auth.verifyOtp', JSON.stringify(input), headers);
      expect([response.status, response.error?.data.app]).toEqual([403, { code: 'BAD_ORIGIN' }]);
      expect(response.headers).not.toHaveProperty('set-cookie');
    },
  );

  it('uses up no code by that', async () => {
    const { challengeId, code: otp } = challenge;
    expect((await stored(app).challenges.findOne({ _id: challengeId }))?.attempts).toBe(0);
    const input = { challengeId, otp, tokenDelivery: 'cookie' };
    expect((await app.call('auth.verifyOtp', input, { headers: { origin: app.origin } })).status).toBe(200);
  });

  it('is told apart from ours by the whole origin: scheme, host and port', async () => {
    const { cookies } = await secure.person();
    const ask = (origin: string) => secure.call('auth.refresh', {}, { cookies, headers: { origin } });
    const foreign = [
      'http://accounts.example',
      'https://accounts.example:8443',
      'https://app.example',
      'https://accounts.example.evil.example',
      'https://evil-accounts.example',
      'https://accounts.example/',
      'HTTPS://ACCOUNTS.EXAMPLE.',
      secure.origin,
    ];
    for (const origin of foreign) expect([origin, (await ask(origin)).code]).toEqual([origin, 'BAD_ORIGIN']);
    expect((await ask('https://app.example:8443')).status).toBe(200);
  });
});

describe('the refresh cookie', () => {
  it('is HttpOnly, SameSite=Strict and for the whole site, for as long as the session', async () => {
    const { response } = await inBrowser(app, app.origin);
    expect(attributesOf(response, cookieName)?.sort()).toEqual([
      'httponly',
      'max-age=604800',
      'path=/',
      'samesite=strict',
    ]);
    expect(JSON.stringify(response.data)).not.toContain(response.cookies[cookieName]?.value);
  });

  it('has the __Host- prefix and Secure where PUBLIC_URL is https', async () => {
    const origin = secureOrigin;
    const { response, cookies } = await inBrowser(secure, origin);
    const name = `__Host-${cookieName}`;
    expect(response.cookies).not.toHaveProperty(cookieName);
    expect(attributesOf(response, name)?.sort()).toEqual([
      'httponly',
      'max-age=604800',
      'path=/',
      'samesite=strict',
      'secure',
    ]);
    const refreshed = await secure.call('auth.refresh', {}, { cookies, headers: { origin } });
    expect(attributesOf(refreshed, name)).toContain('secure');
    // A page on a sibling host can set the name without the prefix, and no more.
    const planted = { [cookieName]: `${cookies[name]}` };
    const answerToPlanted = await secure.call('auth.refresh', {}, { cookies: planted, headers: { origin } });
    expect(answerToPlanted.code).toBe('SESSION_EXPIRED');
    const out = await secure.call('auth.logout', {}, { cookies, headers: { origin } });
    expect(attributesOf(out, name)).toEqual(expect.arrayContaining(['max-age=0', 'path=/', 'secure']));
  });

  it('is left alone by every refresh that fails', async () => {
    const { cookies, accessToken, username } = await app.person();
    const own = { headers: { origin: app.origin } };
    const first = { [cookieName]: `${cookies[cookieName]}` };
    const second = (await app.call('auth.refresh', {}, { cookies: first, ...own })).cookies[cookieName]?.value;
    const third = (await app.call('auth.refresh', {}, { cookies: { [cookieName]: `${second}` }, ...own })).cookies[
      cookieName
    ]?.value;
    expect(third).toBeDefined();

    const failures: [string, CallResponse<unknown>][] = [
      ['SESSION_EXPIRED', await app.call('auth.refresh', {}, own)],
      ['SESSION_EXPIRED', await app.call('auth.refresh', {}, { cookies: { [cookieName]: 'garbage' }, ...own })],
      ['BAD_ORIGIN', await app.call('auth.refresh', {}, { cookies, headers: { origin: 'https://evil.example' } })],
      ['SESSION_REUSED', await app.call('auth.refresh', {}, { cookies: first, ...own })],
      ['SESSION_EXPIRED', await app.call('auth.refresh', {}, { cookies: { [cookieName]: `${third}` }, ...own })],
      ['VALIDATION', await app.call('auth.refresh', { refreshToken: 1 }, { cookies, ...own })],
    ];
    for (const [code, response] of failures) {
      expect(response.code).toBe(code);
      expect(Object.keys(response.cookies)).toEqual([]);
    }
    expect(await accessOf(app, accessToken)).toBe('UNAUTHENTICATED');
    expect((await storedUser(app, { username })).sessions).toEqual([]);
  });

  it('is cleared by signing out, and by nothing else, also where the session is long over', async () => {
    const { cookies } = await app.person();
    for (let round = 0; round < 2; round += 1) {
      const out = await app.call('auth.logout', {}, { cookies, headers: { origin: app.origin } });
      expect(out.data).toEqual({ success: true });
      expect(out.cookies[cookieName]?.value).toBe('');
      expect(attributesOf(out, cookieName)).toEqual(expect.arrayContaining(['max-age=0', 'path=/', 'httponly']));
    }
    expect((await app.call('auth.refresh', {}, { cookies, headers: { origin: app.origin } })).code).toBe(
      'SESSION_EXPIRED',
    );
  });

  it('is not used, set or cleared for a client that brings its token in the body', async () => {
    const [browser, client] = [await app.person(), await app.person()];
    const evil = { cookies: browser.cookies, headers: { origin: 'https://evil.example' } };
    const refreshed = await app.call<{ refreshToken: string }>(
      'auth.refresh',
      { refreshToken: client.refreshToken },
      evil,
    );
    expect(refreshed.cookies).toEqual({});
    const out = await app.call('auth.logout', { refreshToken: refreshed.data.refreshToken }, evil);
    expect(out.cookies).toEqual({});
    expect(await accessOf(app, client.accessToken)).toBe('UNAUTHENTICATED');
    expect(await accessOf(app, browser.accessToken)).toBe('ok');
    expect((await refresh(app, `${browser.cookies[cookieName]}`)).status).toBe(200);
  });

  it('of a session that a new sign-in to the same account replaces ends with it', async () => {
    const first = await inBrowser(app, app.origin);
    const { challengeId, code } = await login(app, first);
    const again = await app.call<{ accessToken: string }>(
      'auth.verifyOtp',
      { challengeId, otp: code, tokenDelivery: 'cookie' },
      { cookies: first.cookies, headers: { origin: app.origin } },
    );
    expect(await accessOf(app, first.accessToken)).toBe('UNAUTHENTICATED');
    expect(await accessOf(app, again.data.accessToken)).toBe('ok');
  });
});

describe('the device cookie', () => {
  it('is HttpOnly, SameSite=Lax, good for a year, Secure and with the __Host- prefix on https, and no key to anything', async () => {
    const { response, cookies } = await inBrowser(app, app.origin);
    const flags = ['httponly', 'max-age=31536000', 'path=/', 'samesite=lax'];
    expect(attributesOf(response, 'latchkey-device')?.sort()).toEqual(flags);
    const overHttps = await inBrowser(secure, secureOrigin);
    expect(attributesOf(overHttps.response, '__Host-latchkey-device')?.sort()).toEqual([...flags, 'secure']);
    expect(overHttps.response.cookies).not.toHaveProperty('latchkey-device');

    const device = `${cookies['latchkey-device']}`;
    expect(await accessOf(app, device)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, device)).code).toBe('SESSION_EXPIRED');
    const asRefresh = await app.call(
      'auth.refresh',
      {},
      { cookies: { [cookieName]: device }, headers: { origin: app.origin } },
    );
    expect(asRefresh.code).toBe('SESSION_EXPIRED');
  });
});
