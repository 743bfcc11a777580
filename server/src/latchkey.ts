import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { openBackend } from './backend.ts';
import { loadConfig } from './config.ts';
import type { RequestInfo } from './domain/request.ts';
import { createAuditDownload } from './http/audit-download.ts';
import { createClientAddress } from './http/client-address.ts';
import { createGuard, nameRequest } from './http/guard.ts';
import { readRequest } from './http/request.ts';
import { createLogger, type Logger } from './infra/logger.ts';
import { createSystem } from './infra/system.ts';
import { type AppRouter, appRouter } from './trpc/app-router.ts';
import type { Context } from './trpc/context.ts';
import { type ErrorShape, formatErrors } from './trpc/error-formatter.ts';
import { type SignedInViewer, viewerProcedure } from './trpc/trpc.ts';

/** A code that is mailed while nothing is configured stands in the terminal. */
function printMail({ to, subject, text }: CaughtMail): void {
  const code = /\b\d{6}\b/.exec(text)?.[0];
  const link = /https?:\/\/\S+#\S+/.exec(text)?.[0];
  process.stdout.write(`mail  ${[to, subject, code, link].filter(Boolean).join(' · ')}\n`);
}

export interface LatchkeyOptions {
  /** pino's; its own where nothing is given. */
  logger?: Logger;
  /** Shows a mail that the built-in mailbox caught; one line on standard output where nothing is given. */
  onMail?: (mail: CaughtMail) => void;
}

/**
 * Accounts inside somebody's own tRPC server: nest `router` in yours, hand `createContext` to the adapter,
 * `formatErrors()` to `initTRPC.create`, and let `guard` stand before the adapter. It opens the database, makes its
 * indexes and sends the mail; `close` ends all of that. Throws `ConfigError` and `StartupError`, each one clear line.
 * @param settings by the names of `.env.example`, as `process.env` has them; `PUBLIC_URL` is where browsers find you
 */
export async function createLatchkey(
  settings: Record<string, string | undefined>,
  { logger, onMail = printMail }: LatchkeyOptions = {},
) {
  const config = loadConfig(settings);
  const system = createSystem();
  const log = logger ?? createLogger(config.logLevel);
  const clientAddressOf = createClientAddress({ hops: config.trustProxyHops, logger: log });
  const backend = await openBackend(config, { system, logger: log, port: () => config.port, onMail });
  backend.mailWorker.start();

  const contextOf = (request: RequestInfo): Context => ({ latchkey: backend.services, request, hosted: true });
  const auditDownload = createAuditDownload({ createContext: contextOf, clientAddressOf, logger: log });

  return {
    router: appRouter,
    formatErrors,

    /** What our procedures need; put what yours need beside it. For the adapters of Node's HTTP server. */
    createContext({ req, res }: { req: IncomingMessage; res: ServerResponse }): Context {
      nameRequest(res, system);
      return contextOf(readRequest(req, res, { logger: log, clientAddressOf }));
    },

    /** Answers a GET whose query has a `ticket` of `admin.exportAudit`; ours does at the `path` that stands beside the ticket. */
    async sendAuditExport(req: IncomingMessage, res: ServerResponse): Promise<void> {
      nameRequest(res, system);
      await auditDownload.send(req, res);
    },

    guard: createGuard({ site: backend.site, system }),

    /** Lets the mails under way finish and lets go of the database. */
    async close(): Promise<void> {
      auditDownload.close();
      await backend.stopMail();
      await backend.close();
    },
  };
}

export type Latchkey = Awaited<ReturnType<typeof createLatchkey>>;
export {
  type AppRouter,
  appRouter as latchkeyRouter,
  type Context as LatchkeyContext,
  type ErrorShape,
  formatErrors,
  type SignedInViewer,
  viewerProcedure,
};
