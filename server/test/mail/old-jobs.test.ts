import { describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { stored } from '../stored.ts';

const dropped = (app: TestApp) => app.log.filter((line) => line.includes('unknown kind or shape was dropped'));

async function queue(app: TestApp, template: string, data: Record<string, string>): Promise<void> {
  const now = app.clock.now();
  const expiresAt = new Date(now.getTime() + 60_000);
  const job = { _id: template, template, to: 'anna@example.com', locale: 'en', data } as const;
  await stored(app).outbox.insertOne({ ...job, attempts: 0, runAt: now, expiresAt });
}

describe('a mail that another version queued', () => {
  it('is sent where its data is what its kind needs', async () => {
    await using app = await createTestApp();
    const at = app.clock.now().toISOString();
    await queue(app, 'email-changed', { username: 'anna', at, ip: '203.0.113.7', userAgent: '', more: 'than needed' });
    await app.mail.settled();
    expect(app.mail.list().map(({ subject }) => subject)).toEqual(['Your e-mail address was changed']);
    expect(dropped(app)).toEqual([]);
  });

  it.each([
    ['is of a kind that is no more', 'email-changed-notice', { username: 'anna' }],
    ['has the name of something that every object has', 'constructor', {}],
    ['lacks a part of its data', 'email-changed', { username: 'anna' }],
  ])('is dropped with a line in the log where it %s', async (_case, template, data) => {
    await using app = await createTestApp();
    await queue(app, template, data);
    await app.mail.settled();
    expect(await stored(app).outbox.countDocuments()).toBe(0);
    expect(app.mail.list()).toEqual([]);
    expect(dropped(app)).toHaveLength(1);
  });
});
