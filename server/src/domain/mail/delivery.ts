import { RecipientError } from '../../errors.ts';
import type { Logger } from '../../infra/logger.ts';
import type { Mailer } from '../../infra/mailer.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { ClaimedJob, OutboxStore } from '../../infra/stores/outbox-store.ts';
import type { Counters } from '../limits/counters.ts';
import type { Site } from '../site.ts';
import type { ComposedMail } from './compose.ts';
import { isMailKind, mailKinds } from './kinds.ts';
import type { Minters } from './minters.ts';

const maxBackoffSeconds = 60;
const alarmingFailures = 3;

/** What is done with a job whose lease is held here: takes its shares, mints what it needs, sends it, deletes it. */
export function createDelivery({
  store,
  mailer,
  minters,
  counters,
  otpInSubject,
  onShareFull,
  site,
  logger,
  metrics,
}: {
  store: Pick<OutboxStore, 'complete'>;
  mailer: Mailer;
  minters: Minters;
  counters: Counters;
  /** Whether the subject of a mail carries its code. */
  otpInSubject: boolean;
  /** Called once for a mail that waits because too many of its class were sent. */
  onShareFull: (template: string) => Promise<void>;
  site: Site;
  logger: Logger;
  metrics: Pick<Metrics, 'mailed'>;
}) {
  let failuresInARow = 0;

  /** False where the mail was refused for good. A notice is tried again unless its address is bad. */
  async function send(job: ClaimedJob, { message, withdraw }: ComposedMail, isNotice: boolean): Promise<boolean> {
    try {
      await mailer.send(message);
      failuresInARow = 0;
      return true;
    } catch (error) {
      await withdraw?.();
      const isFinal =
        error instanceof RecipientError && (error.reply === 'unknown' || (error.reply === 'refused' && !isNotice));
      if (!isFinal) throw error;
      failuresInARow = 0;
      metrics.mailed(job.template, 'refused');
      logger.warn({ job: job._id, template: job.template, err: error }, 'mail was refused for good');
      return false;
    }
  }

  /** False where the mail has to wait, as too many of its class were sent. */
  async function tryOnce(job: ClaimedJob): Promise<boolean> {
    const kind = isMailKind(job.template) ? mailKinds[job.template] : undefined;
    const [classShare, ...shares] = kind ? await counters.takeEach(...kind.countersOf(job, minters)) : [[]];
    const giveBackOwn = () => counters.settle({ giveBack: shares.flatMap((share) => share ?? []) });
    if (!classShare) {
      await giveBackOwn();
      return false;
    }
    let sent = false;
    try {
      const options = { minters, publicUrl: site.publicUrl(), otpInSubject, classShare, shares };
      const mail = await kind?.compose(job, options);
      if (!kind || mail === undefined) {
        // Another version queued it, and every attempt would end like this one.
        metrics.mailed('unknown', 'dropped');
        logger.warn({ job: job._id, template: job.template }, 'a mail of an unknown kind or shape was dropped');
        await giveBackOwn();
      } else if (mail) {
        sent = await send(job, mail, kind.mailClass === 'notice' || kind.mailClass === 'undo-notice');
        if (sent) {
          metrics.mailed(job.template, 'sent');
          await mail.sent?.();
        }
      }
    } finally {
      // Only what was sent uses up a share: neither a mail for nobody nor an attempt that failed.
      if (!sent) await counters.settle({ giveBack: classShare });
    }
    await store.complete(job);
    return true;
  }

  return {
    /** Gives the seconds to wait before the next attempt; undefined where none is needed, and the job is deleted. */
    async attempt(job: ClaimedJob): Promise<number | undefined> {
      const { _id, template, attempts } = job;
      try {
        if (await tryOnce(job)) return undefined;
        metrics.mailed(template, 'held');
        logger.warn({ job: _id, template }, 'the hourly share of this class of mail is used up');
        if (attempts === 1) await onShareFull(template);
        return maxBackoffSeconds;
      } catch (error) {
        // A reply about the recipient shows that the server answers.
        if (error instanceof RecipientError) failuresInARow = 0;
        else failuresInARow += 1;
        metrics.mailed(isMailKind(template) ? template : 'unknown', 'failed');
        logger.warn({ job: _id, template, attempt: attempts, err: error }, 'mail was not sent');
        return Math.min(maxBackoffSeconds, 2 ** (attempts - 1));
      }
    },

    /** Whether several attempts in a row did not reach the mail server. */
    isFailing: () => failuresInARow >= alarmingFailures,
  };
}

export type Delivery = ReturnType<typeof createDelivery>;
