import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { ExportAuditInput } from '@latchkey/shared/admin-schemas';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { send } from '../raw-http.ts';
import { stored } from '../stored.ts';

const header = 'at,type,userId,username,actor,actorName,reason,ip,device,userAgent,sessionId,details,id';

let app: TestApp;
type Somebody = Awaited<ReturnType<TestApp['person']>>;
let ada: Somebody;

beforeAll(async () => {
  app = await createTestApp();
  ada = await app.person('ada-the-admin', { role: 'admin' });
});
afterAll(() => app[Symbol.asyncDispose]());

const offer = (input: Partial<ExportAuditInput> = {}, by = ada) =>
  by.caller.admin.exportAudit({ format: 'csv', ...input });

async function download(input: Partial<ExportAuditInput> = {}) {
  const response = await send(app, (await offer(input)).path);
  expect(response.status, response.text).toBe(200);
  return response;
}

/** Something that happened to somebody, told in such words. */
const record = (userId: string, words: { userAgent?: string; reason?: string } = {}) =>
  app.services.audit.record(
    'account-unlocked',
    userId,
    { ip: '203.0.113.9', userAgent: words.userAgent ?? 'test' },
    { actor: ada.user.id, ...(words.reason !== undefined && { reason: words.reason }) },
  );

describe('the file', () => {
  it('is CSV with a header, or a line of JSON each, with the names that accounts have', async () => {
    const bob = await app.person('bob-in-the-file');
    await app.call('auth.login', { username: bob.username, password: 'a wrong password' });
    const filters = { userId: bob.user.id, type: 'sign-in-failed' as const };
    const { items } = await ada.caller.admin.listAudit(filters);
    const [event] = items;

    const csv = await download(filters);
    expect(csv.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'cache-control': 'no-store',
    });
    expect(csv.headers['content-disposition']).toMatch(/^attachment; filename="audit-[\dT-]+Z\.csv"$/);
    const lines = csv.text.split('\r\n');
    expect([lines[0], lines.at(-1), lines.length]).toEqual([header, '', 3]);
    expect(lines[1]).toMatch(new RegExp(`^${event?.at},sign-in-failed,${bob.user.id},${bob.username},,,,`));

    const ndjson = await download({ ...filters, format: 'ndjson' });
    expect(ndjson.headers).toMatchObject({ 'content-type': 'application/x-ndjson; charset=utf-8' });
    expect(ndjson.headers['content-disposition']).toMatch(/\.ndjson"$/);
    const events = ndjson.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      id: event?.id,
      at: event?.at,
      username: bob.username,
      actor: null,
      ip: event?.ip,
    });
    expect(Object.keys(events[0]).join(',')).toBe(header);
  });

  it('has what the same filters list, in the same order', async () => {
    const idsOf = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).id);
    app.clock.advance(60);
    const from = app.clock.now().toISOString();
    const people = [await app.person(), await app.person()];
    for (const { user } of [...people, ...people]) {
      await record(user.id);
      app.clock.advance(1);
    }
    const to = app.clock.now().toISOString();
    for (const filters of [
      { from, to },
      { from, to, userId: people[0]?.user.id },
      { from, to, actor: ada.user.id },
    ]) {
      const { items } = await ada.caller.admin.listAudit(filters);
      expect(items.length).toBeGreaterThan(1);
      const { text } = await download({ ...filters, format: 'ndjson' });
      expect(idsOf(text)).toEqual(items.map(({ id }) => id));
    }
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('makes the formula %j text', async (formula) => {
    const bob = await app.person();
    await record(bob.user.id, { userAgent: formula, reason: formula });
    const { text } = await download({ userId: bob.user.id, type: 'account-unlocked' });
    const cell = formula.includes('\r') ? `"'${formula}"` : `'${formula}`;
    const [, row] = text.split('\r\n');
    expect(row?.split(`,${cell},`)).toHaveLength(3);
    const { text: json } = await download({ userId: bob.user.id, type: 'account-unlocked', format: 'ndjson' });
    expect(JSON.parse(json)).toMatchObject({ userAgent: formula, reason: formula });
  });

  it('quotes commas, quotes and ends of lines', async () => {
    const bob = await app.person();
    await record(bob.user.id, { userAgent: 'a "browser", of\r\ntwo lines' });
    const { text } = await download({ userId: bob.user.id, type: 'account-unlocked' });
    expect(text).toContain(',"a ""browser"", of\r\ntwo lines",');
  });

  it('begins with the event that it was taken, by whom and with which filters', async () => {
    const bob = await app.person();
    app.clock.advance(1);
    const to = new Date(app.clock.now().getTime() + 1_000).toISOString();
    await download({ userId: bob.user.id, type: 'registered', to });
    app.clock.advance(1);
    const { text } = await download({ type: 'audit-exported', format: 'ndjson' });
    const [own, before] = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(own).toMatchObject({ type: 'audit-exported', actor: ada.user.id, details: { format: 'ndjson' } });
    expect(before).toMatchObject({
      type: 'audit-exported',
      userId: null,
      actor: ada.user.id,
      actorName: ada.username,
      details: { format: 'csv', account: bob.user.id, kind: 'registered', until: to },
    });
    expect(before.sessionId).toEqual(expect.any(String));
  });
});

