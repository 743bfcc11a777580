import cluster from 'node:cluster';
import { AggregatorRegistry, type PrometheusContentType, type Registry } from 'prom-client';
import { isWorkerMessage, type WorkerMessage } from './worker-messages.ts';

/** From a worker that was asked for metrics to the process above it, and back with those of all. */
type Question = WorkerMessage<'read-metrics'>;
interface Reply extends WorkerMessage<'metrics-of-all'> {
  text?: string;
}

/**
 * Lets a worker read the metrics of all: a request for them reaches one worker, and only the process above can ask the
 * others. `readAll` rejects where a worker does not report within seconds, as a sum without it would seem to run backwards.
 */
export function joinWorkerMetrics(registry: Registry) {
  AggregatorRegistry.setRegistries(registry);
  // Making one is what lets this worker be asked.
  new AggregatorRegistry<PrometheusContentType>();
  let reading: Promise<string> | undefined;

  async function askAbove(): Promise<string> {
    const text = await new Promise<string | undefined>((resolve) => {
      const listen = (message: unknown) => {
        if (!isWorkerMessage<Reply>('metrics-of-all', message)) return;
        process.off('message', listen);
        resolve(message.text);
      };
      process.on('message', listen);
      process.send?.({ latchkey: 'read-metrics' } satisfies Question);
    });
    if (text === undefined) throw new Error('a worker did not report its metrics');
    return text;
  }

  return {
    readAll(): Promise<string> {
      reading ??= askAbove().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

/** Adds up the metrics of the workers whenever one of them asks. */
export function sumWorkerMetrics(): void {
  const workers = new AggregatorRegistry<PrometheusContentType>();
  cluster.on('message', (worker, message: unknown) => {
    if (!isWorkerMessage<Question>('read-metrics', message)) return;
    const reply = (text?: string) => {
      if (worker.isConnected())
        worker.send({ latchkey: 'metrics-of-all', ...(text !== undefined && { text }) } satisfies Reply);
    };
    workers.clusterMetrics().then(reply, () => reply());
  });
}
