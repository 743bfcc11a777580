import { fileURLToPath } from 'node:url';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Appraise } from '@latchkey/shared/password-judge';
import type { AnyRouter } from '@trpc/server';
import { createClosers, openBackend } from './backend.ts';
import type { Config } from './config.ts';
import type { Hasher } from './domain/outside.ts';
import { createKeys, hmac } from './domain/tokens/keys.ts';
import { createDevInbox } from './http/dev-inbox.ts';
import { isLoopback } from './http/loopback.ts';
import { createChallengeCookie } from './http/rest/challenge-cookie.ts';
import { startHttp } from './http/server.ts';
import { createSpa, type Spa } from './http/spa.ts';
import type { Logger } from './infra/logger.ts';
import type { Mailbox } from './infra/mailbox.ts';
import type { System } from './infra/system.ts';
import { appRouter } from './trpc/app-router.ts';
import type { Context } from './trpc/context.ts';

/** The app as it was built, read from its folder. */
export const readBuiltApp = () => createSpa(fileURLToPath(new URL('../../client/dist', import.meta.url)));

/**
 * Builds the whole product from its settings and starts it. What was opened is closed again, last first, by `close` and
 * where a later step fails. Throws `StartupError` for what an operator can put right.
 * @param onMail shows a mail that the built-in mailbox caught
 * @param mailbox the built-in one where it runs in the process above this one
 * @param hasher computes the hashes of passwords; bcrypt where none is given
 * @param appraise asks the dictionary about passwords; in a thread of this app where none is given
 * @param databaseTimeoutMilliseconds after this long a call is told that the database is away
 * @param router what is served under `/trpc`: ours, or one in which ours is nested
 * @param extend adds what the other procedures of that router need to the context of ours
 * @param adapterOnly sends every call through tRPC's adapter, for tests that compare
 * @param spa serves the app; read anew unless several servers share it
 */
export async function startApp(
  config: Config,
  {
    system,
    logger,
    onMail,
    mailbox: shared,
    hasher,
    appraise,
    databaseTimeoutMilliseconds,
    router = appRouter,
    extend = (context) => context,
    adapterOnly,
    spa = readBuiltApp(),
  }: {
    system: System;
    logger: Logger;
    onMail?: (mail: CaughtMail) => void;
    mailbox?: Mailbox;
    hasher?: Hasher | undefined;
    appraise?: Appraise;
    databaseTimeoutMilliseconds?: number;
    router?: AnyRouter;
    extend?: (context: Context) => Context;
    adapterOnly?: boolean;
    spa?: Spa;
  },
) {
  const closers = createClosers();

  async function start() {
    let { port } = config;
    const backend = await openBackend(config, {
      system,
      logger,
      port: () => port,
      onMail,
      mailbox: shared,
      hasher,
      appraise,
      databaseTimeoutMilliseconds,
    });
    closers.add(backend.close);
    const { services, stores, site, secrets, mongo, mailbox, mailer, mailWorker, metrics } = backend;

    const addressKey = createKeys(secrets)('log-address').current.key;
    const http = await startHttp({
      config,
      site,
      router,
      createContext: (request) => extend({ latchkey: services, request }),
      pingDatabase: mongo.ping,
      challengeCookie: createChallengeCookie({ keys: createKeys(secrets), site }),
      metrics,
      devInbox: mailbox && isLoopback(config.host) ? createDevInbox(mailbox) : undefined,
      spa,
      hashAddress: (ip) => hmac(addressKey, ip),
      adapterOnly,
      system,
      logger,
    });
    ({ port } = http);
    mailWorker.start();
    closers.add(() => Promise.all([http.close(), backend.stopMail()]));

    return {
      port,
      publicUrl: site.publicUrl(),
      embeddedMongoUri: backend.embeddedMongoUri,
      mailbox,
      mailer,
      mailWorker,
      connection: mongo.connection,
      stores,
      services,
      hourlyCounts: backend.hourlyCounts,
      close: closers.close,
    };
  }

  try {
    return await start();
  } catch (error) {
    await closers.close();
    throw error;
  }
}
