import { describe, expect, it } from 'vitest';
import { judgePassword } from './password-judge.ts';

const owner = { username: 'Ada.L', email: 'countess@example.com', firstName: 'Ada', lastName: 'Lovelace' };

/** A dictionary that finds nothing weaker than the score, and notes what it was asked. */
function dictionary(score: number, common = false) {
  const asked: { candidate: string; words: string[] }[] = [];
  const appraise = async (candidate: string, words: string[]) => {
    asked.push({ candidate, words });
    return { common, score };
  };
  return { asked, appraise };
}

describe('the judge of passwords', () => {
  it.each([
    ['ada.l', 'username'],
    ['ＡＤＡ.Ｌ', 'username'],
    ['Countess@Example.com', 'email'],
    ['countess', 'email'],
  ])('refuses %s without asking a dictionary', async (password, refused) => {
    const { asked, appraise } = dictionary(4);
    expect(await judgePassword(password, owner, appraise)).toEqual({ refused });
    expect(asked).toEqual([]);
  });

  it('refuses what is common, and what scores less than two', async () => {
    expect(await judgePassword('kettle-drum', owner, dictionary(4, true).appraise)).toEqual({ refused: 'common' });
    expect(await judgePassword('kettle-drum', owner, dictionary(1).appraise)).toEqual({ refused: 'weak' });
    expect(await judgePassword('kettle-drum', owner, dictionary(2).appraise)).toEqual({ refused: undefined, score: 2 });
  });

  it('takes more than 24 characters of at least five kinds as they are, and no others', async () => {
    const { asked, appraise } = dictionary(0);
    const long = 'abcde'.repeat(5);
    expect(await judgePassword(long, owner, appraise)).toEqual({ refused: undefined, score: 4 });
    expect(await judgePassword(long.slice(1), owner, appraise)).toEqual({ refused: 'weak' });
    expect(await judgePassword('abcd'.repeat(20), owner, appraise)).toEqual({ refused: 'weak' });
    expect(asked).toHaveLength(2);
  });

  it('asks about 32 characters at most, in the form that is hashed, with the words of the person and the product', async () => {
    const { asked, appraise } = dictionary(0);
    await judgePassword('ａ'.repeat(128), owner, appraise);
    expect(asked).toEqual([
      {
        candidate: 'a'.repeat(32),
        words: ['latchkey', 'ada.l', 'countess@example.com', 'countess', 'ada', 'lovelace'],
      },
    ]);
  });
});
