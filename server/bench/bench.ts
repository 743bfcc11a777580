import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { drive, type Load, type Measured } from './load.ts';
import {
  fromAddress,
  meCall,
  openChallenges,
  type Person,
  refreshCall,
  registerCall,
  signInCall,
  signUp,
  verifyCall,
} from './people.ts';
import { type Pinned, startPinned } from './pinned.ts';

/**
 * `pnpm bench`: the built server and, in the same run, the least that could do the same. Servers share one core, the load
 * has another; rounds are interleaved and medians reported. It ends with 1 where it could not measure cleanly.
 */

const people = 64;
const rounds = 3;
const seconds = Number(process.env.BENCH_SECONDS ?? 5);
/** Before the first round: what is measured is a server that has run for a while, whose code is compiled. */
const warmSeconds = Number(process.env.BENCH_WARM_SECONDS ?? 8);
const cost = '10';
const [serverCore, loadCore] = [0, 1];
/** Calls of `user.me` a second while its time is watched. */
const moderateRate = 200;
const challengesPerRound = 512;
/** Durable writes a second while the time of `user.me` is watched, and what the disk then takes longer for each. */
const writeRate = 100;
const slowSyncMilliseconds = 10;
/** A server that uses less of its core than this was not what limited the calls. */
const leastBusy = 0.8;
/** Rounds that differ by more than this share of their median say more about the machine than about the server. */
const mostSpread = 0.3;

const bench = import.meta.dirname;
const problems: string[] = [];
const say = (line: string) => process.stdout.write(`${line}\n`);

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const medians = (measured: readonly Measured[]): Measured => {
  const of = (name: keyof Measured) => median(measured.map((each) => each[name]));
  return {
    perSecond: of('perSecond'),
    p50Milliseconds: of('p50Milliseconds'),
    p99Milliseconds: of('p99Milliseconds'),
    cpuMicroseconds: of('cpuMicroseconds'),
    busy: of('busy'),
    failed: measured.reduce((sum, { failed }) => sum + failed, 0),
  };
};

/** What one scenario calls on one server, made anew for each round. */
interface Contestant {
  name: string;
  server: Pinned;
  load: () => Load | Promise<Load>;
}

async function compare(scenario: string, contestants: readonly Contestant[]): Promise<Record<string, Measured>> {
  const all = new Map<string, Measured[]>();
  for (const { server, load } of contestants) {
    const { amount, ...warmUp } = await load();
    await drive(server, amount === undefined ? { ...warmUp, seconds: warmSeconds } : { ...warmUp, amount });
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, server, load } of contestants) {
      all.set(name, [...(all.get(name) ?? []), await drive(server, { seconds, ...(await load()) })]);
    }
  }
  const results = Object.fromEntries([...all].map(([name, measured]) => [name, medians(measured)]));
  for (const [name, measured] of all) {
    const { perSecond, p50Milliseconds, p99Milliseconds, cpuMicroseconds, busy, failed } = medians(measured);
    const rates = measured.map((each) => each.perSecond);
    const spread = (Math.max(...rates) - Math.min(...rates)) / perSecond;
    say(
      `${scenario.padEnd(10)}${name.padEnd(12)}${perSecond.toFixed(0).padStart(8)}/s  p50 ${p50Milliseconds.toFixed(1)} ms  p99 ${p99Milliseconds.toFixed(1)} ms  cpu ${cpuMicroseconds.toFixed(0)} µs  busy ${(busy * 100).toFixed(0)} %`,
    );
    if (failed > 0) problems.push(`${scenario}, ${name}: ${failed} calls failed`);
    if (busy < leastBusy) problems.push(`${scenario}, ${name}: its core was idle ${((1 - busy) * 100).toFixed(0)} %`);
    if (spread > mostSpread) problems.push(`${scenario}, ${name}: rounds differ by ${(spread * 100).toFixed(0)} %`);
  }
  return results;
}

let ports = 21_000;
const started: Pinned[] = [];
async function start(program: string, env: Record<string, string>, syncMilliseconds = 0): Promise<Pinned> {
  ports += 1;
  const server = await startPinned({ core: serverCore, program, port: ports, syncMilliseconds }, env);
  started.push(server);
  return server;
}
const limits = join(bench, 'dist/limit-servers.js');
const startLimit = (LIMIT: string) => start(limits, { LIMIT, BCRYPT_COST: cost });
const product = join(bench, '../dist/main.js');
const startProduct = (BCRYPT_COST: string, syncMilliseconds = 0) =>
  start(product, { BCRYPT_COST, RATE_LIMITS: 'off', LOG_LEVEL: 'info', TRUST_PROXY: '1' }, syncMilliseconds);
const tokenOf = (server: Pinned) => (JSON.parse(server.output()) as { token: string }).token;

