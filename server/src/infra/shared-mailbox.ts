import cluster, { type Worker } from 'node:cluster';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import { createMailList } from './mail-list.ts';
import type { Mailbox } from './mailbox.ts';
import { isWorkerMessage, type WorkerMessage } from './worker-messages.ts';

/** From a worker that begins to the process above it, and from there to every worker: what was caught. */
type Joining = WorkerMessage<'join-mailbox'>;
/** From the worker that was told to, and from the process above to every worker: it is thrown away. */
type Clearing = WorkerMessage<'clear-mailbox'>;
interface Caught extends WorkerMessage<'caught-mails'> {
  /** Newest first. */
  mails: CaughtMail[];
}

/** Lets every worker see what the mailbox of this process catches, and has caught. */
export function shareMailbox(mailbox: Mailbox): void {
  const tell = (worker: Worker | undefined, message: Caught | Clearing) => {
    if (worker?.isConnected()) worker.send(message);
  };
  const tellAll = (message: Caught | Clearing) => {
    for (const worker of Object.values(cluster.workers ?? {})) tell(worker, message);
  };
  cluster.on('message', (worker, message: unknown) => {
    if (isWorkerMessage<Joining>('join-mailbox', message)) {
      tell(worker, { latchkey: 'caught-mails', mails: mailbox.list() });
    } else if (isWorkerMessage<Clearing>('clear-mailbox', message)) {
      mailbox.clear();
    }
  });
  mailbox.subscribe(
    (mail) => tellAll({ latchkey: 'caught-mails', mails: [mail] }),
    () => tellAll({ latchkey: 'clear-mailbox' }),
  );
}

/** The mailbox of the process above this worker, with the newest `limit` of its mails. */
export function joinMailbox({ smtpUrl, limit }: { smtpUrl: string; limit: number }): Mailbox {
  const mails = createMailList(limit);
  const listen = (message: unknown) => {
    if (isWorkerMessage<Clearing>('clear-mailbox', message)) mails.clear();
    if (isWorkerMessage<Caught>('caught-mails', message)) mails.add(message.mails);
  };
  process.on('message', listen);
  process.send?.({ latchkey: 'join-mailbox' } satisfies Joining);

  return {
    smtpUrl,
    list: mails.list,
    // The process above says it to every worker, this one too.
    clear: () => void process.send?.({ latchkey: 'clear-mailbox' } satisfies Clearing),
    subscribe: mails.subscribe,
    async close() {
      process.off('message', listen);
      mails.close();
    },
  };
}
