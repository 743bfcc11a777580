import { randomBytes, randomInt } from 'node:crypto';

const poolBytes = 4_096;

/** Random bytes from the CSPRNG, which is asked for many at a time: asking costs more than the bytes. None is given twice. */
function createRandomBytes(): (size: number) => Buffer {
  let pool = Buffer.alloc(0);
  return (size) => {
    if (size > poolBytes / 2) return randomBytes(size);
    if (size > pool.length) pool = randomBytes(poolBytes);
    const bytes = Buffer.from(pool.subarray(0, size));
    pool.fill(0, 0, size);
    pool = pool.subarray(size);
    return bytes;
  };
}

/** Time and chance, in one place so that tests can hand in their own. */
export function createSystem() {
  return {
    now: () => new Date(),
    randomBytes: createRandomBytes(),
    /** A whole number from 0 to `max` - 1, uniformly, from the CSPRNG. */
    randomInt: (max: number): number => randomInt(max),
  };
}

export type System = ReturnType<typeof createSystem>;

/** 128 random bits as 22 characters that need no escaping in a URL. */
export const randomId = (system: System): string => system.randomBytes(16).toString('base64url');
