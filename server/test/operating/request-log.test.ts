import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { signUp } from '../flows.ts';

const client = '203.0.113.77';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** The line that the log has of a request, once it has one. */
function lineOf(at: TestApp, requestId: string | null): Record<string, unknown> {
  const lines = at.log.map((line) => JSON.parse(line) as Record<string, unknown>);
  const found = lines.filter((line) => line.msg === 'request' && line.requestId === requestId);
  expect(found).toHaveLength(1);
  return found[0] ?? {};
}

/** Calls a procedure as a client at `client` with a session, and gives the line of the log about it. */
async function loggedCall(at: TestApp) {
  const { accessToken, user } = await signUp(at);
  const { headers } = await at.call('user.me', undefined, {
    token: accessToken,
    headers: { 'x-forwarded-for': client },
  });
  // A second call on the way: by its end the first has left the server.
  await fetch(`${at.url}/healthz`);
  return { line: lineOf(at, headers.get('x-request-id')), userId: user.id };
}

describe('the line of a request in the log', () => {
  it('has the address of the client and the id of the user', async () => {
    const { line, userId } = await loggedCall(app);
    expect(line).toMatchObject({ client, userId, method: 'GET', path: '/trpc/user.me', status: 200 });
  });

  it('has no user where nobody is signed in', async () => {
    const { headers } = await app.call('user.me', undefined, { token: 'nonsense' });
    await fetch(`${app.url}/healthz`);
    expect(lineOf(app, headers.get('x-request-id'))).not.toHaveProperty('userId');
  });

  it('with LOG_CLIENT_ADDRESS=off has no address', async () => {
    await using own = await createTestApp({ env: { LOG_CLIENT_ADDRESS: 'off' } });
    const { line } = await loggedCall(own);
    expect(line).not.toHaveProperty('client');
    expect(own.log.join('')).not.toContain(client);
  });

  it('with LOG_CLIENT_ADDRESS=hash names the same address alike, under a key of its own', async () => {
    await using own = await createTestApp({ env: { LOG_CLIENT_ADDRESS: 'hash' } });
    await using other = await createTestApp({ env: { LOG_CLIENT_ADDRESS: 'hash' }, seed: 'another' });
    const [first, second, elsewhere] = [await loggedCall(own), await loggedCall(own), await loggedCall(other)];
    expect(first.line.client).toMatch(/^[\w-]{43}$/);
    expect(second.line.client).toBe(first.line.client);
    expect(elsewhere.line.client).not.toBe(first.line.client);
    expect(own.log.join('')).not.toContain(client);
    // Nobody can find the address by hashing all there are.
    expect(first.line.client).not.toBe(createHmac('sha256', '').update(client).digest('base64url'));
  });
});
