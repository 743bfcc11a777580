import type { Outside } from '../outside.ts';
import type { Credentials } from '../tokens/credentials.ts';
import { createFailures } from './failures.ts';
import { createRateLimits } from './rate-limits.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';

/** The room of everything that is counted: calls, and failures in advance. */
export function createLimits({ stores, system, rules, keys, devices }: Outside & Credentials) {
  const enabled = rules.rateLimits;
  const failures = createFailures({ store: stores.failures, keys, system, enabled });
  return {
    failures,
    rateLimits: createRateLimits({ store: stores.rateLimits, keys, enabled }),
    attempts: createSignInAttempts({ failures, devices }),
  };
}

export type Limits = ReturnType<typeof createLimits>;
