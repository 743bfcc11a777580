import { AppError } from '../../errors.ts';
import type { RateLimitStore, WindowRule } from '../../infra/rate-limit-store.ts';
import { hourSeconds, minuteSeconds } from '../../time.ts';
import { hmac, type Keys } from '../tokens/keys.ts';

/** Every plain limit, by name. Failures, which are given back when the attempt was right, stand in `failures.ts`. */
export const rateLimitRules = {
  signInsPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  registrationsPerAddress: { points: 20, seconds: hourSeconds },
  resendsPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  linkUsesPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  resetsPerAddress: { points: 20, seconds: hourSeconds },
  /** Over it the response stays the same and no mail is sent. */
  resetsPerTypedAddress: { points: 3, seconds: hourSeconds },
  codesPerAccount: { points: 10, seconds: hourSeconds },
  emailChangeCodesPerAccount: { points: 10, seconds: hourSeconds },
  emailChangesPerAccount: { points: 10, seconds: hourSeconds },
  passwordChangesPerAccount: { points: 10, seconds: hourSeconds },
  profileChangesPerAccount: { points: 30, seconds: hourSeconds },
  refreshesPerSession: { points: 60, seconds: minuteSeconds },
  /** One share per class of mail, so that none can use up another's. */
  mailsPerClass: { points: 1_000, seconds: hourSeconds },
} as const satisfies Record<string, WindowRule>;

export type LimitName = keyof typeof rateLimitRules;

/** Counts calls in fixed windows that all instances share. Keys are stored as MACs: they may be addresses of people. */
export function createRateLimits({ store, keys, enabled }: { store: RateLimitStore; keys: Keys; enabled: boolean }) {
  const { key } = keys('rate-limit').current;
  const windows = new Map(Object.entries(rateLimitRules).map(([name, rule]) => [name, store.window(name, rule)]));
  const ask = async (operation: 'consume' | 'peek', name: LimitName, subject: string) =>
    enabled ? ((await windows.get(name)?.[operation](hmac(key, subject))) ?? 0) : 0;

  return {
    /** Counts one call. Throws `RATE_LIMITED` with the seconds to wait when the window is full. */
    async consume(name: LimitName, subject: string): Promise<void> {
      const retryAfterSeconds = await ask('consume', name, subject);
      if (retryAfterSeconds > 0) throw new AppError('RATE_LIMITED', { retryAfterSeconds });
    },

    /** Counts one call and tells whether there was room. */
    async tryConsume(name: LimitName, subject: string): Promise<boolean> {
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
