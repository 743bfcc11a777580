import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { initTRPC } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeUri } from '../../src/testing/database.ts';
import { strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { appRouter } from '../../src/trpc/app-router.ts';
import { build } from '../build.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
beforeAll(() => build('server'), 60_000);

/** No program here runs for long enough to earn what optimising its code costs. */
const flags = ['--no-opt'];

/** Runs a program with the kit as it is built, in a process of its own, and gives the lines it wrote; a handle left open would hold it. */
async function runAlone(program: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--input-type=module', '--eval', program], {
    cwd: `${root}/server`,
    timeout: 120_000,
  });
  return stdout.trim().split('\n');
}

describe('the connection string of a test', () => {
  it.each([
    ['mongodb://h:1', 'mongodb://h:1/t'],
    ['mongodb://h:1/?replicaSet=rs', 'mongodb://h:1/t?replicaSet=rs'],
    ['mongodb://ada:p%40ss@h:1,h:2', 'mongodb://ada:p%40ss@h:1,h:2/t?authSource=admin'],
    ['mongodb://ada:pass@h/people', 'mongodb://ada:pass@h/t?authSource=people'],
    ['mongodb+srv://ada:pass@h/?authSource=x', 'mongodb+srv://ada:pass@h/t?authSource=x'],
  ])('keeps user, password and options of %s', (given, expected) => {
    expect(changeUri(given, { database: 't' })).toBe(expected);
  });

  it('takes other hosts and more options', () => {
    const changed = changeUri('mongodb://ada:pass@h:1/t?tls=true', {
      hosts: 'i:2',
      options: { directConnection: 'true' },
    });
    expect(changed).toBe('mongodb://ada:pass@i:2/t?tls=true&authSource=t&directConnection=true');
  });
});

describe('somebody signed in', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('calls by three doors, each with the same result', async () => {
    const ada = await app.person('ada', { role: 'admin' });
    const me = await ada.caller.user.me();
    expect(me).toMatchObject({ username: 'ada', role: 'admin', emailVerified: true });
    expect(await app.local(ada).user.me.query()).toEqual(me);
    expect(await ada.client.user.me.query()).toEqual(me);
    expect((await app.call('user.me', undefined, { token: ada.accessToken })).data).toEqual(me);
  });

  it('is refused by the local door as over the wire', async () => {
    const refused = await Promise.all(
      [app.local(), app.client()].map((client) =>
        client.user.me.query().catch((error: { data: unknown }) => error.data),
      ),
    );
    expect(refused[0]).toEqual(refused[1]);
    expect(refused[0]).toMatchObject({ app: { code: 'UNAUTHENTICATED' } });
  });

  it('has a password that signs in, a cookie that refreshes, and an event in the audit', async () => {
    const ada = await app.person('eve');
    await app.caller().auth.login({ username: 'eve', password: strongPassword });
    const [cookie] = app.cookiesFor(ada);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', domain: 'localhost' });
    const refreshed = await app.call('auth.refresh', {}, { cookies: ada.cookies, headers: { origin: app.origin } });
    expect(refreshed.status).toBe(200);
    expect((await app.audit.of(ada)).map(({ type }) => type)).toContain('signed-in');
  });
});

describe('mail and time', () => {
  it('gives each code once, and fails the test over one that nobody read where that is asked', async () => {
    const app = await createTestApp({ unreadCodes: 'fail' });
    const ada = await app.account('ada');
    const { challengeId } = await app.client().auth.login.mutate({ username: 'ada', password: ada.password });
    await expect(app.mail.assertNoUnreadCodes()).rejects.toThrow('nobody read: ada@example.com');
    const otp = await app.mail.codeFor(ada);
    await expect(app.mail.codeFor(ada)).rejects.toThrow('no unread code');
    const { user } = await app.client().auth.verifyOtp.mutate({ challengeId, otp });
    expect(user.username).toBe('ada');
    await app.client().auth.login.mutate({ username: 'ada', password: ada.password });
    await expect(app[Symbol.asyncDispose]()).rejects.toThrow('nobody read');
  });

  it('stands still until the clock is moved', async () => {
    await using app = await createTestApp({ now: new Date('2031-05-01T12:00:00Z') });
    const ada = await app.person('ada');
    expect(ada.accessTokenExpiresAt).toBe('2031-05-01T12:10:00.000Z');
    app.clock.advance('9m');
    expect((await ada.caller.user.me()).username).toBe('ada');
    app.clock.advance('91s');
    await expect(ada.caller.user.me()).rejects.toThrow('Please sign in.');
  });

  it('is the same in each run: ids and tokens come from the seed', async () => {
    const now = new Date('2031-05-01T12:00:00Z');
    const tokens = [];
    for (const seed of ['one', 'one', 'two']) {
      await using app = await createTestApp({ now, seed });
      tokens.push((await app.person('ada')).accessToken);
    }
    expect(tokens[1]).toBe(tokens[0]);
    expect(tokens[2]).not.toBe(tokens[0]);
  });
});

