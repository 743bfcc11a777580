import { procedureErrors } from '@latchkey/shared/procedure-errors';
import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleInput } from '../../reference/examples.ts';
import { listProcedures } from '../../reference/pages.ts';
import { toJsonSchema } from '../../reference/type-text.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { appRouter } from '../../src/trpc/app-router.ts';
import { confirmedProcedure, protectedProcedure, router } from '../../src/trpc/trpc.ts';
import { stored, storedUser } from '../stored.ts';

const quarter = 900;
const rule = { maxAgeSeconds: quarter, strength: 'any' } as const;

const adminProcedure = protectedProcedure.use(({ ctx, next }) => {
  if (ctx.viewer.user.role !== 'admin') throw new TRPCError({ code: 'FORBIDDEN' });
  return next();
});

/** Procedures that need a confirmation, beside those of ours. */
const officeRouter = router({
  accounts: appRouter,
  office: router({
    enter: confirmedProcedure(rule).query(() => 'in'),
    openSafe: confirmedProcedure({ ...rule, maxAgeSeconds: 60 }).query(() => 'open'),
    manage: confirmedProcedure(rule, adminProcedure).query(() => 'done'),
  }),
});
type Office = TestApp<typeof officeRouter>;

/** Those of ours, as the router has them: a new one is tried without a word here. */
const confirmedProcedures = listProcedures().filter(({ meta }) => meta.confirmed);

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let app: Office;
/** The commands that the database was sent. */
let commands: string[];

