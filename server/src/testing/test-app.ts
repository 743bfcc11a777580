import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Appraise } from '@latchkey/shared/password-judge';
import type { AnyRouter } from '@trpc/server';
import { readBuiltApp, startApp } from '../app.ts';
import { loadConfig } from '../config.ts';
import { canonicalKey } from '../domain/names.ts';
import type { Hasher } from '../domain/outside.ts';
import type { Spa } from '../http/spa.ts';
import { createLogger } from '../infra/logger.ts';
import type { Mailbox } from '../infra/mailbox.ts';
import { createPasswordAppraiser } from '../infra/password-appraiser.ts';
import type { AuditRecord } from '../infra/stores/audit-store.ts';
import type { System } from '../infra/system.ts';
import { type AppRouter, appRouter } from '../trpc/app-router.ts';
import type { Context } from '../trpc/context.ts';
import { shapesErrors } from '../trpc/error-formatter.ts';
import { type Clock, createClock, createTestSystem } from './clock.ts';
import { openTestDatabase } from './database.ts';
import { createDoors } from './doors.ts';
import { assertListedErrors } from './listed-errors.ts';
import { createTestMail } from './mail.ts';
import { createOutages } from './outage.ts';
import { createPeople, type Person } from './people.ts';
import { createCall } from './wire.ts';

export interface TestAppOptions<Router extends AnyRouter = AppRouter> {
  /** A router in which ours is nested, to test its own procedures with our people. */
  router?: Router;
  /** Adds what the procedures of that router need to the context of ours. */
  extend?: (context: Context) => Context;
  /** `'fail'` lets the app fail the test at its end where a code was mailed that nobody read. */
  unreadCodes?: 'fail' | 'ignore';
  /** Settings beside those of the tests, by the names of `.env.example`. */
  env?: Record<string, string>;
  /** Computes the hashes of passwords in bcrypt's place. */
  hasher?: Hasher;
  /** After this long a call is told that the database is away: much longer than for real, as a busy machine is no outage. */
  databaseTimeoutMilliseconds?: number;
  /** Sends every call through tRPC's adapter; so do all tests with `TEST_ADAPTER_ONLY=on`. */
  adapterOnly?: boolean;
  /** When the clock of the app stands still at first; now, unless said otherwise. */
  now?: Date;
  /** What all chance of the app comes from: the same seed gives the same ids, codes and tokens. */
  seed?: string;
}

/** What the instances of one test app have in common. */
interface Shared<Router extends AnyRouter> {
  router: Router;
  extend: (context: Context) => Context;
  hasher: Hasher | undefined;
  databaseTimeoutMilliseconds: number;
  adapterOnly: boolean;
  settings: Record<string, string>;
  clock: Clock;
  system: System;
  log: string[];
}

/** What the first app of this process loads for all: the app as it was built, and the dictionary of passwords. */
let loaded: { spa: Spa; appraise: Appraise } | undefined;

const mailedFrom = 'Latchkey <no-reply@latchkey.localhost>';

/** One instance of the product with its doors. With `smtp` its mail goes there instead of into a mailbox of its own. */
async function startInstance<Router extends AnyRouter>(
  { settings, clock, log, ...shared }: Shared<Router>,
  first?: { mailbox: Mailbox | undefined },
) {
  const smtp = first?.mailbox && { SMTP_URL: first.mailbox.smtpUrl, MAIL_FROM: mailedFrom };
  const config = loadConfig({ ...settings, ...smtp });
  const logger = createLogger(config.logLevel, { write: (line: string) => void log.push(line) });
  const { router, extend, system } = shared;
  loaded ??= { spa: readBuiltApp(), appraise: createPasswordAppraiser().appraise };
  const app = await startApp(config, { logger, ...loaded, ...shared });
  const { services, stores, connection, mailer, mailWorker } = app;
  const procedures = router._def.procedures as unknown as Record<string, { _def: { type: string } }>;
  const url = `http://127.0.0.1:${app.port}`;
  const origin = `http://localhost:${app.port}`;
  const doors = createDoors({ router, extend, url, origin, services, system, logger });

  /** Whether a mail is due: neither sent nor put off to a later moment of the clock. */
  async function isMailDue(): Promise<boolean> {
    const now = clock.now();
    const due = { runAt: { $lte: now }, expiresAt: { $gt: now } };
    return (await connection.collection('outbox').findOne(due, { projection: { _id: 1 } })) !== null;
  }

  return {
    ...app,
    ...doors,
    ...createPeople({ stores, services, doors, system, secure: app.publicUrl.startsWith('https:') }),
    ...createOutages({ connection, mailer }),
    url,
    origin,
    clock,
    /** Lines of the log of all instances, as they were written. */
    log,
    mail: createTestMail({
      mailbox: app.mailbox ?? first?.mailbox,
      wake: mailWorker.wake,
      finish: mailWorker.finish,
      isWaiting: isMailDue,
    }),
    audit: {
      /** What happened to an account, oldest first. */
      async of({ username }: Pick<Person, 'username'>): Promise<AuditRecord[]> {
        const user = await stores.users.findByName({ usernameKey: canonicalKey(username) }, clock.now());
        const events = user ? await stores.audit.listOf(user._id, { limit: 1_000 }) : [];
        return events.sort((a, b) => a.at.getTime() - b.at.getTime() || a.chain.place - b.chain.place);
      },
    },
    /** The cookies of somebody signed in, as a context of Playwright takes them: `context.addCookies(app.cookiesFor(ada))`. */
    cookiesFor: ({ cookies }: { cookies: Record<string, string> }) =>
      Object.entries(cookies).map(([name, value]) => ({
        name,
        value,
        domain: 'localhost',
        path: '/',
        expires: -1,
        httpOnly: true,
        secure: false,
        sameSite: 'Strict' as const,
      })),
    /** One call over HTTP with nothing done for the caller: what came back, status and headers with it. */
    call: createCall({ url, isQuery: (path) => procedures[path]?._def.type === 'query' }),
  };
}