describe('failing on purpose', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await createTestApp();
  });
  afterAll(() => app[Symbol.asyncDispose]());

  it('takes the database away and gives it back', async () => {
    const ada = await app.person('ada');
    {
      using _outage = app.fail('mongo');
      await expect(ada.client.user.me.query()).rejects.toMatchObject({ data: { app: { code: 'UNAVAILABLE' } } });
    }
    expect((await ada.client.user.me.query()).username).toBe('ada');
  });

  it('takes the mail server away; the code comes once it is back and the clock has moved', async () => {
    const ada = await app.account('eve');
    const outage = app.fail('smtp');
    await app.client().auth.login.mutate({ username: 'eve', password: ada.password });
    await expect(app.mail.codeFor(ada)).rejects.toThrow('no mail at all');
    outage.end();
    app.clock.advance('61s');
    expect(await app.mail.codeFor(ada)).toMatch(/^\d{6}$/);
  });
});

/**
 * Half of two hundred tests, in three apps, two of which live at once. Each test makes a person of its own, in apps where
 * everybody has the same names; the first of each app throws, and every fifth calls over the wire.
 */
const twoHundredTests = `
  import { setImmediate } from 'node:timers/promises';
  import { createTestApp } from '@latchkey/server/testing';

  /** What keeps this process alive, by kind. */
  const handles = () => process.getActiveResourcesInfo().filter((kind) => kind !== 'Immediate').sort();

  async function test(app, index) {
    const ada = await app.person('ada' + index);
    if (index === 0) throw new Error('as some tests do');
    const list = index % 5 === 1 ? ada.client.session.list.query : ada.caller.session.list;
    const [sessions, events] = await Promise.all([list(), app.audit.of(ada)]);
    return sessions.length === 1 && events.length === 1 && sessions[0].createdAt === app.clock.now().toISOString();
  }

  async function testApp(index) {
    const app = await createTestApp({ now: new Date(Date.UTC(2031, 0, 1 + index)) });
    try {
      app.clock.advance(index);
      const outcomes = [];
      for (let person = 0; person < 34; person += 1) outcomes.push(...(await Promise.allSettled([test(app, person)])));
      return outcomes;
    } finally {
      await app[Symbol.asyncDispose]();
    }
  }

  const before = handles();
  const results = [];
  for (const apps of [[0, 1], [2]]) results.push(...(await Promise.all(apps.map(testApp))).flat());
  // Sockets that were closed are gone a moment later.
  const deadline = performance.now() + 10_000;
  while (handles().length > before.length && performance.now() < deadline) await setImmediate();
  const passed = results.filter(({ value }) => value === true).length;
  const thrown = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
  console.log(JSON.stringify({ passed, thrown, before, after: handles() }));
`;

/** Behind it: calls a procedure of ours in a host's router that shapes no errors, and shows what comes of it. */
const unshapedCall = `
  import { initTRPC } from '@trpc/server';
  import { latchkeyRouter } from '@latchkey/server/latchkey';

  const app = await createTestApp();
  const router = initTRPC.create().router({ accounts: latchkeyRouter });
  const context = { latchkey: app.services, request: app.requestOf(undefined), hosted: true };
  await router.createCaller(context).accounts.user.me().catch(({ message }) => console.log(message));
  await app[Symbol.asyncDispose]();
`;

it('instances share database, clock and mailbox', async () => {
  await using app = await createTestApp();
  const [, other] = await app.instances(2);
  const ada = await app.person('ada');
  expect((await other?.caller(ada).user.me())?.username).toBe('ada');
});

describe('several at once', () => {
  let reports: string[];
  let unshaped: string;
  beforeAll(async () => {
    const outputs = await Promise.all([runAlone(twoHundredTests), runAlone(`${twoHundredTests}${unshapedCall}`)]);
    reports = outputs.map(([report = '']) => report);
    unshaped = `${outputs[1][1]}`;
  }, 120_000);

  it('two workers with two hundred tests share no state and leave no handle open, also where tests throw', () => {
    for (const report of reports) {
      const { before, after, ...results } = JSON.parse(report);
      expect(results).toEqual({ passed: 99, thrown: Array(3).fill('as some tests do') });
      // What was there before may have gone; nothing may have come.
      for (const handle of before) if (after.includes(handle)) after.splice(after.indexOf(handle), 1);
      expect(after).toEqual([]);
    }
  });

  it("a host's router without our formatter answers the first call with the line to add, and not with an error that nobody masks", () => {
    expect(unshaped).toContain('errorFormatter: formatErrors()');
  });
});

it("a host's router without our formatter is refused with the line to add", async () => {
  const t = initTRPC.create();
  await expect(createTestApp({ router: t.router({ accounts: appRouter }) })).rejects.toThrow(
    'errorFormatter: formatErrors()',
  );
});
