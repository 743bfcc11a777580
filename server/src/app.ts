import { fileURLToPath } from 'node:url';
import { EmbeddedMongoError, startEmbeddedMongo } from '@latchkey/embedded-mongo';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Config } from './config.ts';
import type { Stores } from './domain/outside.ts';
import type { Hasher } from './domain/passwords.ts';
import type { RequestInfo } from './domain/request.ts';
import { createServices } from './domain/services.ts';
import { createSite } from './domain/site.ts';
import { createKeys, hmac } from './domain/tokens/keys.ts';
import { StartupError } from './errors.ts';
import { createDevInbox } from './http/dev-inbox.ts';
import { isLoopback } from './http/loopback.ts';
import { startHttp } from './http/server.ts';
import { createAuditStore } from './infra/audit-store.ts';
import { createChallengesStore } from './infra/challenges-store.ts';
import { closeDataFolder, openDataFolder } from './infra/data-folder.ts';
import { createFailuresStore } from './infra/failures-store.ts';
import type { Logger } from './infra/logger.ts';
import { startMailbox } from './infra/mailbox.ts';
import { createMailer } from './infra/mailer.ts';
import { createMetrics } from './infra/metrics.ts';
import { type Connection, connectMongo } from './infra/mongo.ts';
import { createOutboxStore } from './infra/outbox-store.ts';
import { createPasswordAppraiser } from './infra/password-appraiser.ts';
import { createRateLimitStore } from './infra/rate-limit-store.ts';
import { loadSecretsFile } from './infra/secrets-file.ts';
import type { System } from './infra/system.ts';
import { createUsersStore } from './infra/users-store.ts';
import { type Caller, createCaller } from './trpc/app-router.ts';

const builtApp = fileURLToPath(new URL('../../client/dist', import.meta.url));

/** Mails under way get this long to end at a shutdown; those that are cut are sent again by whoever runs next. */
const mailGraceMilliseconds = 5_000;

/** Makes the stores and waits for their indexes: uniqueness must hold before the first registration. */
async function openStores(connection: Connection): Promise<Stores> {
  const stores = {
    users: createUsersStore(connection),
    challenges: createChallengesStore(connection),
    outbox: createOutboxStore(connection),
    failures: createFailuresStore(connection),
    rateLimits: createRateLimitStore(connection),
    audit: createAuditStore(connection),
  };
  await Promise.all(Object.values(stores).map((store) => store.createIndexes()));
  return stores;
}

/** The embedded database in a folder below `DATA_DIR`. Throws `StartupError` where the folder cannot be used. */
async function openEmbeddedMongo(dataDir: string, { system, logger }: { system: System; logger: Logger }) {
  const folder = await openDataFolder(dataDir);
  try {
    const embeddedMongo = await startEmbeddedMongo({
      dataDir: folder,
      now: () => system.now().getTime(),
      onError: (error) => logger.error({ err: error }, 'embedded database'),
    });
    // The database makes its files with whatever rights the process allows.
    await closeDataFolder(dataDir);
    return embeddedMongo;
  } catch (error) {
    throw error instanceof EmbeddedMongoError ? new StartupError(error.message, { cause: error }) : error;
  }
}

/**
 * Builds the whole product from its settings and starts it. What was opened is closed again, last first, by `close` and
 * where a later step fails. Throws `StartupError` for what an operator can put right.
 * @param onMail shows a mail that the built-in mailbox caught
 * @param hasher computes the hashes of passwords; bcrypt where none is given
 */
export async function startApp(
  config: Config,
  {
    system,
    logger,
    onMail,
    hasher,
  }: { system: System; logger: Logger; onMail?: (mail: CaughtMail) => void; hasher?: Hasher | undefined },
) {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    const errors: unknown[] = [];
    for (let closer = closers.pop(); closer; closer = closers.pop()) {
      try {
        await closer();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
  };

  async function start() {
    const secrets = config.authSecrets ?? (await loadSecretsFile(config.dataDir, system));

    const embeddedMongo = config.mongodbUri ? undefined : await openEmbeddedMongo(config.dataDir, { system, logger });
    if (embeddedMongo) closers.push(embeddedMongo.close);
    const mongo = await connectMongo({ uri: config.mongodbUri ?? `${embeddedMongo?.uri}`, logger });
    closers.push(mongo.close);
    const stores = await openStores(mongo.connection);

    const mailbox = config.smtpUrl ? undefined : await startMailbox({ now: system.now, ...(onMail && { onMail }) });
    if (mailbox) closers.push(mailbox.close);
    const mailer = createMailer({ smtpUrl: config.smtpUrl ?? `${mailbox?.smtpUrl}`, from: config.mailFrom });
    closers.push(mailer.close);

    let { port } = config;
    const site = createSite(config, () => port);
    const appraiser = createPasswordAppraiser();
    closers.push(appraiser.close);
    const { procedures, mailWorker, decoys, hashQueue } = createServices({
      stores,
      mailer,
      site,
      system,
      logger,
      secrets,
      rules: config,
      appraise: appraiser.appraise,
      hasher,
    });
    await decoys.learn();
    decoys.start((error) => logger.warn({ err: error }, 'the accounts could not be sampled'));
    closers.push(decoys.stop);

    const addressKey = createKeys(secrets)('log-address').current.key;

    const metrics = createMetrics({ mail: mailWorker.health, hashQueue });
    const http = await startHttp({
      config,
      site,
      services: procedures,
      pingDatabase: mongo.ping,
      metrics,
      devInbox: mailbox && isLoopback(config.host) ? createDevInbox(mailbox) : undefined,
      appFolder: builtApp,
      hashAddress: (ip) => hmac(addressKey, ip),
      system,
      logger,
    });
    ({ port } = http);
    mailWorker.start();
    closers.push(async () => {
      // A mail server that hangs would hold the process for as long as an attempt may take.
      const cutMail = setTimeout(mailer.close, mailGraceMilliseconds);
      await Promise.all([http.close(), mailWorker.stop()]);
      clearTimeout(cutMail);
    });

    return {
      port,
      publicUrl: site.publicUrl(),
      embeddedMongoUri: embeddedMongo?.uri,
      mailbox,
      mailWorker,
      connection: mongo.connection,
      /** Calls procedures without HTTP, as the given caller. */
      createCaller: (request: RequestInfo): Caller => createCaller({ ...procedures, request }),
      close,
    };
  }

  try {
    return await start();
  } catch (error) {
    await close();
    throw error;
  }
}

export type App = Awaited<ReturnType<typeof startApp>>;
