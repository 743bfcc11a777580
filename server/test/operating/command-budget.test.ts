import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { changeUri, openTestDatabase } from '../../src/testing/database.ts';
import { codeIn } from '../../src/testing/mail.ts';
import { newPerson } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { appRouter } from '../../src/trpc/app-router.ts';
import { createCommandCounts, type Work } from '../counted-commands.ts';
import { wrongCode } from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { stored } from '../stored.ts';

const page = readFileSync(new URL('../../../docs/performance.md', import.meta.url), 'utf8');
const section = page.slice(page.indexOf('## Database work'), page.indexOf('## Measured'));
const budget = [...section.matchAll(/^\| (.+?) \| (\d+) \| (\d+) \|$/gm)].map(([, call, commands, rounds]) => ({
  call: `${call}`,
  commands: Number(commands),
  rounds: Number(rounds),
}));

/** What is asked for; a table may promise less work, never more. */
const asked: Record<string, [commands: number, rounds: number]> = {
  '`auth.register`': [3, 3],
  '`auth.login`': [8, 4],
  '`auth.verifyOtp`': [8, 5],
  '`auth.verifyOtp`, wrong code': [5, 4],
  '`auth.refresh`': [3, 2],
  '`user.me`, however many in one turn of the event loop': [1, 1],
  'mail with a code': [4, 4],
  'mail with a notice': [3, 3],
  'mail with a link to reset': [6, 6],
  'a minute at rest': [3, 3],
};

const counts = createCommandCounts();
const measured = new Map<string, Work[]>();
const minutesAtRest = 10;

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let app: TestApp;

async function note(call: string, act: () => Promise<unknown>): Promise<void> {
  measured.set(call, [...(measured.get(call) ?? []), await counts.of(act)]);
}

/** Notes what the worker does with the job that `act` queues. */
async function noteJob(call: string, act: () => Promise<unknown>): Promise<void> {
  await app.mail.settled();
  await counts.takeBackground();
  await act();
  measured.set(call, [...(measured.get(call) ?? []), await counts.takeBackground('delete outbox')]);
}

/** Notes what sending the mail costs that `act` queues. */
async function noteMail(call: string, to: string, act: () => Promise<unknown>): Promise<string> {
  await noteJob(call, act);
  const { text } = await app.mail.waitFor((mail) => mail.to === to && !read.has(mail.id));
  for (const mail of app.mail.list()) read.add(mail.id);
  return text;
}
const read = new Set<string>();

async function signInEveryWay(): Promise<void> {
  const caller = app.caller();
  const person = newPerson();
  let registrationToken = '';
  await note('`auth.register`', async () => {
    ({ registrationToken } = await caller.auth.register({ ...person, confirmPassword: person.password }));
  });
  await note('`auth.changeRegistrationEmail`', () =>
    caller.auth.changeRegistrationEmail({ registrationToken, email: newPerson().email }),
  );

  const owner = await app.account();
  const cookies = new Map<string, string>();
  const browser = (userAgent: string) =>
    app.caller(undefined, {
      userAgent,
      cookies: { get: (name) => cookies.get(name), set: (name, value) => void cookies.set(name, value) },
    });
  await note('`auth.login`, wrong password', () =>
    caller.auth.login({ username: owner.username, password: 'wrong' }).catch(() => undefined),
  );
  await note('`auth.login`, wrong password', () =>
    caller.auth.login({ username: 'nobody', password: 'wrong' }).catch(() => undefined),
  );
  const { users } = stored(app);
  // The first browser; again, in the place of its session; again, that session being over and too many browsers known; a
  // new one, by body.
  for (const [userAgent, tokenDelivery, hasEnded = false] of [
    ['first', 'cookie'],
    ['first', 'cookie'],
    ['first', 'cookie', true],
    ['second', 'body'],
  ] as const) {
    if (hasEnded) {
      const known = Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [`browsers.b${index}`, app.clock.now()]),
      );
      await users.updateOne({ _id: owner.id }, { $set: { sessions: [], ...known } });
    }
    const login = () => browser(userAgent).auth.login({ username: owner.username, password: owner.password });
    let challengeId = '';
    const text = await noteMail('mail with a code', owner.email, () =>
      note('`auth.login`', async () => {
        ({ challengeId } = await login());
      }),
    );
    const otp = codeIn(text);
    await note('`auth.verifyOtp`, wrong code', () =>
      caller.auth.verifyOtp({ challengeId, otp: wrongCode(otp) }).catch(() => undefined),
    );
    // A new browser has no cookie, and its owner is told.
    if (tokenDelivery === 'body') {
      await noteMail('mail with a notice', owner.email, () =>
        note('`auth.verifyOtp`', () => app.caller(undefined, { userAgent }).auth.verifyOtp({ challengeId, otp })),
      );
    } else {
      await note('`auth.verifyOtp`', () => browser(userAgent).auth.verifyOtp({ challengeId, otp, tokenDelivery }));
    }
  }
}