beforeAll(async () => {
  database = await openTestDatabase();
  app = await createTestApp({ router: officeRouter, env: { MONGODB_URI: `${database.uri}?monitorCommands=true` } });
  commands = [];
  app.connection.getClient().on('commandStarted', ({ commandName }) => void commands.push(commandName));
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

type Holder = { accessToken: string; refreshToken: string };
const outcome = async (path: string, { accessToken }: Holder, input?: unknown) => {
  const response = await app.call(path, input, { token: accessToken });
  return response.status === 200 ? 'ok' : (response.code ?? response.error.data.code);
};
const enter = (who: Holder) => outcome('office.enter', who);
const confirm = (who: Holder, password: string) =>
  app.call<{ confirmedUntil: string }>('accounts.session.confirm', { password }, { token: who.accessToken });

/** The same session some time later, with tokens that have not run out. */
async function later<Who extends Holder>(who: Who, seconds: number): Promise<Who> {
  app.clock.advance(seconds);
  const fresh = await app.call<Holder>('accounts.auth.refresh', { refreshToken: who.refreshToken });
  return { ...who, ...fresh.data };
}

describe('a confirmation', () => {
  it('is a sign-in too, and holds for a quarter of an hour that no refresh prolongs or ends', async () => {
    let ada = await app.person();
    expect(await enter(ada)).toBe('ok');
    ada = await later(ada, quarter - 1);
    expect(await enter(ada)).toBe('ok');
    ada = await later(ada, 1);
    const refused = await app.call('office.enter', undefined, { token: ada.accessToken });
    expect([refused.status, refused.error.data.app]).toEqual([
      403,
      { code: 'REAUTHENTICATION_REQUIRED', details: { maxAgeSeconds: quarter, methods: ['password'] } },
    ]);

    const confirmed = await confirm(ada, ada.password);
    expect(confirmed.data).toEqual({
      confirmedUntil: new Date(app.clock.now().getTime() + quarter * 1000).toISOString(),
    });
    ada = await later(ada, quarter - 1);
    expect(await enter(ada)).toBe('ok');
    expect(await enter(await later(ada, 1))).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('may be asked for that is younger than that', async () => {
    const ada = await app.person();
    expect(await outcome('office.openSafe', ada)).toBe('ok');
    app.clock.advance(60);
    expect([await outcome('office.openSafe', ada), await enter(ada)]).toEqual(['REAUTHENTICATION_REQUIRED', 'ok']);
  });

  it('is of its own session only', async () => {
    const account = await app.account();
    const [here, there] = [await app.session(account), await app.session(account)];
    const [phone, laptop] = [await later(here, quarter), await later(there, 0)];
    await confirm(phone, account.password);
    expect([await enter(phone), await enter(laptop)]).toEqual(['ok', 'REAUTHENTICATION_REQUIRED']);
  });

  it('changes nothing but the time in the session, and brings nothing but when it ends', async () => {
    const ada = await later(await app.person(), quarter);
    await enter(ada);
    const before = await storedUser(app, ada);
    const confirmed = await confirm(ada, ada.password);
    expect([Object.keys(confirmed.data), confirmed.headers.getSetCookie()]).toEqual([['confirmedUntil'], []]);
    const after = await storedUser(app, ada);
    const confirmedAt = app.clock.now();
    expect(after).toEqual({ ...before, sessions: before.sessions.map((session) => ({ ...session, confirmedAt })) });
  });

  it('needs the password', async () => {
    const ada = await later(await app.person(), quarter);
    expect((await confirm(ada, 'not the password')).code).toBe('INVALID_CREDENTIALS');
    expect(await enter(ada)).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('is none of a session that an earlier version opened', async () => {
    const ada = await app.person();
    await stored(app).users.updateOne({ _id: ada.user.id }, { $unset: { 'sessions.0.confirmedAt': '' } });
    expect(await enter(ada)).toBe('REAUTHENTICATION_REQUIRED');
    await confirm(ada, ada.password);
    expect(await enter(ada)).toBe('ok');
  });

  it('of a thief keeps no session alive that its owner ends at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const account = await app.account();
      const [owner, thief] = [await app.session(account), await app.session(account)];
      const [confirmed, revoked] = await Promise.all([
        confirm(thief, account.password),
        app.call('accounts.session.revokeOthers', undefined, { token: owner.accessToken }),
      ]);
      expect([200, 401]).toContain(confirmed.status);
      expect(revoked.data).toEqual({ revoked: 1 });
      expect(await enter(thief)).toBe('UNAUTHENTICATED');
      expect((await storedUser(app, account)).sessions).toHaveLength(1);
    }
  });

  it('is looked for in the account as it was read for the call: it costs no command of its own', async () => {
    const ada = await app.person();
    const commandsOf = async (path: string) => {
      commands.length = 0;
      expect(await outcome(path, ada)).toBe('ok');
      return [...commands];
    };
    await commandsOf('accounts.user.me');
    expect(await commandsOf('office.enter')).toEqual(['find']);
  });
});

describe('a procedure that needs a confirmation', () => {
  it('is one that lists REAUTHENTICATION_REQUIRED among its errors', () => {
    const listing = listProcedures().filter(({ path }) =>
      (procedureErrors[path] as readonly string[]).includes('REAUTHENTICATION_REQUIRED'),
    );
    expect(confirmedProcedures.map(({ path }) => path)).toEqual(listing.map(({ path }) => path));
  });

  it('refuses a session that is not confirmed, before its input is looked at, and changes nothing', async () => {
    const admin = await later(await app.person(undefined, { role: 'admin' }), quarter);
    await outcome('office.manage', admin);
    const before = await storedUser(app, admin);
    for (const { path, input } of confirmedProcedures) {
      const example = input && exampleInput(toJsonSchema(input, 'input'));
      for (const given of [example, { nobody: 'knows' }]) {
        expect([path, await outcome(`accounts.${path}`, admin, given)]).toEqual([path, 'REAUTHENTICATION_REQUIRED']);
      }
    }
    expect(await storedUser(app, admin)).toEqual(before);
    expect(await outcome('office.manage', admin)).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('refuses whoever may not call it for that, confirmed or not: nobody confirms what they may not do', async () => {
    const ada = await app.person();
    expect(await outcome('office.manage', ada)).toBe('FORBIDDEN');
    expect(await outcome('office.manage', await later(ada, quarter))).toBe('FORBIDDEN');
  });
});
