import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { register, signUpByCode } from '../flows.ts';
import { send } from '../raw-http.ts';
import { raise } from '../stored.ts';

const readMetrics = async (app: TestApp) => await (await fetch(`${app.url}/metrics`)).text();
const unreachableMail = { SMTP_URL: 'smtp://127.0.0.1:1', MAIL_FROM: 'Latchkey <no-reply@example.com>' };

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('GET /metrics', () => {
  it('counts requests by procedure, and never by what a caller makes up', async () => {
    await app.call('user.me');
    await app.call('no.such');
    const text = await readMetrics(app);
    expect(text).toMatch(/latchkey_http_request_seconds_count\{route="user\.me",status="401"\} 1/);
    expect(text).toMatch(/route="unknown procedure",status="404"\} 1/);
    expect(text).toMatch(/latchkey_outbox_waiting_mails 0/);
    expect(text).not.toContain('no.such');
  });

  it('tells how long each operation of the database took', async () => {
    await register(app);
    const text = await readMetrics(app);
    expect(text).toMatch(/latchkey_database_seconds_count\{operation="users\.insert"\} 1/);
    expect(text).toMatch(/latchkey_database_seconds_count\{operation="counters\.reserve"\} [1-9]/);
  });

  it('has every metric that the dashboard draws, and the dashboard draws every metric of ours', async () => {
    await app.call('user.me');
    const text = await readMetrics(app);
    const given = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
    const dashboard = await readFile(new URL('../../../docs/grafana.json', import.meta.url), 'utf8');
    const names = dashboard.match(/(?:latchkey|process|nodejs)_\w+/g) ?? [];
    const drawn = new Set(names.map((name) => name.replace(/_(?:bucket|count|sum)$/, '')));
    for (const name of drawn) expect(given).toContain(name);
    for (const name of given) if (name.startsWith('latchkey_')) expect(drawn).toContain(name);
  });

  it('counts each procedure of a batch, with its own status', async () => {
    await using own = await createTestApp();
    const input = encodeURIComponent(JSON.stringify({ 1: { limit: 'many' } }));
    await fetch(`${own.url}/trpc/user.me,user.listActivity,user.me?batch=1&input=${input}`);
    const text = await readMetrics(own);
    expect(text).toMatch(/latchkey_http_request_seconds_count\{route="user\.me",status="401"\} 2/);
    expect(text).toMatch(/latchkey_http_request_seconds_count\{route="user\.listActivity",status="40[01]"\} 1/);
    expect(text).not.toContain('route="batch"');
  });

  it('tells that mail does not reach its server, which readiness never does', async () => {
    await using own = await createTestApp({ env: unreachableMail });
    expect(await readMetrics(own)).toMatch(/latchkey_mail_server_ok 1/);
    for (let index = 0; index < 3; index += 1) {
      const { username, password } = await register(own);
      expect((await own.call('auth.login', { username, password })).status).toBe(200);
    }
    await own.mail.settled();
    const text = await readMetrics(own);
    expect(text).toMatch(/latchkey_mail_server_ok 0/);
    expect(text).toMatch(/latchkey_outbox_waiting_mails 3/);
  });

  it('counts what limits and locks refuse, and what becomes of mail', async () => {
    await using own = await createTestApp();
    const person = await register(own);
    const guess = () =>
      own.call('auth.login', { username: person.username, password: 'wrong' }, { headers: fromNewAddress() });
    for (let index = 0; index < 2; index += 1) await guess();
    await raise(own, 'signInsPerName', 2, 9);
    for (let index = 0; index < 2; index += 1) await guess();
    await signUpByCode(own);
    const text = await readMetrics(own);
    expect(text).toMatch(/latchkey_locks_total\{limit="signInsPerName"\} 1/);
    expect(text).toMatch(/latchkey_limited_total\{limit="signInsPerName"\} 1/);
    expect(text).toMatch(/latchkey_failures_total\{limit="signInsPerName"\} 3/);
    expect(text).toMatch(/latchkey_events_total\{type="signed-in"\} 1/);
    expect(text).toMatch(/latchkey_mails_total\{template="[\w-]+",outcome="sent"\} [1-9]/);
  });

  it('counts mail that was refused for good and mail that is tried again', async () => {
    const refusing = new SMTPServer({
      logger: false,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo: ({ address }, _session, callback) => {
        const isRefused = address.startsWith('refused');
        callback(Object.assign(new Error('no'), { responseCode: isRefused ? 550 : 450 }));
      },
    });
    await new Promise<void>((resolve) => refusing.listen(0, '127.0.0.1', resolve));
    const { port } = refusing.server.address() as AddressInfo;
    try {
      await using own = await createTestApp({ env: { ...unreachableMail, SMTP_URL: `smtp://127.0.0.1:${port}` } });
      for (const email of ['refused@example.com', 'later@example.com']) {
        const { username, password } = await register(own, { email });
        await own.call('auth.login', { username, password });
      }
      await own.mail.settled();
      const text = await readMetrics(own);
      expect(text).toMatch(/latchkey_mails_total\{template="[\w-]+",outcome="refused"\} 1/);
      expect(text).toMatch(/latchkey_mails_total\{template="[\w-]+",outcome="failed"\} 1/);
    } finally {
      await new Promise<void>((resolve) => refusing.close(() => resolve()));
    }
  });

  it.each([
    ['x-forwarded-for', '203.0.113.9'],
    ['x-real-ip', '203.0.113.9'],
    ['forwarded', 'for=203.0.113.9'],
    ['via', '1.1 proxy'],
    ['host', 'rebound.example'],
  ])('is not there for a caller that a proxy passes on: %s', async (name, value) => {
    expect((await send(app, '/metrics', { headers: { [name]: value } })).status).toBe(404);
  });

  it('needs METRICS_TOKEN where one is set', async () => {
    await using own = await createTestApp({ env: { METRICS_TOKEN: 'a-token-for-prometheus' } });
    expect((await fetch(`${own.url}/metrics`)).status).toBe(404);
    const headers = { authorization: 'Bearer a-token-for-prometheus' };
    expect((await fetch(`${own.url}/metrics`, { headers })).status).toBe(200);
  });
});