async function useSessions(): Promise<void> {
  const owner = await app.account();
  const [own, other] = [await app.session(owner), await app.session(owner)];
  await note('`user.me`, however many in one turn of the event loop', () => atOnce(20, () => own.caller.user.me()));
  await note('`session.list`', () => own.caller.session.list());
  await note('`user.listActivity`', () => own.caller.user.listActivity({ limit: 5 }));
  await note('`user.exportData`', () => own.caller.user.exportData());
  await note('`session.rename`', () =>
    own.caller.session.rename({ sessionId: other.user.id, name: 'x' }).catch(() => 0),
  );
  const [first] = (await own.caller.session.list()).filter(({ current }) => !current);
  const sessionId = `${first?.id}`;
  await note('`session.rename`', () => own.caller.session.rename({ sessionId, name: 'the other' }));
  await note('`session.confirm`', () => own.caller.session.confirm({ password: owner.password }));
  await note('`session.confirm`', () => own.caller.session.confirm({ password: 'wrong' }).catch(() => 0));
  await note('`user.updateProfile`', () => own.caller.user.updateProfile({ firstName: 'Grace' }));
  const { username } = newPerson();
  await note('`user.changeUsername`', () => own.caller.user.changeUsername({ username }));

  await note('`auth.checkToken`', () => app.caller().auth.checkToken({ token: own.accessToken }));
  await note('`user.exportData`', () => own.caller.user.exportData());

  const { refreshToken } = other;
  let renewed: { accessToken: string } | undefined;
  await note('`auth.refresh`', async () => {
    renewed = await app.caller().auth.refresh({ refreshToken });
  });
  const { accessToken } = renewed ?? other;
  await note('`user.me`, the first with a new token', () => app.caller({ accessToken }).user.me());
  await note('`auth.refresh`', () =>
    app
      .caller()
      .auth.refresh({ refreshToken })
      .catch(() => 0),
  );

  await note('`session.revoke`', () => own.caller.session.revoke({ sessionId }));
  await app.session({ ...owner, username });
  await note('`session.revokeOthers`', () => own.caller.session.revokeOthers());
  const leaving = await app.session({ ...owner, username });
  await note('`auth.logout`', () => app.caller().auth.logout({ refreshToken: leaving.refreshToken }));
}

/** Moves somebody to another address. Gives the code by which the old one can undo that. */
async function moveAway(): Promise<string> {
  const person = await app.person();
  const { email } = newPerson();
  const { challengeId } = await person.caller.user.requestEmailChange({ email, currentPassword: person.password });
  const otp = await app.mail.codeFor({ email });
  await person.caller.user.confirmEmailChange({ challengeId, otp });
  return `${/#code=([\w.-]+)/.exec(await app.mail.linkFor(person))?.[1]}`;
}

async function changeCredentials(): Promise<void> {
  const person = await app.person();
  const caller = app.caller();
  await note('`auth.isUsernameFree`', () => caller.auth.isUsernameFree({ username: person.username }));

  const password = 'another passphrase of some length';
  const change = { password, confirmPassword: password };
  let changed: { accessToken: string } = person;
  await note('`user.changePassword`', async () => {
    changed = await person.caller.user.changePassword({ currentPassword: person.password, ...change });
  });
  const owner = app.caller(changed);
  const { email } = newPerson();
  let challengeId = '';
  const first = await noteMail('mail with a code', email, () =>
    note('`user.requestEmailChange`', async () => {
      ({ challengeId } = await owner.user.requestEmailChange({ email, currentPassword: password }));
    }),
  );
  app.clock.advance('30s');
  const again = await noteMail('mail with a code', email, () =>
    note('`auth.resendOtp`', () => caller.auth.resendOtp({ challengeId })),
  );
  expect(codeIn(again)).not.toBe(codeIn(first));
  await note('`user.confirmEmailChange`', () => owner.user.confirmEmailChange({ challengeId, otp: codeIn(again) }));
  const notice = await app.mail.waitFor(({ to, text }) => to === person.email && text.includes('#code='));
  const undo = /#code=([\w.-]+)/.exec(notice.text)?.[1] ?? '';
  await note('`auth.checkLink`', () => caller.auth.checkLink({ code: undo }));
  await note('`auth.undoEmailChange`', () => caller.auth.undoEmailChange({ code: undo, ...change }));
  await app.mail.settled();
  for (const mail of app.mail.list()) read.add(mail.id);

  const reset = await noteMail('mail with a link to reset', person.email, () =>
    note('`auth.requestPasswordReset`', () => caller.auth.requestPasswordReset({ email: person.email })),
  );
  await noteJob('no mail, where a link to reset is asked for and nobody has the address', () =>
    note('`auth.requestPasswordReset`', () => caller.auth.requestPasswordReset({ email: newPerson().email })),
  );
  const token = /#token=([\w-]+)/.exec(reset)?.[1] ?? '';
  await note('`auth.checkLink`', () => caller.auth.checkLink({ token }));
  await note('`auth.resetPassword`', () => caller.auth.resetPassword({ token, ...change }));

  const code = await moveAway();
  await note('`auth.closeEmailUndo`', () => caller.auth.closeEmailUndo({ code }));

  const leaving = await app.person();
  await note('`user.deleteAccount`', () => leaving.caller.user.deleteAccount({ currentPassword: leaving.password }));
}

