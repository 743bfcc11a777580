import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type App, startApp } from './app.ts';
import { type Config, ConfigError, loadConfig } from './config.ts';
import { EmbeddedMongoError } from './embedded-mongo/server.ts';
import { createLogger } from './infra/logger.ts';
import type { CaughtMail } from './infra/mailbox.ts';
import { isDatabaseAway, MongoUriError } from './infra/mongo.ts';
import { SecretsFileError } from './infra/secrets-file.ts';
import { createSystem } from './infra/system.ts';
import { isLoopback } from './loopback.ts';

/** MongoDB's code for a wrong user or password. */
const authenticationFailed = 18;
/** What is still under way when a signal came is cut after this long. */
const shutdownMilliseconds = 20_000;
/** A worker that dies at once, as while the database is away, is not replaced in a tight loop. */
const reforkMilliseconds = 1_000;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** The mailbox's display: what a mail server would have delivered. */
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

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'code' in error;

/** The one clear line for what an operator can put right; undefined for what only we can. */
function explain(error: unknown, config: Config | undefined): string | undefined {
  const ours = [ConfigError, SecretsFileError, EmbeddedMongoError, MongoUriError];
  if (error instanceof Error && ours.some((kind) => error instanceof kind)) return error.message;
  if (isDatabaseAway(error)) return 'The database at MONGODB_URI cannot be reached.';
  if (!isSystemError(error)) return undefined;
  if (Number(error.code) === authenticationFailed)
    return 'The database at MONGODB_URI refuses the user or the password.';
  if (error.code === 'EADDRINUSE') return `Port ${config?.port} is taken. Set PORT to another one.`;
  // Names of MongoDB servers are looked up by other calls than the name of HOST.
  if (error.syscall?.startsWith('query')) return 'The database at MONGODB_URI cannot be reached.';
  if (['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'].includes(String(error.code))) {
    return `HOST ${config?.host} is not an address of this machine.`;
  }
  if (error.code === 'EACCES' && error.syscall === 'listen') {
    return `Port ${config?.port} needs more rights than this process has. Set PORT to another one.`;
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOSPC'].includes(String(error.code))) {
    return `DATA_DIR ${config?.dataDir} cannot be written (${error.code}).`;
  }
  return undefined;
}

function fail(error: unknown, config: Config | undefined): never {
  const line = explain(error, config) ?? (error instanceof Error ? `${error.stack}` : String(error));
  process.stderr.write(`${line}\n`);
  process.exit(1);
}

async function serve(config: Config): Promise<void> {
  const app = await startApp(config, {
    system: createSystem(),
    logger: createLogger(config.logLevel),
    onMail: showMail,
  });
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      setTimeout(() => process.exit(1), shutdownMilliseconds).unref();
      app.close().then(
        () => process.exit(0),
        (error: unknown) => fail(error, config),
      );
    });
  }
  if (cluster.isPrimary) greet(app, config);
}

/** Runs `WORKERS` processes and replaces one that dies. */
function superviseWorkers(config: Config): void {
  let closing = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      closing = true;
      for (const worker of Object.values(cluster.workers ?? {})) worker?.kill(signal);
    });
  }
  let ready = false;
  cluster.on('listening', () => {
    if (!ready) say(`\n  Latchkey is ready at ${config.publicUrl ?? `http://localhost:${config.port}`}\n`);
    ready = true;
  });
  cluster.on('exit', (_worker, code) => {
    if (closing) return;
    if (!ready) process.exit(code || 1);
    setTimeout(() => cluster.fork(), reforkMilliseconds);
  });
  for (let index = 0; index < config.workers; index += 1) cluster.fork();
}

let config: Config | undefined;
try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  config = loadConfig(process.env);
  if (config.workers > 1 && cluster.isPrimary) superviseWorkers(config);
  else await serve(config);
} catch (error) {
  fail(error, config);
}
