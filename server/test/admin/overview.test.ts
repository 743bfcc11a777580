import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { HourlyCountsRecord } from '../../src/infra/stores/hourly-counts-store.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { enterCode, login, register, resetPassword, resetToken, tryPassword, wrongCode } from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { stored } from '../stored.ts';

const hourMilliseconds = 3_600_000;
const nothing = {
  signIns: 0,
  failedPasswords: 0,
  wrongCodes: 0,
  locks: 0,
  limitsHit: 0,
  registrations: 0,
  resetsRequested: 0,
  passwordResets: 0,
  mailsSent: 0,
  mailsFailed: 0,
};

let app: TestApp;
let ada: Awaited<ReturnType<TestApp['person']>>;

beforeAll(async () => {
  app = await createTestApp({ now: new Date('2026-03-10T09:30:00.000Z') });
  ada = await app.person('ada-the-admin', { role: 'admin' });
});
afterAll(() => app[Symbol.asyncDispose]());
beforeEach(async () => {
  await app.hourlyCounts.flush();
  await stored(app).hourlyCounts.deleteMany({});
});

/** Reads it with a session that has just been opened, and so confirmed, and takes that sign-in out of what is counted. */
async function overview(range: '24h' | '7d' | '30d' = '24h') {
  const { caller } = await app.session(ada);
  const read = await caller.admin.overview({ range });
  read.totals.signIns -= 1;
  return read;
}
const hoursAgo = (hours: number) =>
  new Date(Math.floor(app.clock.now().getTime() / hourMilliseconds - hours) * hourMilliseconds);

/** Hours of before, as they are stored. */
async function wereCounted(...hours: { ago: number; counts: HourlyCountsRecord['counts']; mailBacklog?: number }[]) {
  const expiresAt = new Date(app.clock.now().getTime() + 30 * 24 * hourMilliseconds);
  await stored(app).hourlyCounts.insertMany(
    hours.map(({ ago, ...counted }) => ({ _id: hoursAgo(ago), ...counted, expiresAt }) as HourlyCountsRecord),
  );
}
const everyHour = (from: number, to: number, counts: HourlyCountsRecord['counts']) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ ago: from + index, counts }));

const signalOf = ({ verdict }: Awaited<ReturnType<typeof overview>>, kind: string) =>
  verdict.signals.find((signal) => signal.kind === kind);

describe('what is counted by the hour', () => {
  it('is what happened, each by its kind', async () => {
    const person = await register(app);
    const { challengeId, code } = await login(app, person);
    await enterCode(app, challengeId, wrongCode(code));
    await enterCode(app, challengeId, code);
    const token = await resetToken(app, person.email);
    await resetPassword(app, token, 'another passphrase of some length');
    for (let index = 0; index < 11; index += 1) await tryPassword(app, 'nobody-at-all', 'wrong');
    await app.mail.settled();
    expect((await overview()).totals).toEqual({
      ...nothing,
      registrations: 1,
      signIns: 1,
      wrongCodes: 1,
      failedPasswords: 10,
      locks: 1,
      limitsHit: 1,
      resetsRequested: 1,
      passwordResets: 1,
      // The code, the link, the notice of the new password, and that somebody signed in from a new device.
      mailsSent: app.mail.list().length,
    });
  });

  it('adds up over instances, however they store it at once', async () => {
    const instances = await app.instances(3);
    await Promise.all(instances.map(({ hourlyCounts }) => hourlyCounts.flush()));
    await stored(app).hourlyCounts.deleteMany({});
    for (const instance of instances) {
      await atOnce(4, (index) => tryPassword(instance, `nobody-${index}`, 'wrong'));
    }
    await Promise.all(instances.map(({ hourlyCounts }) => hourlyCounts.flush()));
    const [hour, ...others] = await stored(app).hourlyCounts.find().toArray();
    expect([hour?.counts, others]).toEqual([{ failedPasswords: 12 }, []]);
    expect((await overview()).totals).toEqual({ ...nothing, failedPasswords: 12 });
  });

  it('is stored when an instance ends', async () => {
    const other = (await app.instances(4))[3] as TestApp;
    await atOnce(3, (index) => tryPassword(other, `nobody-${index}`, 'wrong'));
    await other.close();
    expect(await stored(app).hourlyCounts.findOne({ _id: hoursAgo(0) })).toMatchObject({
      counts: { failedPasswords: 3 },
    });
  });

  it('is kept while the database is away, and stored once', async () => {
    await tryPassword(app, 'nobody', 'wrong');
    {
      using _ = app.fail('mongo');
      await expect(app.hourlyCounts.flush()).rejects.toThrow('away');
      await expect(app.hourlyCounts.flush()).rejects.toThrow('away');
    }
    await tryPassword(app, 'nobody', 'wrong');
    await atOnce(3, () => app.hourlyCounts.flush());
    expect(await stored(app).hourlyCounts.findOne({ _id: hoursAgo(0) })).toMatchObject({
      counts: { failedPasswords: 2 },
    });
  });

  it('counts in the hour in which it happened, not in which it was stored', async () => {
    await tryPassword(app, 'nobody', 'wrong');
    app.clock.advance('1h');
    await tryPassword(app, 'nobody', 'wrong');
    expect((await overview()).series.failedPasswords.slice(-3)).toEqual([0, 1, 1]);
  });

  it('goes after ninety days', async () => {
    await tryPassword(app, 'nobody', 'wrong');
    await app.hourlyCounts.flush();
    const hour = await stored(app).hourlyCounts.findOne({ _id: hoursAgo(0) });
    expect(hour?.expiresAt).toEqual(new Date(hoursAgo(0).getTime() + 90 * 24 * hourMilliseconds));
    expect(await stored(app).hourlyCounts.indexes()).toContainEqual(
      expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }),
    );
  });

  it('has the mail that waits in it, and that it failed', async () => {
    const person = await app.account();
    {
      using _ = app.fail('smtp');
      await tryPassword(app, person.username, person.password);
      await app.mail.settled();
      const during = await overview();
      expect(during.mailBacklog.at(-1)).toBe(1);
      expect(during.present).toMatchObject({ mailBacklog: 1, mailServerOk: true });
    }
    app.clock.advance('1m');
    await app.mail.codeFor(person);
    const { totals, mailBacklog, present } = await overview();
    expect([totals.mailsFailed, totals.mailsSent, mailBacklog.at(-1), present.mailBacklog]).toEqual([1, 1, 1, 0]);
  });
});

