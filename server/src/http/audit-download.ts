import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { AuditFile } from '../domain/admin/audit-export.ts';
import { AppError } from '../errors.ts';
import type { Logger } from '../infra/logger.ts';
import { isDatabaseAway } from '../infra/mongo.ts';
import type { ClientAddressOf } from './client-address.ts';
import { sendJson } from './json.ts';
import { readRequest } from './request.ts';
import type { CreateContext } from './trpc.ts';

/** Who takes nothing of a file for this long has gone, and does not keep the cursor of the database open. */
const idleMilliseconds = 60_000;

const refusals = {
  gone: 'This download has been used already, has expired, or is not yours any more. Ask for the export once more.',
  unavailable: 'The database does not answer. Ask for the export once more.',
  unexpected: 'Something went wrong on our side.',
};

const ticketIn = ({ url = '' }: IncomingMessage) => new URLSearchParams(url.split('?')[1]).get('ticket') ?? '';

/** `GET /admin/audit-export`: the file that a ticket is for, as fast as its reader takes it. */
export function createAuditDownload({
  createContext,
  clientAddressOf,
  logger,
}: {
  createContext: CreateContext;
  clientAddressOf: ClientAddressOf;
  logger: Logger;
}) {
  const underWay = new Set<ServerResponse>();

  function refuse(response: ServerResponse, error: unknown): void {
    if (error instanceof AppError) {
      sendJson(response, error.status, { error: refusals.gone });
    } else if (isDatabaseAway(error)) {
      logger.warn({ err: error }, 'the database did not answer');
      sendJson(response, 503, { error: refusals.unavailable });
    } else {
      logger.error({ requestId: response.getHeader('x-request-id'), err: error }, 'unexpected error');
      sendJson(response, 500, { error: refusals.unexpected });
    }
  }

  /** A file that could not be finished ends without the end that tells a browser that it is whole. */
  async function sendFile(response: ServerResponse, { name, contentType, chunks }: AuditFile): Promise<void> {
    response.writeHead(200, {
      'content-type': contentType,
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'no-store',
    });
    response.setTimeout(idleMilliseconds, () => response.destroy());
    underWay.add(response);
    try {
      await pipeline(chunks, response);
    } catch (error) {
      logger.warn({ requestId: response.getHeader('x-request-id'), err: error }, 'an export was cut');
    } finally {
      underWay.delete(response);
    }
  }

  return {
    async send(request: IncomingMessage, response: ServerResponse): Promise<void> {
      const caller = readRequest(request, response, { logger, clientAddressOf });
      try {
        const file = await createContext(caller).latchkey.admin.auditExport.open(ticketIn(request), caller);
        if (caller.trace) caller.trace.userId = file.userId;
        await sendFile(response, file);
      } catch (error) {
        refuse(response, error);
      }
    },

    /** Cuts what is under way: a file may take minutes, and whoever misses it can ask for it once more. */
    close(): void {
      for (const response of underWay) response.destroy();
    },
  };
}
