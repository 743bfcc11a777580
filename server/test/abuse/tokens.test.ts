import { createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeys, type KeyUse } from '../../src/domain/tokens/keys.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { accessOf, refresh, type SignedIn, signUp, tryPassword } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';

const secret = randomBytes(32).toString('hex');
const keys = createKeys([secret]);
const minute = 60;

let app: TestApp;
let person: SignedIn;
beforeAll(async () => {
  app = await createTestApp({ env: { AUTH_SECRETS: secret } });
  person = await signUp(app);
});
afterAll(() => app[Symbol.asyncDispose]());

type Json = Record<string, unknown>;
const encode = (part: Json) => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (part: string | undefined): Json => JSON.parse(Buffer.from(`${part}`, 'base64url').toString());
const parts = (token: string) => {
  const [header, payload, signature = ''] = token.split('.');
  return { header: decode(header), payload: decode(payload), signature };
};

/** A token signed by whoever has the key; `digest` is the hash of the MAC. */
function signed(header: Json, payload: Json, key: KeyObject, digest = 'sha256'): string {
  const text = `${encode(header)}.${encode(payload)}`;
  return `${text}.${createHmac(digest, key).update(text).digest('base64url')}`;
}

const keyOf = (use: KeyUse) => keys(use).current.key;
const nowSeconds = () => Math.floor(app.clock.now().getTime() / 1000);

/** A genuine token taken apart, and the key it was signed with. */
interface Genuine {
  token: string;
  header: Json;
  payload: Json;
  signature: string;
  key: KeyObject;
  use: KeyUse;
}

const without = (object: Json, name: string): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const withPayload = (changes: Json) => (genuine: Genuine) =>
  signed(genuine.header, { ...genuine.payload, ...changes }, genuine.key);
const withHeader = (changes: Json) => (genuine: Genuine) =>
  signed({ ...genuine.header, ...changes }, genuine.payload, genuine.key);
const withoutClaim = (name: string) => (genuine: Genuine) =>
  signed(genuine.header, without(genuine.payload, name), genuine.key);
const unsigned =
  (alg: string, signature = '') =>
  (genuine: Genuine) =>
    `${encode({ ...genuine.header, alg })}.${encode(genuine.payload)}.${signature}`;
const strangersKeys = createKeys([randomBytes(32).toString('hex')]);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Every way to get a token wrong, made from a genuine one (RFC 8725, section 2). */
const forgeries: Record<string, (genuine: Genuine) => string> = {
  'alg none': unsigned('none'),
  'alg None': unsigned('None'),
  'alg none and a signature': (genuine) => unsigned('none', genuine.signature)(genuine),
  'no alg': ({ header, payload, key }) => signed(without(header, 'alg'), payload, key),
  'no signature': ({ header, payload }) => `${encode(header)}.${encode(payload)}.`,
  'HS384 and our key': ({ header, payload, key }) => signed({ ...header, alg: 'HS384' }, payload, key, 'sha384'),
  'HS512 and our key': ({ header, payload, key }) => signed({ ...header, alg: 'HS512' }, payload, key, 'sha512'),
  RS256: ({ header, payload }) => {
    const text = `${encode({ ...header, alg: 'RS256' })}.${encode(payload)}`;
    return `${text}.${sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')}`;
  },
  'the key of a stranger': ({ header, payload, use }) => signed(header, payload, strangersKeys(use).current.key),
  'the key and kid of a stranger': ({ header, payload, use }) =>
    signed({ ...header, kid: strangersKeys(use).current.kid }, payload, strangersKeys(use).current.key),
  'our key of another use': ({ header, payload }) => signed(header, payload, keyOf('one-time-code')),
  'an unknown kid': withHeader({ kid: 'unknown' }),
  'no kid': ({ header, payload, key }) => signed(without(header, 'kid'), payload, key),
  'a key of its own': ({ header, payload, use }) =>
    signed(
      { ...header, jwk: { kty: 'oct', k: strangersKeys(use).current.key.export().toString('base64url') } },
      payload,
      strangersKeys(use).current.key,
    ),
  'typ JWT': withHeader({ typ: 'JWT' }),
  'no typ': ({ header, payload, key }) => signed(without(header, 'typ'), payload, key),
  'another issuer': withPayload({ iss: 'https://evil.example' }),
  'no issuer': withoutClaim('iss'),
  'another audience': withPayload({ aud: 'latchkey/one-time-code' }),
  'no audience': withoutClaim('aud'),
  'no exp': withoutClaim('exp'),
  'a text as exp': withPayload({ exp: '9999999999' }),
  'no iat': withoutClaim('iat'),
  'an iat in the future': (genuine) => withPayload({ iat: nowSeconds() + 61, exp: nowSeconds() + 600 })(genuine),
  'no subject': withoutClaim('sub'),
  'a tampered payload': ({ header, payload, signature }) =>
    `${encode(header)}.${encode({ ...payload, sub: 'somebody-else' })}.${signature}`,
  'a cut signature': ({ token }) => token.slice(0, -2),
  'a fourth part': ({ token, signature }) => `${token}.${signature}`,
};
const kinds = Object.keys(forgeries);

const forge = (token: string, use: KeyUse, kind: string): string =>
  forgeries[kind]?.({ token, ...parts(token), key: keyOf(use), use }) ?? '';

