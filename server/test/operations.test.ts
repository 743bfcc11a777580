import { describe, expect, it } from 'vitest';
import { startTestApp } from './test-app.ts';

describe('GET /metrics', () => {
  it('counts requests by procedure, and never by what a caller makes up', async () => {
    await using app = await startTestApp();
    await app.call('user.me');
    await app.call('no.such');
    const answer = await fetch(`${app.url}/metrics`);
    const text = await answer.text();
    expect(text).toMatch(/latchkey_http_request_seconds_count\{route="user\.me",status="401"\} 1/);
    expect(text).toMatch(/route="unknown procedure",status="404"\} 1/);
    expect(text).toMatch(/latchkey_outbox_waiting_mails 0/);
    expect(text).not.toContain('no.such');
  });

  it('is not there for a caller that a proxy passes on', async () => {
    await using app = await startTestApp();
    const answer = await fetch(`${app.url}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.9' } });
    expect(answer.status).toBe(404);
  });

  it('needs METRICS_TOKEN where one is set', async () => {
    await using app = await startTestApp({ METRICS_TOKEN: 'a-token-for-prometheus' });
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
    const headers = { authorization: 'Bearer a-token-for-prometheus' };
    expect((await fetch(`${app.url}/metrics`, { headers })).status).toBe(200);
  });
});
