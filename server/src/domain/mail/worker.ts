import { AsyncResource } from 'node:async_hooks';
import { RecipientError } from '../../errors.ts';
import type { Logger } from '../../infra/logger.ts';
import type { Mailer } from '../../infra/mailer.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { ClaimedJob, OutboxJobRecord, OutboxStore } from '../../infra/stores/outbox-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds } from '../../time.ts';
import type { Counters } from '../limits/counters.ts';
import type { Site } from '../site.ts';
import { type ComposedMail, mailLanes } from './compose.ts';
import { isMailKind, mailKinds } from './kinds.ts';
import type { Minters } from './minters.ts';
import type { Outbox } from './outbox.ts';

const leaseSeconds = 60;
const maxBackoffSeconds = 60;
/** A mail is sent where it is queued; this finds what another process has left behind. */
const pollMilliseconds = 30_000;
/** One for each lane, and as many again for the lanes that have most to send. */
export const parallelMails = 6;
const alarmingFailures = 3;

/**
 * Sends what the outbox holds: claims a job under a lease, mints what it needs, sends it, deletes it by id and lease. What
 * is queued here while its lane has a slot and nothing before it waits is stored under a lease from the first, so that
 * nobody need claim it. A failed attempt is repeated with growing waits until the job expires. A lane takes no slot that
 * another lane needs to have one.
 */
