import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ListAuditInput, ListUsersInput } from '@latchkey/shared/admin-schemas';
import { createTestApp, type TestApp } from '../src/testing/test-app.ts';
import { createAdminData, fill } from './admin-data.ts';

/**
 * `pnpm bench:admin`: what administrators wait for on the embedded server with 100,000 accounts and 1,000,000 events, as medians
 * over HTTP, and whether memory stays flat while all events are exported. Exits with 1 where a limit is missed.
 * `BENCH_USERS` and `BENCH_EVENTS` say how many, `BENCH_DATA` a folder that is filled once and kept.
 */

const users = Number(process.env.BENCH_USERS ?? 100_000);
const events = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const rounds = 15;
const limitMilliseconds = 100;
/** How much more memory an export may take at its end than after its first part. */
const flatMiB = 48;
const sampleMilliseconds = 200;

const say = (line: string) => process.stdout.write(`${line}\n`);
const progressMilliseconds = 5_000;
let shownAt = 0;
/** One line that is written over, where somebody watches, and now and then one elsewhere. */
function showProgress(line: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
  else if (performance.now() - shownAt > progressMilliseconds) {
    shownAt = performance.now();
    say(line);
  }
}
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** What the process has of its own, in MiB: the pages of the database's file come and go with its reading. */
function ownMiB(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1];
  return kibibytes ? Number(kibibytes) / 1_024 : process.memoryUsage().rss / 1_024 ** 2;
}

type Page = Awaited<ReturnType<Admin['caller']['admin']['listUsers']>>;
type Admin = Awaited<ReturnType<TestApp['person']>>;

const userLists: [string, Partial<ListUsersInput>][] = [
  ['a page of users', {}],
  ['by name', { sort: 'name' }],
  ['search, `an`', { search: 'an' }],
  ['search, `zoe z`', { search: 'zoe z' }],
  ['search, one account', { search: 'ada.lovelace' }],
  ['search, nobody', { search: 'nobody-like-that' }],
  ['disabled', { status: 'disabled' }],
  ['disabled, by name', { status: 'disabled', sort: 'name' }],
  ['closed, nobody', { status: 'closed' }],
  ['administrators', { role: 'admin' }],
  ['administrators, by name', { role: 'admin', sort: 'name' }],
  ['not verified', { verified: false }],
  ['not verified, by name', { verified: false, sort: 'name' }],
  ['verified', { verified: true }],
  ['signed in', { hasSessions: true }],
  ['signed in, by name', { hasSessions: true, sort: 'name' }],
  ['signed in nowhere', { hasSessions: false }],
  ['disabled and not verified, nobody', { status: 'disabled', verified: false }],
  ['users that are disabled', { role: 'user', status: 'disabled' }],
  ['administrators that are signed in, nobody', { role: 'admin', hasSessions: true }],
  ['search `a`, disabled', { search: 'a', status: 'disabled' }],
  ['search `m`, administrators', { search: 'm', role: 'admin' }],
  ['search `a`, not verified', { search: 'a', verified: false }],
  ['search `a`, signed in', { search: 'a', hasSessions: true }],
  ['search `e`, disabled and signed in, nobody', { search: 'e', status: 'disabled', hasSessions: true }],
];

const now = new Date('2026-11-26T12:00:00.000Z');
const data = createAdminData({ users, now });
const auditLists: [string, Partial<ListAuditInput>][] = [
  ['a page of events', {}],
  ['of a user with few', { userId: data.idOf(4_711 % users) }],
  ['of a user with thousands', { userId: data.idOf(0) }],
  ['of an administrator who acted a thousand times', { actor: data.idOf(0) }],
  ['of an administrator who never acted', { actor: data.idOf(1) }],
  ['of a frequent type', { type: 'signed-in' }],
  ['of a rare type', { type: 'account-disabled' }],
  ['of a day', { from: '2026-08-01T00:00:00.000Z', to: '2026-08-02T00:00:00.000Z' }],
  ['of a rare type, of a day', { type: 'role-changed', from: '2026-08-01T00:00:00Z', to: '2026-08-02T00:00:00Z' }],
  ['of a user with thousands, of a rare type', { userId: data.idOf(0), type: 'account-disabled' }],
  ['of an administrator, of a frequent type', { actor: data.idOf(0), type: 'signed-in' }],
  ['of an administrator, of a day', { actor: data.idOf(0), from: '2026-08-01T00:00:00Z', to: '2026-08-02T00:00:00Z' }],
];

