import type { Locale } from '@latchkey/shared/schemas';
import type { OutboxJobRecord, OutboxStore } from '../../infra/stores/outbox-store.ts';
import { randomId, type System } from '../../infra/system.ts';
import { addSeconds } from '../../time.ts';
import { type CodeMailKind, type MailData, type MailKind, mailKinds } from './kinds.ts';

export interface Recipient {
  to: string;
  locale: Locale;
  /** In which times are told; UTC where there is none. */
  timeZone?: string | undefined;
}

/** Stores a job and sees to it that it is sent. */
type Sender = (job: OutboxJobRecord) => Promise<void>;

/** Queues mail. Nothing waits for a mail server but the worker. */
export function createOutbox({ store, system }: { store: OutboxStore; system: System }) {
  /** Stores what is sent elsewhere, or once a worker runs here. */
  let sender: Sender = store.insert;

  async function insert(
    kind: MailKind,
    { to, locale, timeZone }: Recipient,
    content: Pick<OutboxJobRecord, 'data' | 'challengeId' | 'sends'>,
  ): Promise<void> {
    const now = system.now();
    await sender({
      _id: randomId(system),
      template: kind,
      lane: mailKinds[kind].lane,
      to,
      locale,
      ...(timeZone !== undefined && { timeZone }),
      ...content,
      attempts: 0,
      runAt: now,
      expiresAt: addSeconds(now, mailKinds[kind].ttlSeconds),
    });
  }

  return {
    /** @param data what the kind names. Never a secret: codes and links are minted when the mail is sent. */
    enqueue: <Kind extends Exclude<MailKind, CodeMailKind>>(
      kind: Kind,
      recipient: Recipient,
      data: MailData<Kind>,
    ): Promise<void> => insert(kind, recipient, { data }),

    /** @param code the challenge that the code is for, and which of its mails this is */
    enqueueCode: (
      kind: CodeMailKind,
      recipient: Recipient,
      code: { challengeId: string; sends: number },
    ): Promise<void> => insert(kind, recipient, { data: {}, ...code }),

    /** Hands every job that is queued in this process from now on to `worker`, which stores it; the returned function ends that. */
    handTo(worker: Sender): () => void {
      sender = worker;
      return () => {
        sender = store.insert;
      };
    },
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
