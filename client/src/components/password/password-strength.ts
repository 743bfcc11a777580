import type { WeakPasswordReason } from '@latchkey/shared/errors';
import { limits } from '@latchkey/shared/limits';
import type { PasswordVerdict } from '@latchkey/shared/password-judge';

export type PasswordStrength =
  | { level: undefined; kind: 'empty' }
  | { level: 0; kind: 'tooShort'; missing: number }
  | { level: 0; kind: 'tooLong' }
  | { level: 0; kind: 'refused'; reason: WeakPasswordReason }
  | { level: 1; kind: 'fair' }
  | { level: 2; kind: 'good' }
  | { level: 3; kind: 'strong' };

/** The problem with the length, counted as the contract does; undefined where there is none and a judge can be asked. */
function lengthProblem(password: string): PasswordStrength | undefined {
  const characters = [...password.normalize('NFKC')].length;
  if (characters === 0) return { level: undefined, kind: 'empty' };
  if (characters < limits.passwordMin) {
    return { level: 0, kind: 'tooShort', missing: limits.passwordMin - characters };
  }
  return characters > limits.passwordMax ? { level: 0, kind: 'tooLong' } : undefined;
}

/**
 * The reading of the meter. It says "fair" or better only of what the server accepts.
 * @param verdict of the judge that the server has, too; undefined while it is not known
 */
export function passwordStrength(password: string, verdict: PasswordVerdict | undefined): PasswordStrength {
  const problem = lengthProblem(password);
  if (problem) return problem;
  if (!verdict) return { level: undefined, kind: 'empty' };
  if (verdict.refused) return { level: 0, kind: 'refused', reason: verdict.refused };
  if (verdict.score <= 2) return { level: 1, kind: 'fair' };
  return verdict.score === 3 ? { level: 2, kind: 'good' } : { level: 3, kind: 'strong' };
}
