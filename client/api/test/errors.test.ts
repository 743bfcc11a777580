import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  assertNever,
  createLatchkeyClient,
  isLatchkeyError,
  type LatchkeyErrorOf,
  latchkeyLink,
  safe,
} from '@latchkey/client';
import type { AppRouter } from '@latchkey/server';
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { clientErrorCodes } from '@latchkey/shared/client-errors';
import { appErrorCodes } from '@latchkey/shared/errors';
import { createTRPCClient } from '@trpc/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { wrongCode } from '../../../server/test/flows.ts';
import { askForCode, signUp } from './people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** What a call fails with. */
async function errorOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isLatchkeyError(error)) throw new Error(`failed with ${String(error)}`);
  return error;
}

/** Something else than Latchkey, on a port of its own. */
async function serve(respond: RequestListener) {
  const server = createServer(respond);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('an error of the server', () => {
  it('says what happened by code, what to do, which request it was, and where that is written down', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const { challengeId, code } = await askForCode(latchkey, app);
    const error = await errorOf(latchkey.auth.verifyOtp.mutate({ challengeId, otp: wrongCode(code) }));
    expect(error).toMatchObject({
      name: 'LatchkeyError',
      message: 'This code is not right.',
      code: 'OTP_INVALID',
      details: { attemptsLeft: 4 },
      procedure: 'auth.verifyOtp',
      advice: expect.stringContaining('attemptsLeft'),
      docs: 'docs/errors.md#otp_invalid',
    });
    expect(app.log.some((line) => line.includes(`"requestId":"${error.requestId}"`))).toBe(true);
  });

  it('has its section in the page that comes with the package, whatever its code', async () => {
    const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const sections = [...page.matchAll(/^## (\S+)$/gm)].map(([, code]) => code);
    expect(sections).toEqual([...appErrorCodes, ...clientErrorCodes]);
  });

  it('names the fields that were refused', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const error = await errorOf(latchkey.auth.requestPasswordReset.mutate({ email: 'nobody' }));
    expect(error).toMatchObject({ code: 'VALIDATION', fieldErrors: { email: ['Enter a valid e-mail address.'] } });
  });

  it('comes from safe() beside the data, narrowed to what the procedure can throw', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const { challengeId, code, username } = await askForCode(latchkey, app);
    const { data: none, error } = await safe(latchkey.auth.verifyOtp.mutate({ challengeId, otp: wrongCode(code) }));
    expect(none).toBeUndefined();
    if (!error) throw new Error('a wrong code was taken');
    expect(attemptsLeft(error)).toBe(4);
    const { data } = await safe(latchkey.auth.verifyOtp.mutate({ challengeId, otp: code }));
    expect(data?.user.username).toBe(username);
  });

  it('is told apart by procedure', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const error = await errorOf(latchkey.user.me.query());
    expect(isLatchkeyError(error, 'user.me')).toBe(true);
    expect(isLatchkeyError(error, 'auth.verifyOtp')).toBe(false);
    expect(isLatchkeyError(new Error('UNAUTHENTICATED'))).toBe(false);
  });
});

/** Compiles only while every code of `auth.verifyOtp` has its case. */
function attemptsLeft(error: LatchkeyErrorOf<'auth.verifyOtp'>): number | undefined {
  switch (error.code) {
    case 'OTP_INVALID':
      return error.details.attemptsLeft;
    case 'RATE_LIMITED':
    case 'BUSY':
      return -error.details.retryAfterSeconds;
    case 'CHALLENGE_EXPIRED':
    case 'BAD_ORIGIN':
    case 'VALIDATION':
    case 'UNAVAILABLE':
    case 'INTERNAL':
    case 'NO_RESPONSE':
      return undefined;
    default:
      return assertNever(error);
  }
}

describe('without a response that can be used, the error says why and what to try:', () => {
  const reasonOf = async (call: Promise<unknown>) => {
    const error = await errorOf(call);
    expect(error.advice).not.toBe('');
    return error.code === 'NO_RESPONSE' ? error.details.reason : error.code;
  };
  const signIn = (url: string, options = {}) =>
    createLatchkeyClient({ url, ...options }).auth.login.mutate({ username: 'ada', password: 'x' });

  it('nobody listens there', async () => {
    expect(await reasonOf(signIn('http://127.0.0.1:9'))).toBe('unreachable');
  });

  it('a proxy speaks for a server that is away', async () => {
    await using proxy = await serve((_, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    });
    expect(await reasonOf(signIn(proxy.url))).toBe('unreachable');
  });

  it('a page instead of JSON', async () => {
    await using site = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Shop</title>');
    });
    expect(await reasonOf(signIn(site.url))).toBe('not-latchkey');
  });

  it('JSON of something else', async () => {
    await using api = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"hello":"world"}');
    });
    expect(await reasonOf(signIn(api.url))).toBe('not-latchkey');
    expect(await reasonOf(signIn(`${app.url}/somewhere`))).toBe('not-latchkey');
  });

  it('an address that goes on with `/trpc`', async () => {
    const error = await errorOf(signIn(`${app.url}/trpc`));
    expect(error).toMatchObject({ code: 'NO_RESPONSE', advice: expect.stringContaining('without `/trpc`') });
    expect(error.requestId).toMatch(/^[\w-]{22}$/);
  });

  it('a server that knows no such procedure, or a code that this client does not know', async () => {
    const lost = createTRPCClient<AppRouter>({ links: [latchkeyLink({ url: `${app.url}/trpc/auth.` })] });
    expect(await reasonOf(lost.auth.login.mutate({ username: 'ada', password: 'x' }))).toBe('other-version');
    const data = { code: 'UNAUTHORIZED', httpStatus: 418, app: { code: 'TEAPOT' } };
    await using newer = await serve((_, response) => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify([{ error: { code: -32001, message: 'I am a teapot', data } }]));
    });
    const error = await errorOf(signIn(newer.url));
    expect([error.code, error.details]).toEqual(['NO_RESPONSE', { reason: 'other-version' }]);
    expect(error.data).toEqual(data);
  });

  it('no response in time, per client and per call', async () => {
    await using silent = await serve(() => {});
    expect(await reasonOf(signIn(silent.url, { timeoutMilliseconds: 20 }))).toBe('timeout');
    const latchkey = createLatchkeyClient({ url: silent.url });
    expect(await reasonOf(latchkey.user.me.query(undefined, { timeoutMilliseconds: 20 }))).toBe('timeout');
  });

  it('an aborted call, alone and not with those it shared a request with', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const { username } = await signUp(latchkey, app);
    const leaving = new AbortController();
    const { signal } = leaving;
    const given = latchkey.session.list.query(undefined, { signal });
    const other = latchkey.user.me.query();
    leaving.abort();
    expect(await reasonOf(given)).toBe('aborted');
    expect((await other).username).toBe(username);
    expect(await reasonOf(latchkey.session.list.query(undefined, { signal }))).toBe('aborted');
  });

  it('a renewal that found no server', async () => {
    await using own = await createTestApp();
    let isAway = false;
    const latchkey = createLatchkeyClient({
      url: own.url,
      fetch: (url, init) =>
        isAway && url.includes('auth.refresh') ? Promise.reject(new Error('away')) : fetch(url, init),
    });
    await signUp(latchkey, own);
    own.clock.advance(700);
    isAway = true;
    const error = await errorOf(latchkey.user.me.query());
    expect(error).toMatchObject({ procedure: 'user.me', details: { reason: 'unreachable' } });
    isAway = false;
    expect(await latchkey.user.me.query()).toMatchObject({ role: 'user' });
  });
});