describe('a ticket', () => {
  const expectGone = async ({ path }: { path: string }) => {
    const response = await send(app, path);
    expect([response.status, response.headers['cache-control']]).toEqual([404, 'no-store']);
    expect(JSON.parse(response.text).error).toContain('Ask for the export once more');
  };

  it('is good for one download', async () => {
    const ticket = await offer();
    expect((await send(app, ticket.path, { method: 'HEAD' })).status).toBe(404);
    expect((await send(app, ticket.path)).status).toBe(200);
    await expectGone(ticket);
  });

  it('is taken by one of twenty that bring it at once, to two instances', async () => {
    const { path } = await offer({ type: 'audit-exported' });
    const instances = await app.instances(2);
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) => send(instances[index % 2] as TestApp, path)),
    );
    expect(responses.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 19 }, () => 404)]);
  });

  it('expires after a minute', async () => {
    const [early, late] = [await offer(), await offer()];
    app.clock.advance(59);
    expect((await send(app, early.path)).status).toBe(200);
    app.clock.advance(1);
    await expectGone(late);
  });

  it('cannot be made up, or be left out', async () => {
    const path = '/admin/audit-export';
    for (const query of ['', '?', '?ticket=', '?ticket=AAAA', '?ticket[$ne]=x', `?ticket=${'A'.repeat(4_000)}`])
      await expectGone({ path: `${path}${query}` });
  });

  it('is worth nothing once who asked for it is no administrator any more, shut out, or signed out', async () => {
    const reason = 'left the company';
    const endings = [
      ({ user }: Somebody) => ada.caller.admin.setUserRole({ userId: user.id, role: 'user', reason }),
      ({ user }: Somebody) => ada.caller.admin.setUserStatus({ userId: user.id, status: 'disabled', reason }),
      ({ user }: Somebody) => ada.caller.admin.revokeUserSessions({ userId: user.id, reason }),
      ({ caller, refreshToken }: Somebody) => caller.auth.logout({ refreshToken }),
    ];
    for (const end of endings) {
      const grace = await app.person(undefined, { role: 'admin' });
      const ticket = await offer({}, grace);
      await end(grace);
      await expectGone(ticket);
      expect(await stored(app).audit.countDocuments({ type: 'audit-exported', actor: grace.user.id })).toBe(0);
    }
  });

  it('stands in no log and, as it is, in no collection', async () => {
    const { ticket, path } = await offer();
    const kept = await stored(app).exportTickets.find().toArray();
    expect(kept.length).toBeGreaterThan(0);
    expect(JSON.stringify(kept)).not.toContain(ticket);
    await send(app, path);
    expect(app.log.join('')).not.toContain(ticket);
    expect(app.log.filter((line) => line.includes('"path":"/admin/audit-export"')).length).toBeGreaterThan(0);
  });
});

describe('a long file', () => {
  const count = 8_000;
  const words = 'x'.repeat(1_000);

  beforeAll(async () => {
    const [day, at] = [new Date('2026-01-01T00:00:00.000Z'), app.clock.now()];
    const link = { id: 'long', settled: 0, previous: '', ip: 'x', userAgent: 'x', mac: 'x' };
    for (let begun = 0; begun < count; begun += 2_000) {
      const events = Array.from({ length: 2_000 }, (_, index) => ({
        _id: `long-${begun + index}`,
        at: new Date(day.getTime() + begun + index),
        expiresAt: new Date(at.getTime() + 86_400_000),
        type: 'profile-updated' as const,
        userId: ada.user.id,
        ip: '203.0.113.9',
        userAgent: `${words} ${begun + index}`,
        reason: `${begun + index} ${words}`,
        details: {},
        chain: { ...link, place: begun + index },
      }));
      await stored(app).audit.insertMany(events);
    }
  });

  const filters = { to: '2026-01-02T00:00:00.000Z' };
  const begin = async ({ port }: TestApp, path: string): Promise<IncomingMessage> => {
    const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response');
    return response;
  };

  it('is whole, and is never in memory as a whole', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const used = () => {
      collectGarbage();
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const { path } = await offer(filters);
    const before = used();
    let [bytes, lines, most, measuredAt] = [0, 0, 0, 0];
    for await (const chunk of (await begin(app, path)) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      lines += chunk.toString('latin1').split('\n').length - 1;
      if (bytes - measuredAt < 8_000_000) continue;
      measuredAt = bytes;
      most = Math.max(most, used() - before);
    }
    expect(lines).toBe(count + 1);
    expect(bytes).toBeGreaterThan(count * 2_000);
    // As documents they take more than the file has bytes.
    expect(most).toBeLessThan(bytes / 2);
  });

  it('that nobody reads on keeps no server from closing, and ends as a file that is not whole', async () => {
    const [, , other] = await app.instances(3);
    const response = await begin(other as TestApp, (await offer(filters)).path);
    await once(response, 'readable');
    await other?.close();
    await expect(response.toArray()).rejects.toThrow('aborted');
    expect(app.log.some((line) => line.includes('an export was cut'))).toBe(true);
  });
});
