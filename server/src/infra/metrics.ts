import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * The numbers that Prometheus may read: the process, the time of requests, the waiting mail, the queue of passwords.
 * @param waitingMails asked at each reading
 */
export function createMetrics({
  waitingMails,
  hashQueue,
}: {
  waitingMails: () => Promise<number>;
  hashQueue: { readonly waiting: number; readonly refused: number };
}) {
  const registry = new Registry();
  let readBefore = false;
  const requests = new Histogram({
    name: 'latchkey_http_request_seconds',
    help: 'Time from a request to the end of its response, in seconds.',
    labelNames: ['route', 'status'],
    buckets: requestBuckets,
    registers: [registry],
  });
  new Gauge({
    name: 'latchkey_outbox_waiting_mails',
    help: 'Mails that wait to be sent.',
    registers: [registry],
    async collect() {
      this.set(await waitingMails());
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

  return {
    contentType: registry.contentType,
    read(): Promise<string> {
      // Watching the process has its price, which nobody pays who never reads.
      if (!readBefore) collectDefaultMetrics({ register: registry });
      readBefore = true;
      return registry.metrics();
    },
    /** @param route one of a fixed set of names: a label with a value of the caller's choosing grows without end */
    observe: (route: string, status: number, seconds: number) =>
      requests.observe({ route, status: String(status) }, seconds),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
