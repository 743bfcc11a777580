import { limits } from '@latchkey/shared/limits';

export type PasswordStrength =
  | { level: 0; kind: 'empty' | 'tooLong' | 'repetitive' | 'personal' }
  | { level: 0; kind: 'tooShort'; missing: number }
  | { level: 1; kind: 'fair' }
  | { level: 2; kind: 'good' }
  | { level: 3; kind: 'strong' };

const goodLength = 12;
const strongLength = 16;
const fewestDistinct = 5;
/** A part of a name shorter than this is in too many passwords by chance. */
const personalMin = 4;

/** How many steps from one character to the next are the same as the step before: 1234, aaaa, 9876. */
function plainSteps(characters: string[]): number {
  const points = characters.map((character) => character.codePointAt(0) ?? 0);
  return points.filter((point, index) => {
    const [before, beforeThat] = [points[index - 1], points[index - 2]];
    if (before === undefined || beforeThat === undefined) return false;
    return point - before === before - beforeThat && Math.abs(point - before) <= 1;
  }).length;
}

/**
 * How strong a password looks, by length first: length is what guessing pays for. It only advises; what the contract
 * refuses is too short or too long, and the server alone knows the lists of common ones.
 */
export function passwordStrength(password: string, personal: string[]): PasswordStrength {
  const characters = [...password.normalize('NFKC')];
  if (characters.length === 0) return { level: 0, kind: 'empty' };
  if (characters.length < limits.passwordMin) {
    return { level: 0, kind: 'tooShort', missing: limits.passwordMin - characters.length };
  }
  if (characters.length > limits.passwordMax) return { level: 0, kind: 'tooLong' };

  const lower = password.toLowerCase();
  const parts = personal.flatMap((text) => text.toLowerCase().split(/[@\s]/));
  if (parts.some((part) => part.length >= personalMin && lower.includes(part) && part.length * 2 > lower.length)) {
    return { level: 0, kind: 'personal' };
  }
  const distinct = new Set(characters).size;
  if (distinct < fewestDistinct || plainSteps(characters) * 2 > characters.length) {
    return { level: 0, kind: 'repetitive' };
  }
  if (characters.length >= strongLength) return { level: 3, kind: 'strong' };
  if (characters.length >= goodLength) return { level: 2, kind: 'good' };
  return { level: 1, kind: 'fair' };
}