async function administer(): Promise<void> {
  const admin = await app.person(undefined, { role: 'admin' });
  await note('`admin.overview`', () => admin.caller.admin.overview({ range: '30d' }));
}

/** Lets so many minutes pass for the timers, half a minute at a time, as nothing that one starts may be skipped by the next. */
async function rest(minutes: number): Promise<void> {
  await app.mail.settled();
  // At rest nothing is counted by the hour: what came before is stored first.
  await app.hourlyCounts.flush();
  await counts.takeBackground();
  const commands: string[] = [];
  for (let half = 0; half < 2 * minutes; half += 1) {
    await counts.runInBackground(async () => vi.advanceTimersByTime(30_000));
    commands.push(...(await counts.takeBackground()).commands);
  }
  // Of all minutes, so that what comes less often counts too.
  const inOne = commands.filter((_, index) => index % minutes === 0);
  measured.set('a minute at rest', [{ commands: inOne, rounds: inOne.length, underWay: 0 }]);
}

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  database = await openTestDatabase();
  const MONGODB_URI = changeUri(database.uri, { options: { monitorCommands: 'true' } });
  app = await counts.runInBackground(() => createTestApp({ env: { MONGODB_URI } }));
  counts.watch(app);
  // Connections are made when they are needed first, and the first event of a day begins its chain.
  await atOnce(10, () => stored(app).users.findOne({ _id: 'nobody' }));
  await app.person();
  await signInEveryWay();
  await useSessions();
  await changeCredentials();
  await administer();
  await rest(minutesAtRest);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  counts.end();
  await database[Symbol.asyncDispose]();
  vi.useRealTimers();
});

it('mail is sent when it is queued, and not when the worker looks next', async () => {
  // Timers that repeat stand still here.
  const { username, password, email } = await app.account();
  await app.caller().auth.login({ username, password });
  expect(codeIn((await app.mail.waitFor(({ to }) => to === email)).text)).not.toBe('');
});

describe('what a call asks of the database', () => {
  it.each(budget)('is at most $commands commands in $rounds rounds: $call', ({ call, commands, rounds }) => {
    const works = measured.get(call) ?? [];
    expect(works.length, 'nobody has counted it').toBeGreaterThan(0);
    for (const work of works) {
      expect(work.commands.length, work.commands.join(', ')).toBeGreaterThan(0);
      expect(work.commands.length, work.commands.join(', ')).toBeLessThanOrEqual(commands);
      expect(work.rounds, work.commands.join(', ')).toBeLessThanOrEqual(rounds);
    }
  });

  it('is told of every procedure but those of administrators, who are few', () => {
    const named = new Set(budget.map(({ call }) => /^`([\w.]+)`/.exec(call)?.[1]));
    const procedures = Object.keys(appRouter._def.procedures);
    expect(procedures.filter((procedure) => !named.has(procedure) && !procedure.startsWith('admin.'))).toEqual([]);
  });

  it('is no more than what was asked for', () => {
    const promised = Object.fromEntries(budget.map(({ call, commands, rounds }) => [call, [commands, rounds]]));
    for (const [call, [commands, rounds]] of Object.entries(asked)) {
      expect(promised[call]?.[0], call).toBeLessThanOrEqual(commands);
      expect(promised[call]?.[1], call).toBeLessThanOrEqual(rounds);
    }
  });
});
