import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { startApp } from './app.ts';
import { type Config, loadConfig } from './config.ts';
import { StartupError } from './errors.ts';
import { isLoopback } from './http/loopback.ts';
import { createLogger } from './infra/logger.ts';
import { mailboxLimit } from './infra/mailbox.ts';
import { joinMailbox } from './infra/shared-mailbox.ts';
import { createSystem } from './infra/system.ts';
import { type BuiltIns, startWorkers } from './workers.ts';

/** A shutdown is cut short after this long, whatever is still under way: service managers kill after ten seconds. */
const shutdownMilliseconds = 9_500;
/** How a worker is told of what runs in the process above it. */
const builtInsVariable = 'LATCHKEY_BUILT_INS';

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Shows a mail that a mail server would have delivered. */
function showMail({ to, subject, text }: CaughtMail): void {
  const code = /\b\d{6}\b/.exec(text)?.[0];
  const link = /https?:\/\/\S+#\S+/.exec(text)?.[0];
  say(`  mail  ${to} · ${subject}${code ? ` · ${code}` : ''}${link ? `\n        ${link}` : ''}`);
}

/** What a start has to tell. */
interface Started {
  url: string;
  mongoUri: string | undefined;
  hasMailbox: boolean;
}

function greet({ url, mongoUri, hasMailbox }: Started, config: Config): void {
  const rows = [['app', url]];
  if (hasMailbox && isLoopback(config.host))
    rows.push(['inbox', `${url}/dev/inbox  (built-in; set SMTP_URL to send real mail)`]);
  if (mongoUri) rows.push(['database', `${mongoUri}  (embedded; set MONGODB_URI to use a MongoDB server)`]);
  if (mongoUri || !config.authSecrets) {
    rows.push(['data', `${resolve(config.dataDir)}  (accounts and keys; delete it to start afresh)`]);
  }
  say(`\n  Latchkey is ready\n\n${rows.map(([name, value]) => `  ${name?.padEnd(10)}${value}`).join('\n')}\n`);
}

/** Tells how to make somebody who runs this server, while there is nobody. */
async function hintAtAdmin({ services }: Awaited<ReturnType<typeof startApp>>): Promise<void> {
  if (await services.admins.isMissing()) {
    say('  Nobody runs this server yet. To make an administrator: npx -y pnpm@12 create-admin\n');
  }
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

/** Calls `close` on the first of these signals; the second, or a close that takes too long, ends the process at once. */
function closeOn(signals: NodeJS.Signals[], close: () => Promise<void>): void {
  let closing = false;
  for (const signal of signals) {
    process.on(signal, () => {
      if (closing) process.exit(1);
      closing = true;
      setTimeout(() => process.exit(1), shutdownMilliseconds).unref();
      close().then(() => process.exit(0), fail);
    });
  }
}

const loggerOf = (config: Config) =>
  createLogger(config.logLevel).child({
    instance: `${hostname()}:${config.port}`,
    worker: cluster.worker?.id ?? 0,
  });

/** Shows mail in the terminal, unless this looks like a server for others. */
const displayOf = (config: Config) => (signOfDeployment(config) === undefined ? showMail : undefined);

async function serve(config: Config): Promise<void> {
  const onMail = displayOf(config);
  const app = await startApp(config, { system: createSystem(), logger: loggerOf(config), ...(onMail && { onMail }) });
  closeOn(['SIGINT', 'SIGTERM'], app.close);
  warnOfDeployment(config);
  greet({ url: app.publicUrl, mongoUri: app.embeddedMongoUri, hasMailbox: app.mailbox !== undefined }, config);
  await hintAtAdmin(app);
}

/** One of `WORKERS` processes. What is built in runs in the process above. */
async function serveAsWorker(config: Config, { mongoUri, smtpUrl }: BuiltIns): Promise<void> {
  const app = await startApp(
    { ...config, mongodbUri: config.mongodbUri ?? mongoUri },
    {
      system: createSystem(),
      logger: loggerOf(config),
      ...(smtpUrl !== undefined && { mailbox: joinMailbox({ smtpUrl, limit: mailboxLimit }) }),
    },
  );
  // A terminal sends its signal to every process; the one above passes on what is meant for all.
  process.on('SIGINT', () => undefined);
  closeOn(['SIGTERM'], app.close);
  // One of them tells, and none that takes the place of one that died.
  if (cluster.worker?.id === 1) await hintAtAdmin(app);
}

async function superviseWorkers(config: Config): Promise<void> {
  const system = createSystem();
  const variable = builtInsVariable;
  const workers = await startWorkers(config, { system, logger: loggerOf(config), onMail: displayOf(config), variable });
  closeOn(['SIGINT', 'SIGTERM'], workers.close);
  warnOfDeployment(config);
  greet({ url: config.publicUrl ?? `http://localhost:${workers.port}`, ...workers }, config);
}

try {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const config = loadConfig(process.env);
  // Whatever is written is for this user only.
  process.umask(0o077);
  if (cluster.isWorker) await serveAsWorker(config, JSON.parse(process.env[builtInsVariable] ?? '{}'));
  else if (config.workers > 1) await superviseWorkers(config);
  else await serve(config);
} catch (error) {
  fail(error);
}
