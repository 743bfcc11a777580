import { mongo } from 'mongoose';
import { createTestApp } from '../src/testing/test-app.ts';
import { signUpByCode } from '../test/flows.ts';

/**
 * `pnpm growth`: what a hundred million accounts would ask of the database. Sizes are those of documents that a real sign-in
 * leaves; how people behave is assumed, and said.
 */

const assumed = {
  sessionsPerAccount: 2,
  activePerDay: 0.1,
  signInsPerActiveDay: 0.2,
  callsPerActiveDay: 50,
  refreshesPerActiveDay: 6,
  auditDays: 180,
  peakToMean: 4,
} as const;

/** Commands of one call at most, as `docs/performance.md` holds them, and how many of them write. */
const commands = { me: 1, refresh: 3, signIn: 8, verify: 8, mail: 3 } as const;
const writes = { refresh: 2, signIn: 6, verify: 6, mail: 3 } as const;
/** An index entry costs about this beside its key, in WiredTiger before compression. */
const entryBytes = 16;
const daySeconds = 86_400;
const { BSON } = mongo;

const say = (line: string) => process.stdout.write(`${line}\n`);
const bytes = (count: number) => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${(count / 1_000 ** power).toPrecision(3)} ${units[power]}`;
};

/** What a sign-in leaves of each kind, in bytes of BSON; the account with so many sessions. */
async function measure() {
  await using app = await createTestApp();
  const person = await signUpByCode(app);
  for (let index = 1; index < assumed.sessionsPerAccount; index += 1) await app.session(person);
  const of = async (name: string) => {
    const sizes = (await app.connection.collection(name).find().toArray()).map((found) =>
      BSON.calculateObjectSize(found),
    );
    return { count: sizes.length, mean: sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length) };
  };
  const keys = await app.connection.collection('users').indexes();
  return {
    user: (await of('users')).mean,
    challenge: (await of('challenges')).mean,
    counter: (await of('counters')).mean,
    event: (await of('audit')).mean,
    eventsPerSignIn: (await of('audit')).count / assumed.sessionsPerAccount,
    userIndexes: keys.length,
  };
}

const sizes = await measure();
say(
  `an account with ${assumed.sessionsPerAccount} sessions ${sizes.user.toFixed(0)} bytes, ${sizes.userIndexes} indexes`,
);
say(
  `a challenge ${sizes.challenge.toFixed(0)}, a counter ${sizes.counter.toFixed(0)}, an audit event ${sizes.event.toFixed(0)} bytes\n`,
);
say('| accounts | users | their indexes | audit | commands a second, mean | at the peak | of them writes |');
say('| --- | --- | --- | --- | --- | --- | --- |');
for (const accounts of [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000]) {
  const active = accounts * assumed.activePerDay;
  const signIns = active * assumed.signInsPerActiveDay;
  const users = accounts * sizes.user;
  const indexes = accounts * sizes.userIndexes * (entryBytes + 24);
  const audit = signIns * Math.max(2, sizes.eventsPerSignIn) * assumed.auditDays * sizes.event;
  const refreshes = active * assumed.refreshesPerActiveDay;
  const all =
    active * assumed.callsPerActiveDay * commands.me +
    refreshes * commands.refresh +
    signIns * (commands.signIn + commands.verify + commands.mail);
  const written = refreshes * writes.refresh + signIns * (writes.signIn + writes.verify + writes.mail);
  const mean = all / daySeconds;
  const row = [
    accounts.toLocaleString('en'),
    bytes(users),
    bytes(indexes),
    bytes(audit),
    mean.toFixed(0),
    (mean * assumed.peakToMean).toFixed(0),
    ((written / daySeconds) * assumed.peakToMean).toFixed(0),
  ];
  say(`| ${row.join(' | ')} |`);
}
