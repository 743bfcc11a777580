import { QueryClient } from '@tanstack/react-query';
import { isPassing, retryAfterSeconds, toProblem } from '../session/problem.ts';

const retries = 3;
const maxDelayMilliseconds = 30_000;

/**
 * Reads are tried again while the trouble is of the kind that passes. Writes are never sent twice by themselves; while
 * the browser is offline they wait, and go out when it is back.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        retry: (failures, error) => failures < retries && isPassing(toProblem(error)),
        retryDelay: (attempt, error) => {
          const asked = retryAfterSeconds(toProblem(error));
          return Math.min(asked === undefined ? 500 * 2 ** attempt : asked * 1000, maxDelayMilliseconds);
        },
      },
      mutations: { retry: false },
    },
  });
}
