import { createHmac, pbkdf2, scrypt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { type Appraise, judgePassword, type PasswordOwner } from '@latchkey/shared/password-judge';
import bcrypt from 'bcrypt';
import { AppError } from '../errors.ts';
import { matchesForeign } from './hashing/foreign.ts';
import { createHashQueue, type HashCaller } from './hashing/queue.ts';
import { bcryptDecoy, readHash, stored } from './hashing/schemes.ts';
import type { Hasher } from './outside.ts';

const maxWaiting = 100;
/** Of libuv's threads, one stays free for the look-ups and files of everybody else. */
const threadPoolSize = 4;

/** bcrypt, and for the hashes of other systems what Node brings; argon2 is a package that need not be there. */
export const nativeHasher: Hasher = {
  hash: bcrypt.hash,
  compare: bcrypt.compare,
  pbkdf2: (password, salt, { iterations, keyBytes, digest }) =>
    promisify(pbkdf2)(password, salt, iterations, keyBytes, digest),
  scrypt: (password, salt, { cost, blockSize, parallelism, keyBytes }) =>
    new Promise((resolve, reject) => {
      // Twice what the algorithm needs: Node counts its own overhead against the limit.
      const maxmem = 256 * cost * blockSize * parallelism;
      scrypt(password, salt, keyBytes, { cost, blockSize, parallelization: parallelism, maxmem }, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    }),
  argon2: async (password, encoded) => (await import('@node-rs/argon2')).verify(encoded, password),
};

/**
 * The message that bcrypt sees: a MAC of fixed length, so that nothing behind byte 72 is lost and no zero byte ends the password.
 * The key separates our hashes from other systems'; it is no secret.
 */
const prepare = (password: string): string =>
  createHmac('sha256', 'latchkey/password/v1').update(password.normalize('NFKC')).digest('base64');

/**
 * Judges, hashes and compares passwords, as many at once as the machine has processors, in the order of a fair queue. Past
 * the queue it throws `BUSY`, as a late answer would come after its caller has gone.
 * @param cost bcrypt's, 4 to 18; hashes of another cost and of other systems are replaced at the next sign-in
 * @param appraise asks the dictionary about a password that somebody chooses
 */
export function createPasswords({
  cost,
  appraise,
  hasher = nativeHasher,
}: {
  cost: number;
  appraise: Appraise;
  hasher?: Hasher | undefined;
}) {
  const slots = Math.max(1, Math.min(availableParallelism(), threadPoolSize - 1));
  const queue = createHashQueue({ slots, maxWaiting });

  /**
   * Compares, and brings what a hash of ours of a lower cost took less up to the current one: 2^n and all of 2^n to
   * 2^(cost-1) are 2^cost together. What other systems' hashes cost is drawn for unknown names, too.
   */
  async function compare(password: string, hash: string): Promise<boolean> {
    const scheme = readHash(hash);
    if (scheme.kind !== 'ours') return matchesForeign(password, scheme, hasher);
    const message = prepare(password);
    const matched = await hasher.compare(message, scheme.encoded);
    for (let padding = scheme.cost; padding < cost; padding += 1) {
      await hasher.compare(message, bcryptDecoy(padding));
    }
    return matched;
  }

  return {
    /** The state of the queue, for metrics. */
    queue,

    /** Throws `PASSWORD_TOO_COMMON` with the reason where somebody had better choose another password. */
    async assertStrong(password: string, owner: PasswordOwner, caller?: HashCaller): Promise<void> {
      const { refused } = await judgePassword(password, owner, (candidate, words) =>
        queue.run(() => appraise(candidate, words), caller),
      );
      if (refused) throw new AppError('PASSWORD_TOO_COMMON', { reason: refused });
    },

    hash: async (password: string, caller?: HashCaller): Promise<string> =>
      stored(await queue.run(() => hasher.hash(prepare(password), cost), caller)),

    /** @param hash of an account, or a decoy, which nothing matches */
    matches: (password: string, hash: string, caller?: HashCaller): Promise<boolean> =>
      queue.run(() => compare(password, hash), caller),

    isOutdated(hash: string): boolean {
      const scheme = readHash(hash);
      return scheme.kind !== 'ours' || scheme.cost !== cost;
    },
  };
}

export type Passwords = ReturnType<typeof createPasswords>;
