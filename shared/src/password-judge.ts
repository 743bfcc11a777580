import type { WeakPasswordReason } from './errors.ts';

/** Guessed in less than a million tries below this, on the scale of zxcvbn (0 to 4). */
const leastScore = 2;
/** The estimate of more characters than these costs much and changes little. */
const appraisedCodePoints = 32;
/** A password longer than this that is no repetition of a few characters needs no estimate. */
const longCodePoints = 24;
const fewestDistinct = 5;
const productName = 'latchkey';

/** Whose password it is to be: it must not be made of this. */
export interface PasswordOwner {
  username?: string;
  email?: string;
  firstName?: string;
  lastName?: string;
}

/** What a dictionary says of a password. */
export interface Appraisal {
  /** It stands in the list of common ones, in upper or lower case. */
  common: boolean;
  /** zxcvbn's, 0 to 4. */
  score: number;
}

/** Asks the dictionary. `words` are those that an attacker would try first for this person. */
export type Appraise = (candidate: string, words: string[]) => Promise<Appraisal>;

export type PasswordVerdict = { refused: WeakPasswordReason } | { refused: undefined; score: number };

const folded = (text: string) => text.normalize('NFKC').toLowerCase();

/**
 * The one judge of new passwords, on the server and behind the app's meter (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2.4 and
 * 6.2.11). Refuses what stands in the account itself, what is common, and what zxcvbn expects to be guessed soon.
 * The length is the schema's to check.
 */
export async function judgePassword(
  password: string,
  owner: PasswordOwner,
  appraise: Appraise,
): Promise<PasswordVerdict> {
  const candidate = folded(password);
  const username = folded(owner.username ?? '').trim();
  const email = folded(owner.email ?? '').trim();
  const localPart = email.slice(0, Math.max(0, email.lastIndexOf('@')));
  if (candidate === username) return { refused: 'username' };
  if (candidate === email || candidate === localPart) return { refused: 'email' };

  const characters = [...password.normalize('NFKC')];
  if (characters.length > longCodePoints && new Set(characters).size >= fewestDistinct) {
    return { refused: undefined, score: 4 };
  }
  const names = [owner.firstName, owner.lastName].map((name) => folded(name ?? '').trim());
  const words = [productName, username, email, localPart, ...names].filter((word) => word !== '');
  const { common, score } = await appraise(characters.slice(0, appraisedCodePoints).join(''), words);
  if (common) return { refused: 'common' };
  return score < leastScore ? { refused: 'weak' } : { refused: undefined, score };
}
