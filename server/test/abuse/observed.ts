import { fromNewAddress } from '../../src/testing/people.ts';
import type { TestApp } from '../../src/testing/test-app.ts';

/** Everything that a caller sees of a response but the time and the number of the request. */
export async function visibleResponse(app: TestApp, path: string, input: unknown, headers = fromNewAddress()) {
  const response = await fetch(`${app.url}/trpc/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(input),
  });
  const own = new Set(['date', 'x-request-id']);
  return {
    status: response.status,
    headers: [...response.headers].filter(([name]) => !own.has(name)),
    body: await response.text(),
  };
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** Milliseconds that an act takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}
