import autocannon from 'autocannon';
import type { Pinned } from './pinned.ts';

export interface Call {
  method?: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface Load {
  /** The call that is made next, which is the `index`-th. */
  next: (index: number) => Call;
  connections: number;
  seconds?: number;
  /** So many calls instead of so many seconds. */
  amount?: number;
  /** Calls a second over all connections; as many as possible where it is not given. */
  rate?: number;
  onResponse?: (body: string) => void;
}

export interface Measured {
  perSecond: number;
  p50Milliseconds: number;
  p99Milliseconds: number;
  cpuMicroseconds: number;
  /** How much of its core the server used: below one, something else was the limit. */
  busy: number;
  failed: number;
}

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Calls a server and gives what it took, by the clock and of its core. */
export async function drive({ port, usage }: Pinned, load: Load): Promise<Measured> {
  const times: number[] = [];
  let failed = 0;
  let made = 0;
  const before = usage().cpuMilliseconds;
  const startedAt = performance.now();
  const options: autocannon.Options = {
    url: `http://127.0.0.1:${port}`,
    connections: load.connections,
    ...(load.amount === undefined ? { duration: load.seconds ?? 5 } : { amount: load.amount }),
    ...(load.rate !== undefined && { overallRate: load.rate }),
    requests: [
      {
        setupRequest(request) {
          made += 1;
          return { ...request, method: 'GET', ...load.next(made - 1) };
        },
        onResponse: (_status, body) => load.onResponse?.(body),
      },
    ],
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, ended) => (error ? reject(error) : resolve(ended)));
    run.on('response', (_client, status, _bytes, milliseconds) => {
      times.push(milliseconds);
      if (status < 200 || status > 299) failed += 1;
    });
  });
  const wallMilliseconds = performance.now() - startedAt;
  const cpuMilliseconds = usage().cpuMilliseconds - before;
  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length / wallMilliseconds) * 1000,
    p50Milliseconds: percentile(times, 0.5),
    p99Milliseconds: percentile(times, 0.99),
    cpuMicroseconds: (cpuMilliseconds * 1000) / times.length,
    busy: cpuMilliseconds / wallMilliseconds,
    failed: failed + result.errors + result.timeouts,
  };
}
