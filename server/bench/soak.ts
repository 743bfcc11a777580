import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createProgressBar } from '../src/cli/commands/progress-bar.ts';
import { compare, killAgainAndAgain, loadSettings } from '../test/kills.ts';
import { launch } from '../test/launch.ts';
import { createMixedLoad } from '../test/mixed-load.ts';

/**
 * `pnpm soak [--minutes 5] [--people 16]` drives the built server with a mixed load and reports errors, memory, p99 and
 * whether the database holds exactly what was told. `pnpm soak --kills 100` kills it again and again instead. Ends with 1
 * where something is lost, fails or grows.
 */

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    people: { type: 'string', default: '16' },
    kills: { type: 'string', default: '0' },
  },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const problems: string[] = [];

/** The mean of the last fifth may be this many times that of the second; the first is warm-up. */
const mostGrowth = 1.3;
const mostDrift = 2;

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
const p99 = (numbers: readonly number[]) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * 0.99)] ?? Number.NaN;
/** The `index`-th fifth. */
const fifth = (numbers: readonly number[], index: number) =>
  numbers.slice(Math.floor((numbers.length * index) / 5), Math.floor((numbers.length * (index + 1)) / 5));
const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Kills servers side by side, each on a folder of its own: a start keeps one processor busy, and most of a kill is a start. */
async function kill(dataDir: string, kills: number): Promise<void> {
  const bar = createProgressBar(process.stderr);
  const servers = Math.min(kills, availableParallelism());
  let killed = 0;
  const results = await Promise.all(
    Array.from({ length: servers }, (_, server) =>
      killAgainAndAgain({
        dataDir: join(dataDir, `${server}`),
        kills: Math.floor((kills + server) / servers),
        callsBefore: () => 30 + Math.floor(Math.random() * 90),
        onKill() {
          killed += 1;
          bar.show(killed / kills);
        },
      }),
    ),
  );
  bar.end();
  const told = results.flatMap((result) => result.told);
  const lost = results.flatMap((result) => result.lost);
  const known = told.filter((each) => each.known).length;
  say(
    `${killed} kills, ${told.length} accounts, ${known} of them told that they are registered, ${lost.length} writes lost`,
  );
  problems.push(...lost);
}

async function soak(dataDir: string, minutes: number, people: number): Promise<void> {
  const app = launch({ ...loadSettings, DATA_DIR: dataDir });
  await app.ready;
  const load = createMixedLoad({ url: app.url(), output: app.output, namePrefix: 'soak' });
  const memory: number[] = [];
  const bar = createProgressBar(process.stderr);
  const errors: string[] = [];
  const running = load.run(people).catch((error: unknown) => void errors.push(String(error)));
  for (let second = 0; second < minutes * 60 && errors.length === 0; second += 1) {
    await wait(1_000);
    memory.push(memoryOf(app.child.pid ?? 0));
    bar.show((second + 1) / (minutes * 60));
  }
  bar.end();
  load.stop();
  await running;

  const growth = mean(fifth(memory, 4)) / mean(fifth(memory, 1));
  const drift = p99(fifth(load.milliseconds, 4)) / p99(fifth(load.milliseconds, 1));
  const differences = await compare(dataDir, load.accounts);
  say(`${load.milliseconds.length} calls by ${load.accounts.length} accounts, ${errors.length} errors`);
  say(
    `memory ${memory.at(0)?.toFixed(0)} to ${memory.at(-1)?.toFixed(0)} MiB; last fifth to second ${growth.toFixed(2)} x`,
  );
  say(`p99 ${p99(load.milliseconds).toFixed(0)} ms; last fifth to second ${drift.toFixed(2)} x`);
  say(`${differences.length} differences between what was told and what the database holds`);
  problems.push(...errors, ...differences);
  if (growth > mostGrowth) problems.push(`memory grew ${growth.toFixed(2)} x, more than ${mostGrowth} x`);
  if (drift > mostDrift) problems.push(`p99 grew ${drift.toFixed(2)} x, more than ${mostDrift} x`);
  app.child.kill('SIGTERM');
  const { code } = await app.ended;
  if (code !== 0) problems.push(`it ended with ${code}`);
}

const dataDir = await mkdtemp(join(tmpdir(), 'latchkey-soak-'));
try {
  if (Number(values.kills) > 0) await kill(dataDir, Number(values.kills));
  else await soak(dataDir, Number(values.minutes), Number(values.people));
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
for (const problem of problems) say(`  ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
