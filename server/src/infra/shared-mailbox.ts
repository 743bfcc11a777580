import cluster, { type Worker } from 'node:cluster';
import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Mailbox } from './mailbox.ts';
import { isWorkerMessage, type WorkerMessage } from './worker-messages.ts';

/** From a worker that begins to the process above it, and from there to every worker: what was caught. */
type Joining = WorkerMessage<'join-mailbox'>;
interface Caught extends WorkerMessage<'caught-mails'> {
  /** Newest first. */
  mails: CaughtMail[];
}

/** Lets every worker see what the mailbox of this process catches, and has caught. */
export function shareMailbox(mailbox: Mailbox): void {
  const tell = (worker: Worker | undefined, mails: CaughtMail[]) => {
    if (worker?.isConnected()) worker.send({ latchkey: 'caught-mails', mails } satisfies Caught);
  };
  cluster.on('message', (worker, message: unknown) => {
    if (isWorkerMessage<Joining>('join-mailbox', message)) tell(worker, mailbox.list());
  });
  mailbox.subscribe((mail) => {
    for (const worker of Object.values(cluster.workers ?? {})) tell(worker, [mail]);
  });
}

/** The mailbox of the process above this worker, with the newest `limit` of its mails. */
export function joinMailbox({ smtpUrl, limit }: { smtpUrl: string; limit: number }): Mailbox {
  const listeners = new Set<(mail: CaughtMail) => void>();
  let mails: CaughtMail[] = [];
  const listen = (message: unknown) => {
    if (!isWorkerMessage<Caught>('caught-mails', message)) return;
    const known = new Set(mails.map(({ id }) => id));
    const fresh = message.mails.filter(({ id }) => !known.has(id));
    mails = [...fresh, ...mails].slice(0, limit);
    for (const mail of fresh.toReversed()) for (const listener of listeners) listener(mail);
  };
  process.on('message', listen);
  process.send?.({ latchkey: 'join-mailbox' } satisfies Joining);

  return {
    smtpUrl,
    list: () => [...mails],
    subscribe(listener) {
      const own = (mail: CaughtMail) => listener(mail);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    async close() {
      process.off('message', listen);
      listeners.clear();
    },
  };
}
