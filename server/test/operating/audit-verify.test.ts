import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayOf } from '../../src/domain/audit/seals.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { stored } from '../stored.ts';
import { type Commands, openCommands } from '../transfer/commands.ts';

const AUTH_SECRETS = 's'.repeat(40);
const origin = { ip: '203.0.113.9', userAgent: 'test' };

describe('pnpm audit-verify', () => {
  let commands: Commands;
  let dataDir: string;
  let app: TestApp;
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'latchkey-verify-'));
    // The embedded database, as this process runs it: the command finds it by its folder.
    [commands, app] = await Promise.all([
      openCommands(),
      createTestApp({
        env: { MONGODB_URI: '', DATA_DIR: dataDir, AUTH_SECRETS },
        now: new Date(Date.now() - 5 * 86_400_000),
      }),
    ]);
  });
  afterAll(async () => {
    await app[Symbol.asyncDispose]();
    await commands[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true });
  });

  const verify = (...args: string[]) => commands.run('audit-verify', args, { DATA_DIR: dataDir });
  const record = (userId: string) => app.services.audit.record('signed-out', userId, origin);

  it('finds the days of a running server whole, and one of them broken', async () => {
    for (const userId of ['ada', 'grace']) await record(userId);
    const first = dayOf(app.clock.now());
    app.clock.advance('1d');
    for (const userId of ['ada', 'grace', 'eve']) await record(userId);
    await app.services.audit.seal();
    const second = dayOf(app.clock.now());

    const whole = await verify();
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining('2 days, nothing amiss')]);
    expect(whole.stdout).toMatch(new RegExp(`^${first}\\S+ {2}2 events: whole\n${second}\\S+ {2}3 events: whole\n`));

    await stored(app).audit.updateOne({ userId: 'eve' }, { $set: { userId: 'ada' } });
    const broken = await commands.runBuilt('audit-verify', [], { DATA_DIR: dataDir });
    expect([broken.code, broken.stdout]).toEqual([1, expect.stringContaining('2 days, 1 not whole')]);
    expect(broken.stdout).toContain('3 events: BROKEN at 3: the event was altered or put in');
    expect((await verify(first)).code).toBe(0);
    expect((await verify(second)).code).toBe(1);
  });

  it('finds by the log a day that was taken away with all that told of it', async () => {
    app.clock.advance('1d');
    await record('ada');
    await app.services.audit.seal();
    const day = dayOf(app.clock.now());
    const log = await commands.file('server.log', `${app.log.join('')}{"msg":"audit chain","chain":"torn`);
    await stored(app).audit.deleteMany({ 'chain.id': { $regex: `^${day}` } });
    await stored(app).auditHeads.deleteMany({ day });
    expect((await verify(day)).code).toBe(0);
    const found = await verify(day, '--log', log);
    expect([found.code, found.stdout]).toEqual([1, expect.stringContaining('BROKEN at 0: its head is missing')]);
  });

  it('says how it is used where it cannot know what is meant, or not be verified', async () => {
    const misused = [['yesterday'], ['2026-13-01'], ['2026-11-25', '2026-11-26'], ['--day'], ['--log', 'missing.log']];
    const results = await Promise.all(misused.map((args) => verify(...args)));
    expect(results.map(({ code }) => code)).toEqual(misused.map(() => 2));
    expect(results[0]?.stderr).toContain('pnpm audit-verify [DAY] [--log FILE]');
    expect(results.at(-1)?.stderr).toContain('missing.log');
  });
});