/** The time from starting to the first 200, and the memory at rest, of some programs in turn. */
async function compareStarts(programs: Record<string, () => Promise<Pinned>>) {
  const times = new Map<string, number[]>();
  const memory = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, launch] of Object.entries(programs)) {
      const server = await launch();
      times.set(name, [...(times.get(name) ?? []), server.startMilliseconds]);
      if (round === 0) memory.set(name, (await server.rest()).rssMiB);
      await server.stop();
      started.pop();
    }
  }
  return Object.fromEntries(
    Object.keys(programs).map((name) => {
      const startMilliseconds = median(times.get(name) ?? []);
      const rssMiB = memory.get(name) ?? Number.NaN;
      say(
        `start     ${name.padEnd(12)}${startMilliseconds.toFixed(0).padStart(8)} ms  at rest ${rssMiB.toFixed(0)} MiB`,
      );
      return [name, { startMilliseconds, rssMiB }];
    }),
  );
}

const each = (connections: number, next: (index: number) => ReturnType<Load['next']>) => (): Load => ({
  connections,
  next,
});

/** Rotates the tokens of some people, each when its successor has come. */
function refreshing(crowd: readonly Person[], rate?: number): () => Load {
  const tokens = crowd.map(({ refreshToken }) => refreshToken);
  return () => ({
    connections: 16,
    ...(rate !== undefined && { rate }),
    next: () => refreshCall(tokens.shift() ?? ''),
    onResponse(body) {
      const { result } = JSON.parse(body) as { result?: { data: Person } };
      if (result) tokens.push(result.data.refreshToken);
    },
  });
}

const watch = (crowd: readonly Person[]): Load => ({
  connections: 8,
  rate: moderateRate,
  seconds,
  next: (index) => meCall((crowd[index % crowd.length] as Person).accessToken),
});

/** How long `user.me` takes at a moderate rate, alone and beside durable writes: medians of the rounds. */
async function compareWithWrites(server: Pinned, crowd: readonly Person[]) {
  const write = refreshing(crowd, writeRate);
  await drive(server, { ...write(), rate: writeRate, seconds: warmSeconds });
  const alone: Measured[] = [];
  const beside: Measured[] = [];
  let writesFailed = 0;
  for (let round = 0; round < rounds; round += 1) {
    alone.push(await drive(server, watch(crowd)));
    const [watched, writes] = await Promise.all([drive(server, watch(crowd)), drive(server, { ...write(), seconds })]);
    beside.push(watched);
    writesFailed += writes.failed;
  }
  return { alone: medians(alone), beside: medians(beside), writesFailed };
}