const missed: string[] = [];

async function measure(name: string, call: () => Promise<unknown>): Promise<void> {
  await call();
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(before);
  const onCore = (user + system) / 1_000 / rounds;
  const took = median(times);
  if (took >= limitMilliseconds) missed.push(name);
  const [shown, slowest] = [took, Math.max(...times)].map((milliseconds) => milliseconds.toFixed(1));
  say(`| ${name} | ${shown} | ${slowest} | ${onCore.toFixed(1)} |${took < limitMilliseconds ? '' : ' missed'}`);
}

async function measureLists({ client }: Admin): Promise<void> {
  const { listUsers, listAudit, getUser, overview } = client.admin;
  say('| | median, ms | slowest, ms | on a core, ms |\n| --- | --- | --- | --- |');
  for (const [name, input] of userLists) await measure(name, () => listUsers.query(input));
  let deep: Page = await listUsers.query({});
  for (let page = 0; page < 20 && deep.nextCursor !== null; page += 1) {
    deep = await listUsers.query({ cursor: deep.nextCursor });
  }
  await measure('a page of users, the 22nd', () => listUsers.query({ cursor: deep.nextCursor ?? undefined }));
  await measure('one user', () => getUser.query({ userId: data.idOf(0) }));
  for (const [name, input] of auditLists) await measure(name, () => listAudit.query(input));
  const { nextCursor } = await listAudit.query({});
  await measure('a page of events, the second', () => listAudit.query({ cursor: nextCursor ?? undefined }));
  await measure('the overview', () => overview.query({ range: '30d' }));
}

/** Reads a whole export and drops it, and watches the memory on the way. */
async function measureExport(app: TestApp, { client }: Admin): Promise<void> {
  const { path } = await client.admin.exportAudit.mutate({ format: 'ndjson' });
  const samples: number[] = [];
  const sampler = setInterval(() => samples.push(ownMiB()), sampleMilliseconds);
  const started = performance.now();
  const response = await fetch(new URL(path, app.url));
  if (!response.ok || !response.body) throw new Error(`the export sent ${response.status}`);
  let lines = 0;
  for await (const chunk of response.body) for (const byte of chunk) if (byte === 0x0a) lines += 1;
  clearInterval(sampler);
  if (lines < events) throw new Error(`the export had ${lines} of ${events} events`);
  const seconds = (performance.now() - started) / 1_000;
  // The first part is that of compiling and of the buffers that stay.
  const early = Math.max(...samples.slice(0, Math.ceil(samples.length / 4)));
  const late = Math.max(...samples.slice(Math.ceil(samples.length / 4)));
  if (late - early > flatMiB) missed.push('memory during the export');
  say(`\nan export of ${lines} events: ${seconds.toFixed(0)} s, ${early.toFixed(0)} MiB at most in its first quarter,`);
  say(`${late.toFixed(0)} MiB at most afterwards (limit: ${flatMiB} MiB more)`);
}

const folder = process.env.BENCH_DATA ?? (await mkdtemp(join(tmpdir(), 'latchkey-admin-bench-')));
try {
  const env = { MONGODB_URI: '', DATA_DIR: folder, LOG_LEVEL: 'error', RATE_LIMITS: 'off' };
  const app = await createTestApp({ env, now });
  if ((await app.stores.users.estimateCount()) < users) {
    const started = performance.now();
    await fill(app, data, { users, events }, showProgress);
    if (process.stdout.isTTY) showProgress('');
    say(
      `filled with ${users} accounts and ${events} events in ${((performance.now() - started) / 1_000).toFixed(0)} s\n`,
    );
  }
  const admin = await app.person(`bench-${Date.now()}`, { role: 'admin' });
  await measureLists(admin);
  await measureExport(app, admin);
  // Its end as a test app would empty the database first.
  await app.close();
} finally {
  if (process.env.BENCH_DATA === undefined) await rm(folder, { recursive: true, force: true });
}
for (const name of missed) say(`missed: ${name}`);
process.exitCode = missed.length > 0 ? 1 : 0;
