import { describe, expect, it } from 'vitest';
import { passwordStrength } from './password-strength.ts';

const kind = (password: string, ...personal: string[]) => passwordStrength(password, personal).kind;

describe('the strength of a password', () => {
  it('counts characters as the contract does: code points after NFKC', () => {
    expect(passwordStrength('🔑🔑🔑', [])).toEqual({ level: 0, kind: 'tooShort', missing: 5 });
    expect(kind('x'.repeat(129))).toBe('tooLong');
    expect(kind('')).toBe('empty');
  });

  it('knows rows and repetitions, whatever their length', () => {
    for (const password of ['12345678', 'aaaaaaaaaaaaaaaaaaaa', 'abcdefghijklmnop', '9876543210', 'abababababab']) {
      expect(kind(password)).toBe('repetitive');
    }
  });

  it('knows the names and addresses of the person, but not names so short that they are in it by chance', () => {
    expect(kind('lovelace1815', 'ada', 'lovelace')).toBe('personal');
    expect(kind('countess99', '', 'countess@example.com')).toBe('personal');
    expect(kind('adamant kettle drum', 'ada')).toBe('strong');
  });

  it('otherwise goes by length', () => {
    expect(kind('kettle-d')).toBe('fair');
    expect(kind('kettle-drum-')).toBe('good');
    expect(kind('kettle-drum-sevn')).toBe('strong');
  });
});