function hasStrace(): boolean {
  try {
    execFileSync('strace', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** On a server of its own: elsewhere people have signed in so often that their first sessions are gone. */
async function measureWrites(syncMilliseconds: number) {
  const server = await startProduct('4', syncMilliseconds);
  const measured = await compareWithWrites(server, await signUp(server, people));
  const failed = measured.alone.failed + measured.beside.failed + measured.writesFailed;
  if (failed > 0) problems.push(`beside writes: ${failed} calls failed`);
  return measured;
}

async function measure() {
  const starts = await compareStarts({ adapter: () => startLimit('adapter'), latchkey: () => startProduct(cost) });

  const [bare, jwt, adapter, caller, hash] = [
    await startLimit('bare'),
    await startLimit('jwt'),
    await startLimit('adapter'),
    await startLimit('caller'),
    await startLimit('hash'),
  ];
  const latchkey = await startProduct(cost);
  const crowd = await signUp(latchkey, people);
  const person = (index: number): Person => crowd[index % people] as Person;
  const limitMe = (server: Pinned) => each(people, () => ({ ...meCall(tokenOf(server)), path: '/me' }));
  const latchkeyMe = each(people, (index) => meCall(person(index).accessToken));

  const me = await compare('me', [
    { name: 'bare', server: bare, load: limitMe(bare) },
    { name: 'jwt', server: jwt, load: limitMe(jwt) },
    { name: 'adapter', server: adapter, load: limitMe(adapter) },
    { name: 'caller', server: caller, load: limitMe(caller) },
    { name: 'latchkey', server: latchkey, load: latchkeyMe },
  ]);
  const page = await compare('page', [
    { name: 'latchkey', server: latchkey, load: each(people, () => ({ path: '/' })) },
  ]);

  // Refreshing first: it warms what a sign-in does beside its hash, of which few are made in a round.
  const refresh = await compare('refresh', [{ name: 'latchkey', server: latchkey, load: refreshing(crowd) }]);

  let newcomers = 0;
  const signIn = await compare('sign-in', [
    { name: 'hash', server: hash, load: each(8, () => ({ path: '/' })) },
    {
      name: 'latchkey',
      server: latchkey,
      load: each(8, (index) => fromAddress(index, signInCall(person(index)))),
    },
  ]);
  const register = await compare('register', [
    { name: 'hash', server: hash, load: each(8, () => ({ path: '/' })) },
    {
      name: 'latchkey',
      server: latchkey,
      load: each(8, (index) => {
        newcomers += 1;
        return fromAddress(index, registerCall(`newcomer${newcomers}`));
      }),
    },
  ]);

  const quiet = await drive(latchkey, watch(crowd));
  const [storm] = await Promise.all([
    drive(latchkey, watch(crowd)),
    drive(latchkey, {
      ...each(8, (index) => fromAddress(index, signInCall(person(index))))(),
      seconds: seconds + 1,
    }),
  ]);
  say(
    `storm     me p99 ${quiet.p99Milliseconds.toFixed(1)} ms, while sign-ins saturate ${storm.p99Milliseconds.toFixed(1)} ms`,
  );
  const afterLoad = await latchkey.rest();
  say(`memory    latchkey    after load ${afterLoad.rssMiB.toFixed(0)} MiB`);

  // Cheap hashes, so that there are codes enough to enter.
  const swift = await startProduct('4');
  const swiftCrowd = await signUp(swift, people);
  const verify = await compare('verify', [
    {
      name: 'memory',
      server: caller,
      load: each(16, () => ({ ...verifyCall({ challengeId: 'c', otp: '123456' }), path: '/verify' })),
    },
    {
      name: 'latchkey',
      server: swift,
      async load() {
        const ready: { challengeId: string; otp: string }[] = [];
        while (ready.length < challengesPerRound) ready.push(...(await openChallenges(swift, swiftCrowd)));
        // A connection prepares one call more than it makes.
        const spare = ready[0] as (typeof ready)[number];
        return { connections: 16, amount: challengesPerRound, next: () => verifyCall(ready.pop() ?? spare) };
      },
    },
  ]);
  const writes = {
    fast: await measureWrites(0),
    slow: hasStrace() ? await measureWrites(slowSyncMilliseconds) : undefined,
  };
  return { starts, me, page, signIn, register, storm: { quiet, storm }, afterLoad, verify, refresh, writes };
}

type Results = Awaited<ReturnType<typeof measure>>;

const p99Ratio = (times: { alone: Measured; beside: Measured } | undefined) =>
  times ? times.beside.p99Milliseconds / times.alone.p99Milliseconds : Number.NaN;

/** What the results are measured by: name, ratio, and the bound that it should keep. */
function ratiosOf({ starts, me, signIn, register, verify, storm, writes }: Results): [string, number, string][] {
  const rate = (table: Record<string, Measured>, name: string) => table[name]?.perSecond ?? Number.NaN;
  const ofStart = (name: 'startMilliseconds' | 'rssMiB') =>
    (starts.latchkey?.[name] ?? 0) / (starts.adapter?.[name] ?? 0);
  return [
    ['me / adapter', rate(me, 'latchkey') / rate(me, 'adapter'), '≥ 2.0'],
    ['me / caller', rate(me, 'latchkey') / rate(me, 'caller'), '≥ 0.30'],
    ['sign-in / hash', rate(signIn, 'latchkey') / rate(signIn, 'hash'), '≥ 0.95'],
    ['register / hash', rate(register, 'latchkey') / rate(register, 'hash'), '≥ 0.95'],
    ['verify / memory', rate(verify, 'latchkey') / rate(verify, 'memory'), '≥ 0.05'],
    ['me p99 in a storm / without', storm.storm.p99Milliseconds / storm.quiet.p99Milliseconds, '≤ 4'],
    ['me p99 beside writes / without', p99Ratio(writes.fast), '≤ 1.5'],
    ['the same, with a slow disk', p99Ratio(writes.slow), '≤ 1.5'],
    ['start / adapter', ofStart('startMilliseconds'), '≤ 3'],
    ['memory at rest / adapter', ofStart('rssMiB'), '≤ 2'],
  ];
}

if (process.platform !== 'linux' || availableParallelism() < 2) throw new Error('pnpm bench needs Linux and two cores');
execFileSync('taskset', ['-cp', String(loadCore), String(process.pid)], { stdio: 'ignore' });
const [busyBefore = 0] = loadavg();
if (busyBefore > 0.5) problems.push(`the machine was busy before: load ${busyBefore.toFixed(1)}`);

const bundle = await rolldown({ input: join(bench, 'limit-servers.ts'), platform: 'node', external: [/^[^./]/] });
await bundle.write({ dir: join(bench, 'dist') });
await bundle.close();

try {
  const results = await measure();
  const ratios = ratiosOf(results);
  for (const [name, ratio, bound] of ratios) say(`${name.padEnd(30)}${ratio.toFixed(2).padStart(8)}   (${bound})`);
  const file = join(bench, 'dist/results.json');
  const machine = { node: process.version, cpu: cpus()[0]?.model, at: new Date().toISOString() };
  writeFileSync(
    file,
    `${JSON.stringify({ machine, ratios: Object.fromEntries(ratios), problems, ...results }, null, 2)}\n`,
  );
  say(`written to ${file}`);
} finally {
  for (const server of started) await server.stop();
}
for (const problem of problems) say(`not clean: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
