import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build } from '../build.ts';
import { compare, killAgainAndAgain, loadSettings } from '../kills.ts';
import { launch } from '../launch.ts';
import { createMixedLoad } from '../mixed-load.ts';

let folder: string;
beforeAll(async () => {
  await build('server');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-kills-'));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('kill -9 in the middle of a mixed load, five times', { timeout: 120_000 }, () => {
  it('loses nothing that somebody was told, and leaves nothing half done', async () => {
    const { told, lost } = await killAgainAndAgain({
      dataDir: join(folder, 'data'),
      kills: 5,
      people: 8,
      callsBefore: () => 30 + Math.floor(Math.random() * 50),
    });
    expect(lost).toEqual([]);
    expect(told.filter(({ known }) => known).length).toBeGreaterThan(20);
    expect(told.filter(({ generation }) => generation !== undefined).length).toBeGreaterThan(5);
  });
});

describe('SIGTERM in the middle of a mixed load', { timeout: 60_000 }, () => {
  it('fails no call that was taken', async () => {
    const dataDir = join(folder, randomBytes(4).toString('hex'));
    const app = launch({ ...loadSettings, DATA_DIR: dataDir });
    await app.ready;
    const load = createMixedLoad({ url: app.url(), output: app.output, namePrefix: 'term' });
    // A call that is refused or cut off in the middle of its response would reject.
    const running = load.run(8);
    while (load.milliseconds.length < 60) await wait(5);
    const began = performance.now();
    app.child.kill('SIGTERM');
    const { code, err } = await app.ended;
    expect([code, err]).toEqual([0, '']);
    expect(performance.now() - began).toBeLessThan(10_000);
    load.stop();
    await running;

    const doubtful = load.accounts.map((told) => ({ ...told, asked: undefined, refreshing: false, signingIn: false }));
    expect(await compare(dataDir, doubtful)).toEqual([]);
  });
});
