import { AsyncResource } from 'node:async_hooks';
import type { Logger } from '../../infra/logger.ts';
import type { ClaimedJob, OutboxJobRecord, OutboxStore } from '../../infra/stores/outbox-store.ts';
import type { System } from '../../infra/system.ts';
import { addSeconds } from '../../time.ts';
import { mailLanes } from './compose.ts';
import type { Delivery } from './delivery.ts';
import type { Outbox } from './outbox.ts';

const leaseSeconds = 60;
/** A mail is sent where it is queued; this finds what another process has left behind. */
const pollMilliseconds = 30_000;
/** One for each lane, and as many again for the lanes that have most to send. */
export const parallelMails = 6;

/**
 * Sends what the outbox holds: claims a job under a lease, has it delivered, and puts back what is to be tried again, until
 * it expires. What is queued here while its lane has a slot and nothing before it waits is stored under a lease from the
 * first, so that nobody need claim it. A lane takes no slot that another lane needs to have one.
 */
export function createMailWorker({
  store,
  outbox,
  delivery,
  system,
  logger,
}: {
  store: OutboxStore;
  outbox: Outbox;
  delivery: Delivery;
  system: System;
  logger: Logger;
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

  async function handle(job: ClaimedJob): Promise<void> {
    try {
      const waitSeconds = await delivery.attempt(job);
      if (waitSeconds !== undefined) await retryIn(waitSeconds, job);
    } catch (error) {
      logger.warn({ job: job._id, err: error }, 'mail job lost its database');
    }
  }

  // In the context of whoever made the worker, as is looking for work: it belongs to no call that queued a mail.
  const run = AsyncResource.bind((lane: number, leased: Promise<ClaimedJob>): void => {
    const task = leased
      // Whoever stored it in vain has been told.
      .then(handle, () => undefined)
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
    const leased = { ...job, attempts: 1, leaseUntil: inSeconds(leaseSeconds) };
    const stored = store.insert(leased).then(() => leased);
    run(lane, stored);
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
      return { ok: waiting === 0 || !delivery.isFailing(), waiting };
    },
  };
}
