import type { CallResponse } from '../src/testing/wire.ts';

/** The same call so many times at once. */
export const atOnce = <Result>(count: number, act: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** How often each of the outcomes came up. */
export function countEach(outcomes: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

/** How many of the responses carry which application error code; a success counts as `ok`. */
export const tally = (responses: readonly CallResponse[]): Record<string, number> =>
  countEach(responses.map(({ status, code }) => (status === 200 ? 'ok' : (code ?? String(status)))));
