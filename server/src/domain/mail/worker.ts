import { AppError, RecipientError } from '../../errors.ts';
import type { Logger } from '../../infra/logger.ts';
import type { Mailer } from '../../infra/mailer.ts';
import type { ClaimedJob, OutboxStore } from '../../infra/outbox-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds } from '../../time.ts';
import type { RateLimits } from '../limits/rate-limits.ts';
import type { Site } from '../site.ts';
import type { ComposedMail } from './compose.ts';
import { isMailKind, mailKinds } from './kinds.ts';
import type { Minters } from './minters.ts';
import type { Outbox } from './outbox.ts';

const leaseSeconds = 60;
const maxBackoffSeconds = 60;
const pollMilliseconds = 1_000;
const parallelJobs = 4;
const alarmingFailures = 3;

/**
 * Sends what the outbox holds: claims a job under a lease, mints what it needs, sends it, deletes it by id and lease.
 * A failed attempt is repeated with growing waits until the job expires. It wakes when a job is queued, and polls for
 * those of other processes.
 */
export function createMailWorker({
  store,
  outbox,
  mailer,
  minters,
  rateLimits,
  site,
  system,
  logger,
}: {
  store: OutboxStore;
  outbox: Outbox;
  mailer: Mailer;
  minters: Minters;
  rateLimits: RateLimits;
  site: Site;
  system: System;
  logger: Logger;
}) {
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let stopListening = () => {};
  let stopped = true;
  let pumping: Promise<void> | undefined;
  let pumpAgain = false;
  let failuresInARow = 0;

  const inSeconds = (seconds: number) => addSeconds(system.now(), seconds);

  /** False where the mail was refused for good. */
  async function deliver(job: ClaimedJob, { message, withdraw }: ComposedMail): Promise<boolean> {
    try {
      await mailer.send(message);
      failuresInARow = 0;
      return true;
    } catch (error) {
      await withdraw?.();
      if (!(error instanceof RecipientError && error.reply === 'refused')) throw error;
      logger.warn({ job: job._id, template: job.template, err: error }, 'mail was refused for good');
      return false;
    }
  }

  async function attempt(job: ClaimedJob): Promise<void> {
    const kind = isMailKind(job.template) ? mailKinds[job.template] : undefined;
    // Only what was sent uses up a share: neither a mail for nobody nor an attempt that failed.
    if (kind) await rateLimits.assertRoom('mailsPerClass', kind.mailClass);
    const mail = await kind?.compose(job, { minters, publicUrl: site.publicUrl() });
    if (!kind || mail === undefined) {
      // Another version queued it, and every attempt would end like this one.
      logger.warn({ job: job._id, template: job.template }, 'a mail of an unknown kind or shape was dropped');
    } else if (mail && (await deliver(job, mail))) {
      await rateLimits.tryConsume('mailsPerClass', kind.mailClass);
      await mail.sent?.();
    }
    await store.complete(job);
  }

  async function handle(job: ClaimedJob): Promise<void> {
    try {
      await attempt(job);
    } catch (error) {
      if (error instanceof AppError) {
        logger.warn({ job: job._id, template: job.template }, 'the hourly share of this class of mail is used up');
        await store.retryAt(job, inSeconds(maxBackoffSeconds));
        return;
      }
      // A reply about the recipient shows that the server answers.
      if (error instanceof RecipientError) failuresInARow = 0;
      else failuresInARow += 1;
      const waitSeconds = Math.min(maxBackoffSeconds, 2 ** (job.attempts - 1));
      logger.warn({ job: job._id, template: job.template, attempt: job.attempts, err: error }, 'mail was not sent');
      await store.retryAt(job, inSeconds(waitSeconds));
    }
  }

  /** Starts what is due. */
  async function drain(): Promise<void> {
    try {
      while (pumpAgain && !stopped) {
        pumpAgain = false;
        while (!stopped && running.size < parallelJobs) {
          const job = await store.claim(system.now(), inSeconds(leaseSeconds));
          if (!job) break;
          const task = handle(job)
            .catch((error: unknown) => logger.warn({ job: job._id, err: error }, 'mail job lost its database'))
            .finally(() => {
              running.delete(task);
              void pump();
            });
          running.add(task);
        }
      }
    } catch (error) {
      logger.debug({ err: error }, 'the outbox could not be read');
    } finally {
      pumping = undefined;
    }
  }

  function pump(): Promise<void> {
    pumpAgain = true;
    // Later, so that it is assigned when it ends: with nothing to start, draining is over without ever waiting.
    pumping ??= Promise.resolve().then(drain);
    return pumping;
  }

  return {
    start(): void {
      stopped = false;
      stopListening = outbox.onQueued(() => void pump());
      timer = setInterval(() => void pump(), pollMilliseconds);
      void pump();
    },

    /** Lets the mails under way finish. */
    async stop(): Promise<void> {
      stopped = true;
      stopListening();
      clearInterval(timer);
      await pumping;
      await Promise.all(running);
    },

    /** Looks for work now, as after the clock moved. */
    wake: pump,

    /** Failing means that several attempts in a row did not reach the mail server while mail waits. */
    async health(): Promise<{ ok: boolean; waiting: number }> {
      const waiting = await store.countWaiting(system.now());
      return { ok: waiting === 0 || failuresInARow < alarmingFailures, waiting };
    },
  };
}
