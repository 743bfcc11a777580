import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Mailbox } from '../infra/mailbox.ts';
import { sendJson } from './json.ts';
import { isFromHere } from './loopback.ts';

const keepAliveMilliseconds = 15_000;

/** Whether a page of another site sent the request: browsers name the site with whatever changes something (RFC 6454). */
const isFromElsewhere = ({ headers: { origin, host } }: IncomingMessage): boolean =>
  origin !== undefined && origin !== `http://${host}`;

/**
 * The inbox of the built-in mailbox: all mail as JSON at `/dev/mails`, which DELETE empties, and new mail live at
 * `/dev/mails/events`. It is there for requests from this machine only.
 */
export function createDevInbox(mailbox: Mailbox) {
  const streams = new Set<ServerResponse>();

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': open\n\n');
    const unsubscribe = mailbox.subscribe(
      (mail) => response.write(`event: mail\ndata: ${JSON.stringify(mail)}\n\n`),
      () => response.write('event: clear\ndata: {}\n\n'),
    );
    const keepAlive = setInterval(() => response.write(': still here\n\n'), keepAliveMilliseconds);
    streams.add(response);
    response.on('close', () => {
      unsubscribe();
      clearInterval(keepAlive);
      streams.delete(response);
    });
  }

  return {
    handle(request: IncomingMessage, response: ServerResponse, path: string): void {
      const mayRead = request.method === 'GET' && isFromHere(request);
      const mayClear = request.method === 'DELETE' && isFromHere(request) && !isFromElsewhere(request);
      if (mayClear && path === '/dev/mails') {
        mailbox.clear();
        response.writeHead(204).end();
      } else if (mayRead && path === '/dev/mails') sendJson(response, 200, mailbox.list());
      else if (mayRead && path === '/dev/mails/events') openStream(response);
      else sendJson(response, 404, { error: 'Not found' });
    },

    close(): void {
      for (const stream of streams) stream.end();
    },
  };
}

export type DevInbox = ReturnType<typeof createDevInbox>;
