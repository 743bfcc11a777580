import { AppError } from '../../errors.ts';
import type { RateLimitStore, WindowRule } from '../../infra/rate-limit-store.ts';
import { hmac, type Keys } from '../tokens/keys.ts';

const minute = 60;
const hour = 60 * minute;

/** Every plain limit, by name. Failures, which are given back when the answer was right, stand in `failures.ts`. */
export const limits = {
  signInsPerAddress: { points: 100, seconds: 15 * minute },
  registrationsPerAddress: { points: 20, seconds: hour },
  resendsPerAddress: { points: 100, seconds: 15 * minute },
  linkUsesPerAddress: { points: 100, seconds: 15 * minute },
  resetsPerAddress: { points: 20, seconds: hour },
  /** Over it the answer stays the same and no mail is sent. */
  resetsPerTypedAddress: { points: 3, seconds: hour },
  codesPerAccount: { points: 10, seconds: hour },
  emailChangeCodesPerAccount: { points: 10, seconds: hour },
  emailChangesPerAccount: { points: 10, seconds: hour },
  passwordChangesPerAccount: { points: 10, seconds: hour },
  profileChangesPerAccount: { points: 30, seconds: hour },
  refreshesPerSession: { points: 60, seconds: minute },
  /** One share per class of mail, so that none can use up another's. */
  mailsPerClass: { points: 1_000, seconds: hour },
} as const satisfies Record<string, WindowRule>;

export type LimitName = keyof typeof limits;

/** Counts calls in fixed windows that all instances share. Keys are stored as MACs: they may be addresses of people. */
export function createRateLimits({ store, keys, enabled }: { store: RateLimitStore; keys: Keys; enabled: boolean }) {
  const { key } = keys('rate-limit').current;
  const windows = new Map(Object.entries(limits).map(([name, rule]) => [name, store.window(name, rule)]));
  const ask = async (operation: 'consume' | 'peek', name: LimitName, subject: string) =>
    enabled ? ((await windows.get(name)?.[operation](hmac(key, subject))) ?? 0) : 0;

  return {
    /** Counts one call. Throws `RATE_LIMITED` with the seconds to wait when the window is full. */
    async consume(name: LimitName, subject: string): Promise<void> {
      const retryAfterSeconds = await ask('consume', name, subject);
      if (retryAfterSeconds > 0) throw new AppError('RATE_LIMITED', { retryAfterSeconds });
    },

    /** Counts one call and tells whether there was room. */
    async hasRoom(name: LimitName, subject: string): Promise<boolean> {
      return (await ask('consume', name, subject)) === 0;
    },

    /** Begins the window anew. */
    async clear(name: LimitName, subject: string): Promise<void> {
      if (enabled) await windows.get(name)?.clear(hmac(key, subject));
    },

    /** Throws `RATE_LIMITED` when the window is full, and counts nothing. */
    async assertRoom(name: LimitName, subject: string): Promise<void> {
      const retryAfterSeconds = await ask('peek', name, subject);
      if (retryAfterSeconds > 0) throw new AppError('RATE_LIMITED', { retryAfterSeconds });
    },
  };
}

export type RateLimits = ReturnType<typeof createRateLimits>;
