import { createHmac, randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { WeakPasswordReason } from '@latchkey/shared/errors';
import { limits } from '@latchkey/shared/limits';
import { dictionary } from '@zxcvbn-ts/language-common';
import bcrypt from 'bcrypt';
import pLimit from 'p-limit';
import { AppError } from '../errors.ts';
import { canonicalKey } from './names.ts';

const version = 'v1:';
const maxQueue = 100;
const busySeconds = 5;
/** Of libuv's threads, one stays free for the look-ups and files of everybody else. */
const threadPoolSize = 4;

const folded = (password: string) => password.normalize('NFKC').toLowerCase();

/** Only those that the rules of length would let pass. */
const commonPasswords = new Set(
  dictionary['passwords-common'].filter((password) => password.length >= limits.passwordMin).map(folded),
);

/**
 * What bcrypt sees: a MAC of fixed length, so that nothing behind byte 72 is lost and no zero byte ends the password.
 * The key separates our hashes from other systems'; it is no secret.
 */
const prepare = (password: string): string =>
  createHmac('sha256', 'latchkey/password/v1').update(password.normalize('NFKC')).digest('base64');

/**
 * Refuses a password that is common or stands in the account itself (NIST SP 800-63B-4, 3.1.1.2).
 * Throws `PASSWORD_TOO_COMMON` with the reason.
 */
export function assertUncommonPassword(password: string, account: { username: string; email: string }): void {
  const candidate = folded(password);
  const email = canonicalKey(account.email);
  const refuse = (reason: WeakPasswordReason) => {
    throw new AppError('PASSWORD_TOO_COMMON', { reason });
  };
  if (candidate === canonicalKey(account.username)) refuse('username');
  if (candidate === email || candidate === email.slice(0, email.lastIndexOf('@'))) refuse('email');
  if (commonPasswords.has(candidate)) refuse('common');
}

/**
 * Hashes and compares passwords, as many at once as the machine has processors and at most 100 waiting: past that it
 * throws `BUSY`, as a late answer would come after its caller has gone.
 * @param cost bcrypt's, 4 to 18; hashes of another cost are replaced at the next sign-in
 */
export function createPasswords({ cost }: { cost: number }) {
  const limit = pLimit(Math.max(1, Math.min(availableParallelism(), threadPoolSize - 1)));
  /** A hash of nothing anybody knows, for names that nobody has: comparing with it takes as long as with a real one. */
  const dummyHash = bcrypt.hashSync(randomBytes(32).toString('base64'), cost);

  async function enqueue<Result>(task: () => Promise<Result>): Promise<Result> {
    if (limit.pendingCount >= maxQueue) throw new AppError('BUSY', { retryAfterSeconds: busySeconds });
    return await limit(task);
  }

  return {
    hash: async (password: string): Promise<string> =>
      version + (await enqueue(() => bcrypt.hash(prepare(password), cost))),

    /** False for an absent hash, after the time that a comparison takes. */
    async matches(password: string, hash: string | undefined): Promise<boolean> {
      const known = hash?.startsWith(version) ? hash.slice(version.length) : undefined;
      const matched = await enqueue(() => bcrypt.compare(prepare(password), known ?? dummyHash));
      return matched && known !== undefined;
    },

    isOutdated: (hash: string): boolean => bcrypt.getRounds(hash.slice(version.length)) !== cost,
  };
}

export type Passwords = ReturnType<typeof createPasswords>;
