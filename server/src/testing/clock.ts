import { createCipheriv, createHash } from 'node:crypto';
import type { System } from '../infra/system.ts';

const unitMilliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Seconds as a number, or a text as `'31s'`, `'15m'`, `'7d'`. */
export type Duration = number | `${number}${keyof typeof unitMilliseconds}`;

function millisecondsOf(duration: Duration): number {
  if (typeof duration === 'number') return duration * 1_000;
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h|d)$/.exec(duration) ?? [];
  if (amount === undefined) throw new Error(`${duration} is no duration: write 31s, 15m, 2h or 7d`);
  return Number(amount) * unitMilliseconds[unit as keyof typeof unitMilliseconds];
}

/** Time that stands still until a test moves it. */
export function createClock(startsAt: Date) {
  let time = startsAt.getTime();
  return {
    now: () => new Date(time),
    advance(duration: Duration): void {
      time += millisecondsOf(duration);
    },
  };
}

export type Clock = ReturnType<typeof createClock>;

/** Random bytes that are the same in each run: the key stream of AES-256-CTR under a key made of the seed. */
function createSeededBytes(seed: string) {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(seed).digest(), Buffer.alloc(16));
  return (size: number): Buffer => stream.update(Buffer.alloc(size));
}

/**
 * Time from the clock, and chance from a seed: a test that does the same thing twice sees the same ids twice.
 * @param seed any text
 */
export function createTestSystem({ clock, seed }: { clock: Clock; seed: string }): System {
  const randomBytes = createSeededBytes(seed);
  return {
    now: clock.now,
    randomBytes,
    randomInt(max) {
      // What lies behind the last whole multiple of `max` would make the small numbers likelier.
      const bound = 2 ** 32 - (2 ** 32 % max);
      for (;;) {
        const drawn = randomBytes(4).readUInt32BE();
        if (drawn < bound) return drawn % max;
      }
    },
  };
}
