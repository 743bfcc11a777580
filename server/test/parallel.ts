import type { CallResponse } from '../src/testing/wire.ts';

/** The same call so many times at once. */
export const atOnce = <Result>(count: number, act: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index)));

/** How many of the responses carry which application error code; a success counts as `ok`. */
export function tally(responses: readonly CallResponse[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, code } of responses) {
    const kind = status === 200 ? 'ok' : (code ?? String(status));
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
