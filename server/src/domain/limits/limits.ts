import type { Outside } from '../outside.ts';
import type { Credentials } from '../tokens/credentials.ts';
import { createCounters } from './counters.ts';
import { createSignInAttempts } from './sign-in-attempts.ts';

/** The room of everything that is counted: calls, mails, and failures in advance. */
export function createLimits({ stores, system, metrics, rules, keys, devices }: Outside & Credentials) {
  const { rateLimits: enabled, mailsPerHour } = rules;
  return {
    counters: createCounters({ store: stores.counters, keys, system, metrics, enabled, mailsPerHour }),
    attempts: createSignInAttempts({ devices }),
  };
}

export type Limits = ReturnType<typeof createLimits>;
