import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/**
 * The numbers that Prometheus may read: the process, the time of requests, the waiting mail.
 * @param waitingMails asked at each reading
 */
export function createMetrics(waitingMails: () => Promise<number>) {
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