type Instance<Router extends AnyRouter> = Awaited<ReturnType<typeof startInstance<Router>>>;

export interface TestApp<Router extends AnyRouter = AppRouter> extends Instance<Router>, AsyncDisposable {
  /** So many instances on one database, clock and mailbox, this one the first. They end with it. */
  instances(count: number): Promise<TestApp<Router>[]>;
}

/** Where in a router ours is nested, as `accounts.`; empty where it is ours. */
const prefixOf = (router: AnyRouter): string =>
  Object.keys(router._def.procedures)
    .find((path) => path.endsWith('auth.verifyOtp'))
    ?.replace('auth.verifyOtp', '') ?? '';

/** Throws where a host's router would send errors without our codes and with what must stay inside. */
function assertShapesErrors(router: AnyRouter): void {
  if (shapesErrors(router._def._config.errorFormatter)) return;
  throw new Error(
    'This router does not shape errors as Latchkey does. Give initTRPC.create: errorFormatter: formatErrors()',
  );
}

/**
 * The whole product on free ports of this machine: real HTTP, real SMTP into the built-in mailbox, a database of its
 * own, a clock that stands still, and chance from a seed. `await using app = await createTestApp()` closes it again.
 */
export async function createTestApp<Router extends AnyRouter = AppRouter>({
  router = appRouter as unknown as Router,
  extend = (context) => context,
  hasher,
  databaseTimeoutMilliseconds = 30_000,
  adapterOnly = process.env.TEST_ADAPTER_ONLY === 'on',
  env = {},
  now = new Date(),
  // A database that is given may hold what the same seed has made.
  seed = env.MONGODB_URI === undefined ? 'latchkey' : randomUUID(),
  unreadCodes = 'ignore',
}: TestAppOptions<Router> = {}): Promise<TestApp<Router>> {
  assertShapesErrors(router);
  const clock = createClock(now);
  const system = createTestSystem({ clock, seed });
  const database = env.MONGODB_URI === undefined ? await openTestDatabase() : undefined;
  const settings = {
    NODE_ENV: 'test',
    PORT: '0',
    DATA_DIR: join(tmpdir(), 'latchkey-test-data'),
    MONGODB_URI: `${database?.uri}`,
    AUTH_SECRETS: system.randomBytes(32).toString('hex'),
    BCRYPT_COST: '4',
    TRUST_PROXY: '1',
    LOG_LEVEL: 'trace',
    ...env,
  };
  const shared: Shared<Router> = {
    router,
    extend,
    hasher,
    databaseTimeoutMilliseconds,
    adapterOnly,
    settings,
    clock,
    system,
    log: [],
  };
  const more: TestApp<Router>[] = [];

  async function startFirst(): Promise<Instance<Router>> {
    try {
      return await startInstance(shared);
    } catch (error) {
      await database?.[Symbol.asyncDispose]();
      throw error;
    }
  }
  const first = await startFirst();

  async function instances(count: number): Promise<TestApp<Router>[]> {
    while (more.length < count - 1) {
      const other = await startInstance(shared, first);
      more.push({ ...other, instances, [Symbol.asyncDispose]: other.close });
    }
    return [app, ...more.slice(0, count - 1)];
  }

  async function close(): Promise<void> {
    for (const other of more) await other.close();
    await first.services.audit.seal();
    await first.hourlyCounts.stop();
    await first.connection.dropDatabase().catch(() => undefined);
    await first.close();
    await database?.[Symbol.asyncDispose]();
  }

  const app: TestApp<Router> = {
    ...first,
    instances,
    async [Symbol.asyncDispose]() {
      try {
        if (unreadCodes === 'fail') await first.mail.assertNoUnreadCodes();
        assertListedErrors(shared.log, prefixOf(router));
      } finally {
        await close();
      }
    },
  };
  return app;
}
