import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import { createMailList } from './mail-list.ts';

/** So many mails are kept, unless said otherwise. */
export const mailboxLimit = 200;
const maxMailBytes = 1024 * 1024;
const maxRecipients = 100;
const maxClients = 50;

/**
 * Starts an SMTP server on a free loopback port that keeps the newest `limit` mails in memory and delivers none of
 * them. A mail is in the list, and `onMail` and the listeners have been called, before its sender gets the 250.
 */
export async function startMailbox(options: { onMail?: (mail: CaughtMail) => void; limit?: number; now: () => Date }) {
  const limit = options.limit ?? mailboxLimit;
  const mails = createMailList(limit);
  if (options.onMail) mails.subscribe(options.onMail);
  const sockets = new Set<Socket>();

  async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    // A mail that is too large is read to its end, so that the sender hears the refusal, but not kept.
    for await (const chunk of stream) if (stream.byteLength <= maxMailBytes) chunks.push(chunk);
    if (stream.sizeExceeded) return;
    const { default: PostalMime } = await import('postal-mime');
    const parsed = await PostalMime.parse(Buffer.concat(chunks));
    const { mailFrom, rcptTo } = session.envelope;
    const sender = parsed.from?.address ?? (mailFrom ? mailFrom.address : '');
    const mail: CaughtMail = {
      id: randomUUID(),
      receivedAt: options.now().toISOString(),
      from: parsed.from?.name ? `${parsed.from.name} <${sender}>` : sender,
      to: rcptTo.map((recipient) => recipient.address).join(', '),
      subject: parsed.subject ?? '',
      text: parsed.text ?? '',
      html: parsed.html ?? '',
    };
    mails.add([mail]);
  }

  /** The first sender loads the library: a start does without it. */
  async function openProtocol() {
    const { SMTPServer } = await import('smtp-server');
    const protocol = new SMTPServer({
      name: 'localhost',
      // Set, not left out: without it the server warns that its TLS certificate is public, and no TLS is offered here.
      logger: false,
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      disableReverseLookup: true,
      size: maxMailBytes,
      rejectOversized: true,
      maxRecipients,
      maxClients,
      onData(stream, session, callback) {
        receive(stream, session).then(() => callback(), callback);
      },
    });
    // A sender that hangs up in the middle of a mail is reported here; there is nothing to be done about it.
    protocol.on('error', () => undefined);
    return protocol;
  }
  let protocol: ReturnType<typeof openProtocol> | undefined;

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // Until the protocol has it, nobody else hears of a sender that hangs up.
    socket.on('error', () => undefined);
    protocol ??= openProtocol();
    protocol.then(
      (opened) => opened.server.emit('connection', socket),
      () => socket.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;

  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,

    list: mails.list,
    clear: mails.clear,
    subscribe: mails.subscribe,

    /** Stops listening and drops the open connections, so that an idle sender does not hold up a shutdown. */
    async close(): Promise<void> {
      mails.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export type Mailbox = Awaited<ReturnType<typeof startMailbox>>;
