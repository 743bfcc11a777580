import { createTestApp } from '../src/testing/test-app.ts';

/**
 * `pnpm bench:kit`: what a test pays for an app of its own and for somebody who is signed in, as medians by the clock and by
 * this process's time on a core, in which the database is included.
 */

const rounds = 40;
/** People and calls are made in rows: one alone is too short for the clock of the processor. */
const rowLength = 10;

interface Cost {
  milliseconds: number;
  coreMilliseconds: number;
}

const costs = new Map<string, Cost[]>();

/** Runs one thing and notes what each of its `count` parts has cost. */
async function pay<Result>(what: string, count: number, act: () => PromiseLike<Result>): Promise<Result> {
  const [started, before] = [performance.now(), process.cpuUsage()];
  const result = await act();
  const { user, system } = process.cpuUsage(before);
  const cost = {
    milliseconds: (performance.now() - started) / count,
    coreMilliseconds: (user + system) / 1_000 / count,
  };
  costs.set(what, [...(costs.get(what) ?? []), cost]);
  return result;
}

async function inARow(act: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < rowLength; index += 1) await act(index);
}

/** @param first names the app that loads the product and starts the database of its process */
async function measureApp(first?: string): Promise<void> {
  const app = await pay(first ?? 'an app', 1, () => createTestApp());
  if (first === undefined) {
    await pay('somebody signed in', rowLength, () => inARow((index) => app.person(`person-${index}`)));
    const ada = await app.person('ada');
    await pay('a call by `caller`', rowLength, () => inARow(() => ada.caller.user.me()));
    await pay('a call over the wire', rowLength, () => inARow(() => ada.client.user.me.query()));
    await pay('a sign-in with hash and mail', 1, async () => {
      const { auth } = app.client();
      const { challengeId } = await auth.login.mutate({ username: 'ada', password: ada.password });
      await auth.verifyOtp.mutate({ challengeId, otp: await app.mail.codeFor(ada) });
    });
  }
  await pay(first === undefined ? 'its end' : `${first}: its end`, 1, () => app[Symbol.asyncDispose]());
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

await measureApp('the first app of a process');
// The database ends with the last app of a process: as in a run of tests, one of them lasts.
const lasting = await createTestApp();
for (let round = 0; round < rounds; round += 1) await measureApp();
await lasting[Symbol.asyncDispose]();

for (const [what, paid] of costs) {
  const [clock, core] = [
    median(paid.map(({ milliseconds }) => milliseconds)),
    median(paid.map(({ coreMilliseconds }) => coreMilliseconds)),
  ];
  process.stdout.write(
    `${what.padEnd(36)}${clock.toFixed(1).padStart(8)} ms  core ${core.toFixed(1).padStart(6)} ms\n`,
  );
}
