import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Appraise } from '@latchkey/shared/password-judge';
import type { Config } from './config.ts';
import { openDatabase } from './database.ts';
import { fillNameKeys } from './domain/admin/name-keys.ts';
import { parallelMails } from './domain/mail/worker.ts';
import type { Hasher } from './domain/outside.ts';
import { createServices } from './domain/services.ts';
import { createSite } from './domain/site.ts';
import type { Logger } from './infra/logger.ts';
import { type Mailbox, startMailbox } from './infra/mailbox.ts';
import { createMailer } from './infra/mailer.ts';
import { createMetrics } from './infra/metrics.ts';
import { createPasswordAppraiser } from './infra/password-appraiser.ts';
import { loadSecretsFile } from './infra/secrets-file.ts';
import type { System } from './infra/system.ts';

/** A database that hangs is told to the caller within two seconds. */
const defaultDatabaseTimeoutMilliseconds = 1_500;
/** Mails under way get this long to end at a shutdown; those that are cut are sent again by whoever runs next. */
const mailGraceMilliseconds = 5_000;

/** What is opened in order and closed in reverse, all of it whatever fails on the way. */
export function createClosers() {
  const closers: (() => unknown)[] = [];
  return {
    add: (closer: () => unknown) => void closers.push(closer),
    async close(): Promise<void> {
      const errors: unknown[] = [];
      for (let closer = closers.pop(); closer; closer = closers.pop()) {
        try {
          await closer();
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) throw new AggregateError(errors, 'not everything could be closed');
    },
  };
}

/**
 * Everything behind the procedures: database with its indexes, mail with its worker, and the rules. What was opened is
 * closed again, last first, by `close` and where a later step fails. Throws `StartupError` for what an operator can put
 * right.
 * @param port gives the port that browsers reach it on while `PUBLIC_URL` is unset
 * @param onMail shows a mail that the built-in mailbox caught
 * @param mailbox the built-in one where it runs elsewhere
 * @param hasher computes the hashes of passwords; bcrypt where none is given
 * @param appraise asks the dictionary about passwords; in a thread of this backend where none is given
 * @param databaseTimeoutMilliseconds after this long a call is told that the database is away
 */
export async function openBackend(
  config: Config,
  {
    system,
    logger,
    port,
    onMail,
    mailbox: shared,
    hasher,
    appraise,
    databaseTimeoutMilliseconds = defaultDatabaseTimeoutMilliseconds,
  }: {
    system: System;
    logger: Logger;
    port: () => number;
    onMail?: ((mail: CaughtMail) => void) | undefined;
    mailbox?: Mailbox | undefined;
    hasher?: Hasher | undefined;
    appraise?: Appraise | undefined;
    databaseTimeoutMilliseconds?: number | undefined;
  },
) {
  const { add, close } = createClosers();

  async function open() {
    const secrets = config.authSecrets ?? (await loadSecretsFile(config.dataDir, system));

    const metrics = createMetrics();
    const database = await openDatabase(config, {
      system,
      logger,
      timeoutMilliseconds: databaseTimeoutMilliseconds,
      observe: metrics.databaseTook,
    });
    add(database.close);
    const { stores } = database;

    const mailbox =
      shared ?? (config.smtpUrl ? undefined : await startMailbox({ now: system.now, ...(onMail && { onMail }) }));
    if (mailbox) add(mailbox.close);
    const mailer = createMailer({
      smtpUrl: config.smtpUrl ?? `${mailbox?.smtpUrl}`,
      from: config.mailFrom,
      connections: parallelMails,
    });
    add(mailer.close);

    const site = createSite(config, port);
    const appraiser = createPasswordAppraiser();
    add(appraiser.close);
    const { procedures, mailWorker, decoys, erasures, hourlyCounts, hashQueue } = createServices({
      stores,
      mailer,
      site,
      system,
      logger,
      metrics,
      secrets,
      rules: config,
      appraise: appraise ?? appraiser.appraise,
      hasher,
    });
    add(procedures.audit.seal);
    hourlyCounts.start((error) => logger.warn({ err: error }, 'the counts of the hour could not be stored'));
    add(hourlyCounts.stop);
    metrics.watch({ mail: mailWorker.health, hashQueue });
    await procedures.admins.repair();
    await fillNameKeys(stores.users);
    await decoys.learn();
    decoys.start((error) => logger.warn({ err: error }, 'the accounts could not be sampled'));
    add(decoys.stop);
    erasures.start((error) => logger.warn({ err: error }, 'addresses of accounts that ended could not be erased'));
    add(erasures.stop);

    /** Lets the mails under way finish; a mail server that hangs would hold the process for as long as an attempt may take. */
    async function stopMail(): Promise<void> {
      const cutMail = setTimeout(mailer.close, mailGraceMilliseconds);
      await mailWorker.stop();
      clearTimeout(cutMail);
    }

    return {
      services: procedures,
      stores,
      site,
      secrets,
      mongo: database,
      embeddedMongoUri: database.embeddedUri,
      mailbox,
      mailer,
      mailWorker,
      stopMail,
      hourlyCounts,
      metrics,
      close,
    };
  }

  try {
    return await open();
  } catch (error) {
    await close();
    throw error;
  }
}
