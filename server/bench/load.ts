import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
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
  /** Calls a second, evenly spaced however long each takes; as many as possible where it is not given. */
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

const defaultSeconds = 5;

const percentile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

interface Outcome {
  /** Of each call, in milliseconds. */
  times: number[];
  failed: number;
}

const isSuccess = (status: number) => status > 199 && status < 300;

/** Each connection makes its next call when the one before has come back. */
async function saturate(port: number, load: Load): Promise<Outcome> {
  const times: number[] = [];
  let failed = 0;
  let made = 0;
  const options: autocannon.Options = {
    url: `http://127.0.0.1:${port}`,
    connections: load.connections,
    ...(load.amount === undefined ? { duration: load.seconds ?? defaultSeconds } : { amount: load.amount }),
    requests: [
      {
        setupRequest(call) {
          made += 1;
          return { ...call, method: 'GET', ...load.next(made - 1) };
        },
        onResponse: (_status, body) => load.onResponse?.(body),
      },
    ],
  };
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, ended) => (error ? reject(error) : resolve(ended)));
    run.on('response', (_client, status, _bytes, milliseconds) => {
      times.push(milliseconds);
      if (!isSuccess(status)) failed += 1;
    });
  });
  return { times, failed: failed + result.errors + result.timeouts };
}

function send(port: number, agent: Agent, { method = 'GET', path, headers, body }: Call): Promise<[number, string]> {
  return new Promise((resolve, reject) => {
    const call = request({ port, host: '127.0.0.1', method, path, headers, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve([response.statusCode ?? 0, text]));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** Calls come by the clock: none waits for another, and they do not come in bursts, as those of many connections would. */
async function pace(port: number, load: Load, rate: number): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
  const times: number[] = [];
  let failed = 0;
  const calls = Array.from({ length: rate * (load.seconds ?? defaultSeconds) }, async (_, index) => {
    await sleep((index * 1000) / rate);
    const calledAt = performance.now();
    const [status, text] = await send(port, agent, load.next(index));
    times.push(performance.now() - calledAt);
    if (isSuccess(status)) load.onResponse?.(text);
    else failed += 1;
  });
  await Promise.all(calls);
  agent.destroy();
  return { times, failed };
}

/** Calls a server and gives what it took, by the clock and of its core. */
export async function drive({ port, usage }: Pinned, load: Load): Promise<Measured> {
  const before = usage().cpuMilliseconds;
  const startedAt = performance.now();
  const { times, failed } = await (load.rate === undefined ? saturate(port, load) : pace(port, load, load.rate));
  const wallMilliseconds = performance.now() - startedAt;
  const cpuMilliseconds = usage().cpuMilliseconds - before;
  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length / wallMilliseconds) * 1000,
    p50Milliseconds: percentile(times, 0.5),
    p99Milliseconds: percentile(times, 0.99),
    cpuMicroseconds: (cpuMilliseconds * 1000) / times.length,
    busy: cpuMilliseconds / wallMilliseconds,
    failed,
  };
}
