import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeUri, openTestDatabase } from '../../src/testing/database.ts';
import { newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { enterCode, login, register, signIn, signUp, tryPassword } from '../flows.ts';
import { startProxy } from '../proxy.ts';
import { send } from '../raw-http.ts';
import { stored } from '../stored.ts';

/** What is promised within two seconds is asked of a busy machine within these. */
const patienceMilliseconds = 15_000;

describe('a database', () => {
  let database: Awaited<ReturnType<typeof openTestDatabase>>;
  let proxy: Awaited<ReturnType<typeof startProxy>>;
  let app: TestApp;
  beforeAll(async () => {
    database = await openTestDatabase();
    const direct = new URL(database.uri.replace(/^mongodb:/, 'http:'));
    proxy = await startProxy(direct);
    const uri = changeUri(database.uri, { hosts: proxy.host, options: { directConnection: 'true' } });
    app = await createTestApp({ env: { MONGODB_URI: uri }, databaseTimeoutMilliseconds: 1_500 });
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  /** One call of each kind, and the two questions of an orchestrator. */
  const askAll = (person: { accessToken: string; refreshToken: string; username: string; password: string }) =>
    Promise.all([
      send(app, '/healthz'),
      send(app, '/readyz'),
      app.call('user.me', undefined, { token: person.accessToken }),
      tryPassword(app, person.username, person.password),
      app.call('auth.register', { ...newPerson(), confirmPassword: strongPassword }),
      app.call('auth.refresh', { refreshToken: person.refreshToken }),
    ]);

  it.each([
    ['that is away', () => proxy.cut(), () => proxy.mend()],
    ['that takes what it is told and never answers', () => proxy.hang(), () => proxy.goOn()],
  ])('%s is told to every caller within two seconds, and all goes on by itself', async (_how, fail, mend) => {
    const person = await signUp(app);
    await fail();
    const began = performance.now();
    const [health, ready, ...calls] = await askAll(person);
    expect(performance.now() - began).toBeLessThan(patienceMilliseconds);
    expect(health.status).toBe(200);
    expect([ready.status, JSON.parse(ready.text)]).toMatchObject([
      503,
      { status: 'unavailable', database: { ok: false } },
    ]);
    for (const response of calls) {
      expect([response.status, response.code]).toEqual([503, 'UNAVAILABLE']);
      expect(JSON.stringify(response.error)).not.toMatch(/mongo|127\.0\.0\.1|node_modules/i);
    }

    await mend();
    await expect.poll(async () => (await send(app, '/readyz')).status, { timeout: 20_000, interval: 50 }).toBe(200);
    expect((await app.call('user.me', undefined, { token: person.accessToken })).status).toBe(200);
    expect((await signIn(app, person)).user.id).toBe(person.user.id);
    expect(app.log.join('')).toContain('the database did not answer');
  });
});

describe('a mail server that is away', () => {
  it('keeps nobody from asking for a code, and never gets one that has expired', async () => {
    await using app = await createTestApp();
    const person = await register(app);
    {
      using _outage = app.fail('smtp');
      const { status, data } = await tryPassword(app, person.username, person.password);
      expect(status).toBe(200);
      await app.mailWorker.wake();
      app.clock.advance(301);
      expect((await enterCode(app, data.challengeId, '123456')).code).toBe('CHALLENGE_EXPIRED');
    }
    await app.mailWorker.wake();
    await app.mail.settled();
    expect(app.mail.list()).toEqual([]);
    expect((await login(app, person)).code).toMatch(/^\d{6}$/);
  });
});

describe('two instances on one database', () => {
  it('send each mail once, and one takes over what the other did not live to send', async () => {
    await using app = await createTestApp();
    const [, other] = await app.instances(2);
    if (!other) throw new Error('there is one instance only');
    const people = await Promise.all(Array.from({ length: 6 }, () => register(app)));
    await Promise.all(
      people.map(({ username, password }, index) => tryPassword(index % 2 ? app : other, username, password)),
    );
    await app.mail.settled();
    for (const { email } of people) expect(app.mail.list().filter(({ to }) => to === email)).toHaveLength(1);

    // As if the first had been killed while the mail server took its time: it holds the lease and never comes back.
    const last = await register(app);
    const never = app.fail('smtp-hangs');
    await tryPassword(app, last.username, last.password);
    await expect.poll(() => stored(app).outbox.countDocuments({ leaseUntil: { $exists: true } })).toBe(1);
    await other.mailWorker.wake();
    expect(app.mail.list().filter(({ to }) => to === last.email)).toEqual([]);
    app.clock.advance(61);
    await other.mailWorker.wake();
    expect(await app.mail.codeFor(last)).toMatch(/^\d{6}$/);
    never.end();
    await app.mail.settled();
    expect(app.mail.list().filter(({ to }) => to === last.email)).toHaveLength(1);
  });

  it('end a session together', async () => {
    await using app = await createTestApp();
    const [, other] = await app.instances(2);
    const person = await signUp(app);
    expect((await other?.call('user.me', undefined, { token: person.accessToken }))?.status).toBe(200);
    expect((await other?.call('auth.logout', { refreshToken: person.refreshToken }))?.status).toBe(200);
    expect((await app.call('user.me', undefined, { token: person.accessToken })).code).toBe('UNAUTHENTICATED');
  });
});