describe('admin.overview', () => {
  it.each([
    ['24h', 24, 1],
    ['7d', 56, 3],
    ['30d', 60, 12],
  ] as const)('gives %s as %i steps that end with the hour that runs', async (range, steps, hours) => {
    await wereCounted(
      { ago: 0, counts: { locks: 1 } },
      { ago: 1, counts: { locks: 2 } },
      { ago: steps * hours - 1, counts: { locks: 4 }, mailBacklog: 7 },
      { ago: steps * hours, counts: { locks: 8 } },
    );
    const { from, stepSeconds, series, totals, mailBacklog, countedSince } = await overview(range);
    expect([from, stepSeconds]).toEqual([hoursAgo(steps * hours - 1).toISOString(), hours * 3_600]);
    const isOneStep = hours > 1;
    expect(series.locks).toEqual([4, ...Array<number>(steps - 3).fill(0), ...(isOneStep ? [0, 3] : [2, 1])]);
    expect([totals.locks, mailBacklog[0], mailBacklog.length]).toEqual([7, 7, steps]);
    expect(countedSince).toBe(hoursAgo(steps * hours).toISOString());
  });

  it('counts accounts and those that are disabled', async () => {
    const before = (await overview()).present;
    await app.account(undefined, { status: 'disabled' });
    const { accountsEstimate, disabledAccounts } = (await overview()).present;
    expect([accountsEstimate, disabledAccounts]).toEqual([before.accountsEstimate + 1, before.disabledAccounts + 1]);
  });

  it('calls a last hour like those of other days quiet, however busy', async () => {
    await wereCounted(...everyHour(0, 8 * 24, { failedPasswords: 40, locks: 5, limitsHit: 60 }));
    const { verdict } = await overview();
    expect([verdict.level, verdict.comparedDays]).toEqual(['quiet', 7]);
  });

  it('tells failures that are many more than usual, and how many', async () => {
    await wereCounted(...everyHour(1, 8 * 24, { failedPasswords: 3, wrongCodes: 1 }), {
      ago: 0,
      counts: { failedPasswords: 250, wrongCodes: 60 },
    });
    const read = await overview();
    expect(read.verdict.level).toBe('unusual');
    const minutes = app.clock.now().getUTCMinutes();
    const lastHour = 310 + Math.round(4 * (1 - minutes / 60));
    expect(signalOf(read, 'failures')).toEqual({ kind: 'failures', unusual: true, lastHour, usual: 4 });
    expect(read.verdict.signals.filter(({ unusual }) => unusual)).toHaveLength(1);
  });

  it('compares with the same time of day: a busy morning is no attack, a busy night is', async () => {
    const mornings = Array.from({ length: 7 }, (_, day) => ({ ago: (day + 1) * 24, counts: { failedPasswords: 90 } }));
    const neighbours = mornings.flatMap(({ ago, counts }) => [
      { ago: ago - 1, counts },
      { ago: ago + 1, counts },
    ]);
    await wereCounted(...mornings, ...neighbours, { ago: 0, counts: { failedPasswords: 100 } });
    expect((await overview()).verdict.level).toBe('quiet');
    app.clock.advance('12h');
    await wereCounted({ ago: 0, counts: { failedPasswords: 100 } });
    expect((await overview()).verdict.level).toBe('unusual');
  });

  it('is not misled by an attack of one day before', async () => {
    await wereCounted(
      ...everyHour(1, 22, { failedPasswords: 2 }),
      ...everyHour(23, 25, { failedPasswords: 5_000 }),
      ...everyHour(26, 8 * 24, { failedPasswords: 2 }),
      { ago: 0, counts: { failedPasswords: 300 } },
    );
    expect(signalOf(await overview(), 'failures')).toMatchObject({ unusual: true, usual: 2 });
  });

  it('knows nothing to be usual on its first day', async () => {
    await wereCounted({ ago: 0, counts: { locks: 9 } });
    const read = await overview();
    expect([read.verdict.level, read.verdict.comparedDays]).toEqual(['unusual', 0]);
    expect(signalOf(read, 'locks')).toEqual({ kind: 'locks', unusual: true, lastHour: 9, usual: 0 });
    await stored(app).hourlyCounts.deleteMany({});
    expect((await overview()).verdict.level).toBe('quiet');
  });
});
