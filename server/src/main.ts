import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { type App, startApp } from './app.ts';
import { type Config, loadConfig } from './config.ts';
import { StartupError } from './errors.ts';
import { isLoopback } from './http/loopback.ts';
import { createLogger } from './infra/logger.ts';
import { createSystem } from './infra/system.ts';
import { sumWorkerMetrics } from './infra/worker-metrics.ts';

/** A shutdown is cut short after this long, whatever is still under way: service managers kill after ten seconds. */
const shutdownMilliseconds = 9_500;
/** Keeps a worker that dies at once, as while the database is away, from being replaced in a tight loop. */
const reforkMilliseconds = 1_000;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Shows a mail that a mail server would have delivered. */
function showMail({ to, subject, text }: CaughtMail): void {
  const code = /\b\d{6}\b/.exec(text)?.[0];
  const link = /https?:\/\/\S+#\S+/.exec(text)?.[0];
  say(`  mail  ${to} · ${subject}${code ? ` · ${code}` : ''}${link ? `\n        ${link}` : ''}`);
}

function greet(app: App, config: Config): void {
  const rows = [['app', app.publicUrl]];
  if (app.mailbox && isLoopback(config.host))
    rows.push(['inbox', `${app.publicUrl}/dev/inbox  (built-in; set SMTP_URL to send real mail)`]);
  if (app.embeddedMongoUri) {
    rows.push(['database', `${app.embeddedMongoUri}  (embedded; set MONGODB_URI to use a MongoDB server)`]);
  }
  if (app.embeddedMongoUri || !config.authSecrets) {
    rows.push(['data', `${resolve(config.dataDir)}  (accounts and keys; delete it to start afresh)`]);
  }
  say(`\n  Latchkey is ready\n\n${rows.map(([name, value]) => `  ${name?.padEnd(10)}${value}`).join('\n')}\n`);
}

function fail(error: unknown): never {
  const line = error instanceof StartupError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

/** The sign that people elsewhere are to reach a server that is set up for one machine; undefined where there is none. */
function signOfDeployment({ production, publicUrl, host }: Config): string | undefined {
  if (production) return undefined;
  if (publicUrl?.startsWith('https:')) return `PUBLIC_URL is ${publicUrl}`;
  return isLoopback(host) ? undefined : `HOST is ${host}`;
}

function warnOfDeployment(config: Config): void {
  const sign = signOfDeployment(config);
  if (sign === undefined) return;
  const mail = config.smtpUrl
    ? 'the checks of production on SMTP_URL and the other settings are off'
    : 'SMTP_URL is not set, so mail reaches nobody and its codes are not shown here';
  process.stderr.write(
    `\n  WARNING  ${sign}, but NODE_ENV is not production: ${mail}.\n           Set NODE_ENV=production and what it asks for.\n\n`,
  );
}

async function serve(config: Config): Promise<void> {
  const app = await startApp(config, {
    system: createSystem(),
    logger: createLogger(config.logLevel).child({
      instance: `${hostname()}:${config.port}`,
      worker: cluster.worker?.id ?? 0,
    }),
    ...(signOfDeployment(config) === undefined && { onMail: showMail }),
  });
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      setTimeout(() => process.exit(1), shutdownMilliseconds).unref();
      app.close().then(() => process.exit(0), fail);
    });
  }
  if (!cluster.isPrimary) return;
  warnOfDeployment(config);
  greet(app, config);
}

/** Runs `WORKERS` processes and replaces one that dies. */
function superviseWorkers(config: Config): void {
  let closing = false;
  sumWorkerMetrics();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      closing = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal);
    });
  }
  let ready = false;
  cluster.on('listening', () => {
    if (ready) return;
    ready = true;
    warnOfDeployment(config);
    say(`\n  Latchkey is ready at ${config.publicUrl ?? `http://localhost:${config.port}`}\n`);
  });
  cluster.on('exit', (_worker, code) => {
    if (closing) return;
    if (!ready) process.exit(code || 1);
    setTimeout(() => cluster.fork(), reforkMilliseconds);
  });
  for (let index = 0; index < config.workers; index += 1) cluster.fork();
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  // Whatever is written is for this user only.
  process.umask(0o077);
  if (config.workers > 1 && cluster.isPrimary) superviseWorkers(config);
  else await serve(config);
} catch (error) {
  fail(error);
}
