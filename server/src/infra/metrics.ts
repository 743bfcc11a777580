import cluster from 'node:cluster';
import type { AuditEventType } from '@latchkey/shared/schemas';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { joinWorkerMetrics } from './worker-metrics.ts';

const databaseBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1];
const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

type MailOutcome = 'sent' | 'failed' | 'held' | 'refused' | 'dropped';

/** Watches the process from its first reading on: that has its price, which nobody pays who never reads. */
class WatchfulRegistry extends Registry {
  #isWatching = false;

  #watch(): void {
    if (!this.#isWatching) collectDefaultMetrics({ register: this });
    this.#isWatching = true;
  }

  override metrics(): Promise<string> {
    this.#watch();
    return super.metrics();
  }

  override getMetricsAsJSON() {
    this.#watch();
    return super.getMetricsAsJSON();
  }
}

/**
 * The numbers that Prometheus may read: the process, the time of requests, the state of the mail, the queue of passwords. Of
 * several workers they are those of all together. Labels have values of fixed sets: one with a value of a caller's choosing
 * grows without end.
 */
export function createMetrics() {
  const registry = new WatchfulRegistry();
  const requests = new Histogram({
    name: 'latchkey_http_request_seconds',
    help: 'Time from a request to the end of its response, in seconds. Each call of a batch counts.',
    labelNames: ['route', 'status'],
    buckets: requestBuckets,
    registers: [registry],
  });
  const databaseOperations = new Histogram({
    name: 'latchkey_database_seconds',
    help: 'Time of an operation of a store, in seconds, however it ended: one command, or few. By the name of the operation.',
    labelNames: ['operation'],
    buckets: databaseBuckets,
    registers: [registry],
  });
  const limitedCalls = new Counter({
    name: 'latchkey_limited_total',
    help: 'Calls and mails that a limit or a lock refused, by the name of the limit.',
    labelNames: ['limit'],
    registers: [registry],
  });
  const locks = new Counter({
    name: 'latchkey_locks_total',
    help: 'Failures that locked a name, a device or an account, by the name of the row.',
    labelNames: ['limit'],
    registers: [registry],
  });
  const failures = new Counter({
    name: 'latchkey_failures_total',
    help: 'Attempts with a password or code that was wrong, by the name of the row that they count in.',
    labelNames: ['limit'],
    registers: [registry],
  });
  const events = new Counter({
    name: 'latchkey_events_total',
    help: 'Events in the record of what happened, by their type.',
    labelNames: ['type'],
    registers: [registry],
  });
  const mails = new Counter({
    name: 'latchkey_mails_total',
    help: 'Attempts to send: sent; failed, to be tried again; held, as the hourly share is used up; refused for good; dropped, as no version knows it.',
    labelNames: ['template', 'outcome'],
    registers: [registry],
  });
  const workers = cluster.isWorker ? joinWorkerMetrics(registry) : undefined;

  return {
    contentType: registry.contentType,
    read: (): Promise<string> => (workers ? workers.readAll() : registry.metrics()),
    observe: (route: string, status: number, seconds: number) =>
      requests.observe({ route, status: String(status) }, seconds),
    databaseTook: (operation: string, seconds: number) => databaseOperations.observe({ operation }, seconds),
    limited: (limit: string) => limitedCalls.inc({ limit }),
    locked: (limit: string) => locks.inc({ limit }),
    failed: (limit: string) => failures.inc({ limit }),
    happened: (type: AuditEventType) => events.inc({ type }),
    mailed: (template: string, outcome: MailOutcome) => mails.inc({ template, outcome }),

    /** Watches what is asked at each reading. */
    watch({
      mail,
      hashQueue,
    }: {
      mail: () => Promise<{ ok: boolean; waiting: number }>;
      hashQueue: { readonly waiting: number; readonly refused: number };
    }): void {
      let mailState: ReturnType<typeof mail> | undefined;
      /** Asks once for all that is read of it at the same time. */
      const readMail = () => {
        mailState ??= mail().finally(() => {
          mailState = undefined;
        });
        return mailState;
      };
      new Gauge({
        name: 'latchkey_mail_server_ok',
        help: '0 while mail waits and the last attempts did not reach the mail server.',
        registers: [registry],
        aggregator: 'min',
        async collect() {
          this.set((await readMail()).ok ? 1 : 0);
        },
      });
      new Gauge({
        name: 'latchkey_outbox_waiting_mails',
        help: 'Mails that wait to be sent, of all instances.',
        registers: [registry],
        // Every worker reads the same outbox.
        aggregator: 'max',
        async collect() {
          this.set((await readMail()).waiting);
        },
      });

      new Gauge({
        name: 'latchkey_hash_queue_waiting',
        help: 'Passwords that wait to be hashed or compared.',
        registers: [registry],
        collect() {
          this.set(hashQueue.waiting);
        },
      });
      new Counter({
        name: 'latchkey_hash_queue_refused_total',
        help: 'Calls that were answered BUSY, as the queue of passwords was full.',
        registers: [registry],
        collect() {
          this.reset();
          this.inc(hashQueue.refused);
        },
      });
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