describe('an access token', () => {
  it('that we sign ourselves with all claims in place is accepted, so that the refusals below mean something', async () => {
    const { header, payload } = parts(person.accessToken);
    expect(header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: keys('access-token').current.kid });
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'gen', 'iat', 'iss', 'jti', 'sid', 'sub']);
    // As of an instance whose clock is ahead.
    const again = signed(header, { ...payload, iat: nowSeconds() + 60 }, keyOf('access-token'));
    expect(await accessOf(app, again)).toBe('ok');
  });

  it.each(kinds)('with %s is refused', async (kind) => {
    expect(await accessOf(app, forge(person.accessToken, 'access-token', kind))).toBe('UNAUTHENTICATED');
  });

  it.each(['sid', 'gen'])('without %s is refused', async (name) => {
    const { header, payload } = parts(person.accessToken);
    expect(await accessOf(app, signed(header, without(payload, name), keyOf('access-token')))).toBe('UNAUTHENTICATED');
  });

  it('is not replaced by a refresh token, even one that is signed with its key', async () => {
    expect(await accessOf(app, person.refreshToken)).toBe('UNAUTHENTICATED');
    const { header, payload } = parts(person.refreshToken);
    expect(await accessOf(app, signed(header, payload, keyOf('access-token')))).toBe('UNAUTHENTICATED');
  });

  it('is refused thirty seconds after it has expired', async () => {
    const somebody = await signUp(app);
    app.clock.advance(10 * minute + 29);
    expect(await accessOf(app, somebody.accessToken)).toBe('ok');
    app.clock.advance(1);
    expect(await accessOf(app, somebody.accessToken)).toBe('UNAUTHENTICATED');
  });
});

describe('a refresh token', () => {
  it('that we sign ourselves with all claims in place is accepted', async () => {
    const { refreshToken } = await signUp(app);
    const { header, payload } = parts(refreshToken);
    expect(header).toEqual({ alg: 'HS256', typ: 'rt+jwt', kid: keys('refresh-token').current.kid });
    const again = signed(header, { ...payload, iat: nowSeconds() + 60 }, keyOf('refresh-token'));
    expect((await refresh(app, again)).status).toBe(200);
  });

  it.each(kinds)('with %s is refused and ends nothing', async (kind) => {
    const token = forge(person.refreshToken, 'refresh-token', kind);
    const response = await refresh(app, token);
    expect([response.status, response.code]).toEqual([401, 'SESSION_EXPIRED']);
    const signOut = await app.call('auth.logout', { refreshToken: token });
    expect(signOut.status).toBe(200);
    expect((await refresh(app, person.refreshToken)).status).toBe(200);
  });

  it('is not replaced by an access token or a device token', async () => {
    const { header, payload } = parts(person.accessToken);
    const tokens = [
      person.accessToken,
      signed(header, payload, keyOf('refresh-token')),
      signed({ ...header, typ: 'device+jwt' }, { ...payload, did: 'x' }, keyOf('device-token')),
    ];
    for (const token of tokens) expect((await refresh(app, token)).code).toBe('SESSION_EXPIRED');
  });

  it('of a generation that does not exist yet is refused and ends nothing', async () => {
    const somebody = await signUp(app);
    const { header, payload } = parts(somebody.refreshToken);
    const future = signed(header, { ...payload, gen: 5 }, keyOf('refresh-token'));
    expect((await refresh(app, future)).code).toBe('SESSION_EXPIRED');
    expect(await accessOf(app, somebody.accessToken)).toBe('ok');
  });
});

describe('a device token', () => {
  /** A device token as the server makes it. */
  function genuineFor(userId: string): string {
    const { kid, key } = keys('device-token').current;
    const payload = {
      did: 'some-device',
      iat: nowSeconds(),
      exp: nowSeconds() + 3600,
      aud: 'latchkey/device-token',
      iss: 'latchkey',
      sub: userId,
    };
    return signed({ alg: 'HS256', typ: 'device+jwt', kid }, payload, key);
  }
  const signInBehindLock = (who: SignedIn, device: string) =>
    tryPassword(app, who.username, who.password, { cookies: { 'latchkey-device': device } });

  it('opens the door of its account, and no forgery of one does', async () => {
    const owner = await signUp(app);
    const locked = await atOnce(10, () => tryPassword(app, owner.username, 'not the password'));
    expect(tally(locked)).toEqual({ INVALID_CREDENTIALS: 10 });
    const genuine = genuineFor(owner.user.id);
    for (const kind of kinds) {
      const { code } = await signInBehindLock(owner, forge(genuine, 'device-token', kind));
      expect([kind, code]).toEqual([kind, 'RATE_LIMITED']);
    }
    for (const token of [owner.accessToken, owner.refreshToken, genuineFor('somebody-else')]) {
      expect((await signInBehindLock(owner, token)).code).toBe('RATE_LIMITED');
    }
    expect((await signInBehindLock(owner, genuine)).status).toBe(200);
  });

  it('is neither an access token nor a refresh token', async () => {
    const token = genuineFor(person.user.id);
    expect(await accessOf(app, token)).toBe('UNAUTHENTICATED');
    expect((await refresh(app, token)).code).toBe('SESSION_EXPIRED');
  });
});
