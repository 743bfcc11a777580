import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { register } from '../flows.ts';
import { send } from '../raw-http.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('the development inbox', () => {
  it('is there for whoever asks from this machine', async () => {
    const { username, password, email } = await register(app);
    await app.call('auth.login', { username, password });
    await app.mail.waitFor(({ to }) => to === email);
    const { status, text } = await send(app, '/dev/mails', { headers: { host: `localhost:${app.port}` } });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject([{ to: email }]);

    const clear = (headers: Record<string, string>) => send(app, '/dev/mails', { method: 'DELETE', headers });
    expect((await clear({ origin: 'https://elsewhere.example' })).status).toBe(404);
    expect((await clear({ origin: 'null' })).status).toBe(404);
    expect((await clear({ host: 'rebound.example', origin: 'http://rebound.example' })).status).toBe(404);
    expect((await clear({ via: '1.1 proxy' })).status).toBe(404);
    expect(app.mail.list()).toHaveLength(1);
    expect((await clear({ origin: app.url })).status).toBe(204);
    expect(JSON.parse((await send(app, '/dev/mails')).text)).toEqual([]);
  });

  it.each([
    ['x-forwarded-for', '127.0.0.1'],
    ['x-real-ip', '127.0.0.1'],
    ['forwarded', 'for=127.0.0.1'],
    ['via', '1.1 proxy'],
    ['host', 'rebound.example'],
  ])('is not there for a caller that a proxy passes on: %s', async (name, value) => {
    for (const path of ['/dev/mails', '/dev/mails/events']) {
      expect([path, (await send(app, path, { headers: { [name]: value } })).status]).toEqual([path, 404]);
    }
  });
});
