import cluster from 'node:cluster';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Config } from './config.ts';
import { openEmbeddedMongo } from './database.ts';
import type { Logger } from './infra/logger.ts';
import { startMailbox } from './infra/mailbox.ts';
import { loadSecretsFile } from './infra/secrets-file.ts';
import { shareMailbox } from './infra/shared-mailbox.ts';
import type { System } from './infra/system.ts';
import { sumWorkerMetrics } from './infra/worker-metrics.ts';

/** Keeps a worker that dies at once, as while the database is away, from being replaced in a tight loop. */
const reforkMilliseconds = 1_000;

/** What of the built-in parts runs in the process above the workers, as each of them is told. */
export interface BuiltIns {
  mongoUri?: string;
  smtpUrl?: string;
}

/**
 * Runs `WORKERS` processes and replaces one that dies. What is built in and must be there once (the embedded database, the
 * mailbox, the file of secrets) is opened in this process before the first of them. Gives the port that they share, once
 * one of them listens, and an end of everything: of the workers first.
 * @param variable the environment variable that hands a worker its `BuiltIns` as JSON
 */
export async function startWorkers(
  config: Config,
  {
    system,
    logger,
    onMail,
    variable,
  }: { system: System; logger: Logger; onMail?: ((mail: CaughtMail) => void) | undefined; variable: string },
) {
  if (!config.authSecrets) await loadSecretsFile(config.dataDir, system);
  const mongo = config.mongodbUri ? undefined : await openEmbeddedMongo(config.dataDir, { system, logger });
  const mailbox = config.smtpUrl ? undefined : await startMailbox({ now: system.now, ...(onMail && { onMail }) });
  const builtIns: BuiltIns = { ...(mongo && { mongoUri: mongo.uri }), ...(mailbox && { smtpUrl: mailbox.smtpUrl }) };
  if (mailbox) shareMailbox(mailbox);
  sumWorkerMetrics();

  let closing = false;
  const fork = () => cluster.fork({ [variable]: JSON.stringify(builtIns) });
  const listening = new Promise<number>((resolve) => {
    let ready = false;
    cluster.on('listening', (_worker, { port }) => {
      ready = true;
      resolve(port);
    });
    cluster.on('exit', (_worker, code) => {
      if (closing) return;
      if (ready) setTimeout(() => closing || fork(), reforkMilliseconds);
      // It has said why.
      else process.exit(code || 1);
    });
  });
  for (let index = 0; index < config.workers; index += 1) fork();

  async function close(): Promise<void> {
    closing = true;
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);
    await Promise.all(
      workers.map((worker) => {
        const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
        worker.kill('SIGTERM');
        return exited;
      }),
    );
    await mailbox?.close();
    await mongo?.close();
  }

  return { port: await listening, mongoUri: mongo?.uri, hasMailbox: mailbox !== undefined, close };
}
