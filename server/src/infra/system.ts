import { randomBytes, randomInt } from 'node:crypto';

/** Time and chance, in one place so that tests can hand in their own. */
export function createSystem() {
  return {
    now: () => new Date(),
    randomBytes: (size: number): Buffer => randomBytes(size),
    /** A whole number from 0 to `max` - 1, uniformly, from the CSPRNG. */
    randomInt: (max: number): number => randomInt(max),
  };
}

export type System = ReturnType<typeof createSystem>;

/** 128 random bits as 22 characters that need no escaping in a URL. */
export const randomId = (system: System): string => system.randomBytes(16).toString('base64url');