export function createMailWorker({
  store,
  outbox,
  mailer,
  minters,
  counters,
  otpInSubject,
  onShareFull,
  site,
  system,
  logger,
  metrics,
}: {
  store: OutboxStore;
  outbox: Outbox;
  mailer: Mailer;
  minters: Minters;
  counters: Counters;
  /** Whether the subject of a mail carries its code. */
  otpInSubject: boolean;
  /** Called once for a mail that waits because too many of its class were sent. */
  onShareFull: (template: string) => Promise<void>;
  site: Site;
  system: System;
  logger: Logger;
  metrics: Pick<Metrics, 'mailed'>;
}) {
  /** The mails under way, each with its lane. */
  const running = new Map<Promise<void>, number>();
  let timer: NodeJS.Timeout | undefined;
  let stopTaking = () => {};
  let stopped = true;
  let pumping: Promise<void> | undefined;
  let pumpAgain = false;
  /** The lanes that mail may wait in: they had no slot when the worker looked last, or it could not look. */
  let heldBack: readonly number[] = [];
  let failuresInARow = 0;

  const inSeconds = (seconds: number) => addSeconds(system.now(), seconds);

  /** The lanes that may start another mail: a slot stays free for each of the others that has none under way. */
  function openLanes(): number[] {
    const busy = new Set(running.values());
    const free = parallelMails - running.size;
    return mailLanes.filter((lane) => free > mailLanes.filter((other) => other !== lane && !busy.has(other)).length);
  }

  /** Puts a job back, and looks for it when its time has come. */
  async function retryIn(seconds: number, job: ClaimedJob): Promise<void> {
    await store.retryAt(job, inSeconds(seconds));
    const retry = setTimeout(() => void pump(), seconds * 1000);
    retry.unref();
  }

  /** False where the mail was refused for good. A notice is tried again unless its address is bad. */
  async function deliver(job: ClaimedJob, { message, withdraw }: ComposedMail, isNotice: boolean): Promise<boolean> {
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

  /** Keeps a mail for later, as too many of its class were sent. */
  async function holdBack(job: ClaimedJob): Promise<void> {
    metrics.mailed(job.template, 'held');
    logger.warn({ job: job._id, template: job.template }, 'the hourly share of this class of mail is used up');
    if (job.attempts === 1) await onShareFull(job.template);
    await retryIn(maxBackoffSeconds, job);
  }

  async function attempt(job: ClaimedJob): Promise<void> {
    const kind = isMailKind(job.template) ? mailKinds[job.template] : undefined;
    const [classShare, ...shares] = kind ? await counters.takeEach(...kind.countersOf(job, minters)) : [[]];
    const giveBackOwn = () => counters.settle({ giveBack: shares.flatMap((share) => share ?? []) });
    if (!classShare) {
      await giveBackOwn();
      return holdBack(job);
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
        sent = await deliver(job, mail, kind.mailClass === 'notice' || kind.mailClass === 'undo-notice');
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
  }

  async function handle(job: ClaimedJob): Promise<void> {
    try {
      await attempt(job);
    } catch (error) {
      // A reply about the recipient shows that the server answers.
      if (error instanceof RecipientError) failuresInARow = 0;
      else failuresInARow += 1;
      metrics.mailed(isMailKind(job.template) ? job.template : 'unknown', 'failed');
      const waitSeconds = Math.min(maxBackoffSeconds, 2 ** (job.attempts - 1));
      logger.warn({ job: job._id, template: job.template, attempt: job.attempts, err: error }, 'mail was not sent');
      await retryIn(waitSeconds, job);
    }
  }

  // In the context of whoever made the worker, as is looking for work: it belongs to no call that queued a mail.
  const run = AsyncResource.bind((lane: number, claimed: Promise<ClaimedJob>): void => {
    const task = claimed
      .then(
        (job) =>
          handle(job).catch((error: unknown) => {
            logger.warn({ job: job._id, err: error }, 'mail job lost its database');
          }),
        // Whoever stored it in vain has been told.
        () => undefined,
      )
      .finally(() => {
        running.delete(task);
        if (heldBack.length > 0 || pumping) void pump();
      });
    running.set(task, lane);
  });

  /** Starts what is due. */
  async function drain(): Promise<void> {
    try {
      while (pumpAgain && !stopped) {
        pumpAgain = false;
        for (let lanes = openLanes(); !stopped; lanes = openLanes()) {
          heldBack = mailLanes.filter((lane) => !lanes.includes(lane));
          if (lanes.length === 0) break;
          const job = await store.claim(lanes, system.now(), inSeconds(leaseSeconds));
          if (!job) break;
          run(job.lane ?? 0, Promise.resolve(job));
        }
      }
    } catch (error) {
      heldBack = mailLanes;
      logger.debug({ err: error }, 'the outbox could not be read');
    } finally {
      pumping = undefined;
    }
  }

  const pump = AsyncResource.bind((): Promise<void> => {
    pumpAgain = true;
    // Later, so that it is assigned when it ends: with nothing to start, draining is over without ever waiting.
    pumping ??= Promise.resolve().then(drain);
    return pumping;
  });

  /** Stores a job that is queued here: leased and sent at once if it can be, else to be claimed by whoever has a slot. */
  async function queue(job: OutboxJobRecord): Promise<void> {
    const { lane = 0 } = job;
    if (pumping || heldBack.includes(lane) || !openLanes().includes(lane)) {
      await store.insert(job);
      void pump();
      return;
    }
    const claimed = { ...job, attempts: 1, leaseUntil: inSeconds(leaseSeconds) };
    const stored = store.insert(claimed);
    run(
      lane,
      stored.then(() => claimed),
    );
    await stored;
  }

  /** Ends with the mails that are under way. */
  async function finish(): Promise<void> {
    await pumping;
    await Promise.all(running.keys());
  }

  return {
    start(): void {
      stopped = false;
      stopTaking = outbox.handTo(queue);
      timer = setInterval(() => void pump(), pollMilliseconds);
      void pump();
    },

    /** Lets the mails under way finish. */
    async stop(): Promise<void> {
      stopped = true;
      stopTaking();
      clearInterval(timer);
      await finish();
    },

    finish,

    /** Looks for work now, as after the clock moved. */
    wake: pump,

    /** Failing means that several attempts in a row did not reach the mail server while mail waits. */
    async health(): Promise<{ ok: boolean; waiting: number }> {
      const waiting = await store.countWaiting(system.now());
      return { ok: waiting === 0 || failuresInARow < alarmingFailures, waiting };
    },
  };
}
