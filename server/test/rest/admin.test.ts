import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { stored, storedUser } from '../stored.ts';
import { createRestClient, type RestClient, type RestOptions } from './rest-client.ts';

let app: TestApp;
let client: RestClient;
let ada: Awaited<ReturnType<TestApp['person']>>;
beforeAll(async () => {
  app = await createTestApp();
  client = createRestClient(app);
  ada = await app.person('ada', { role: 'admin' });
});
afterAll(() => app[Symbol.asyncDispose]());

const reason = 'asked by phone – twice';
/** A header as the bytes of its text in UTF-8. */
const headers = { 'x-reason': Buffer.from(reason).toString('latin1') };
const send = (path: string, options: RestOptions = {}) => client.send(path, { token: ada.accessToken, ...options });
const bodyOf = ({
  id,
  username,
  email,
  firstName,
  lastName,
}: {
  id: string;
  username: string;
  email: string;
  firstName: string;
  lastName: string;
}) => ({
  id,
  username,
  first_name: firstName,
  last_name: lastName,
  email,
});

describe('the accounts of others, by REST', () => {
  it.each([
    ['GET', '/api/users/'],
    ['GET', '/api/users/some-id/'],
    ['PUT', '/api/users/some-id/'],
    ['PATCH', '/api/users/some-id/'],
    ['DELETE', '/api/users/some-id/'],
  ])('are for those who run the server: %s %s', async (method, path) => {
    const { accessToken } = await app.person();
    const anonymous = await client.send(path, { method, headers });
    expect([anonymous.status, anonymous.body]).toEqual([
      401,
      { detail: 'Authentication credentials were not provided.' },
    ]);
    const user = await client.send(path, { method, headers, token: accessToken });
    expect([user.status, user.body]).toEqual([403, expect.objectContaining({ code: 'FORBIDDEN' })]);
  });

  it('are one list as the tutorial has it, or come in pages', async () => {
    const people = [];
    for (let index = 0; index < 102; index += 1) people.push(await app.account());
    const all = (await send('/api/users')).body as { id: string }[];
    expect(all.length).toBe(await stored(app).users.countDocuments());
    expect(all).toEqual(expect.arrayContaining(people.map(bodyOf)));
    const seen: { id: string }[] = [];
    for (let path = '/api/users/?limit=40'; path !== ''; ) {
      const { status, body } = await send(path);
      const { next, previous, results } = body as { next: string | null; previous: null; results: { id: string }[] };
      expect([status, previous]).toEqual([200, null]);
      seen.push(...results);
      path = next === null ? '' : next.replace(/^https?:\/\/[^/]+/, '');
    }
    expect(seen).toEqual(all);
    expect((await send('/api/users/?limit=1000')).status).toBe(400);
    expect((await send('/api/users/?limit=x')).status).toBe(400);
  });

  it('are read, changed with a reason that is recorded, and deleted', async () => {
    const person = await app.account();
    const path = `/api/users/${person.id}/`;
    expect(await send(path)).toMatchObject({ status: 200, body: bodyOf(person) });
    const untold = await send(path, { method: 'PATCH', json: { first_name: 'Augusta' } });
    expect(untold).toMatchObject({
      status: 400,
      body: { code: 'VALIDATION', errors: { 'X-Reason': expect.any(Array) } },
    });
    const changed = { ...bodyOf(person), first_name: 'Augusta' };
    const patched = await send(path, { method: 'PATCH', headers, json: { first_name: 'Augusta' } });
    expect([patched.status, patched.body]).toEqual([200, changed]);
    const put = await send(path, { method: 'PUT', headers, json: { ...changed, last_name: 'King' } });
    expect([put.status, put.body]).toEqual([200, { ...changed, last_name: 'King' }]);
    const [event] = (await app.audit.of(person)).filter(({ type }) => type === 'profile-updated');
    expect(event).toMatchObject({ reason });
    expect((await send(path, { method: 'DELETE', headers })).status).toBe(204);
    expect(await send(path)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('move to another address with the code that was mailed there', async () => {
    const person = await app.account();
    const path = `/api/users/${person.id}/`;
    const email = `new-${person.email}`;
    const asked = await send(path, { method: 'PATCH', headers, json: { email } });
    expect(asked.body).toMatchObject({ email: person.email, email_change: { sent_to: expect.any(String) } });
    const { email_change } = asked.body as { email_change: { challenge_id: string } };
    const json = { challenge_id: email_change.challenge_id, otp: await app.mail.codeFor({ email }) };
    expect((await send(path, { method: 'PATCH', headers, json })).body).toMatchObject({ email });
    expect((await storedUser(app, person)).email).toBe(email);
  });

  it('need a confirmation, with a 401 that says so', async () => {
    const grace = await app.person('grace', { role: 'admin' });
    await stored(app).users.updateOne({ _id: grace.user.id }, { $unset: { 'sessions.0.confirmedAt': '' } });
    const token = grace.accessToken;
    const { status, body, headers: received } = await client.send('/api/users/', { token });
    expect([status, body]).toEqual([
      401,
      expect.objectContaining({ code: 'REAUTHENTICATION_REQUIRED', max_age_seconds: 900, methods: ['password'] }),
    ]);
    expect(received.get('www-authenticate')).toBe(
      'Bearer realm="api", error="insufficient_user_authentication", error_description="Please confirm your password first.", max_age="900"',
    );
    await client.send('/api/confirm/', { token, json: { password: grace.password } });
    expect((await client.send('/api/users/', { token })).status).toBe(200);
  });
});
