import { describe, expect, it } from 'vitest';
import { passwordStrength } from './password-strength.ts';

const accepted = (score: number) => ({ refused: undefined, score });

describe('the strength of a password', () => {
  it('counts characters as the contract does: code points after NFKC', () => {
    expect(passwordStrength('🔑🔑🔑', undefined)).toEqual({ level: 0, kind: 'tooShort', missing: 5 });
    expect(passwordStrength('x'.repeat(129), accepted(4)).kind).toBe('tooLong');
    expect(passwordStrength('', undefined).kind).toBe('empty');
  });

  it('is not called weak or strong before the judge has spoken', () => {
    expect(passwordStrength('kettle-drum-sevn', undefined)).toEqual({ level: undefined, kind: 'empty' });
  });

  it('shows the reason where the server would refuse', () => {
    for (const reason of ['common', 'username', 'email', 'weak'] as const) {
      expect(passwordStrength('kettle-drum-sevn', { refused: reason })).toEqual({ level: 0, kind: 'refused', reason });
    }
  });

  it('goes by the score otherwise', () => {
    expect([2, 3, 4].map((score) => passwordStrength('kettle-drum-sevn', accepted(score)).kind)).toEqual([
      'fair',
      'good',
      'strong',
    ]);
  });
});
