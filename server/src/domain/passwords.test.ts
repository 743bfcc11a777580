import bcrypt from 'bcrypt';
import { describe, expect, it } from 'vitest';
import { bcryptDecoy } from './hashing/schemes.ts';
import { createPasswords, nativeHasher } from './passwords.ts';

/** bcrypt, and the costs of what it was asked to compute. */
function watchedHasher() {
  const costs: number[] = [];
  return {
    ...nativeHasher,
    costs,
    hash: (message: string, cost: number) => {
      costs.push(cost);
      return bcrypt.hash(message, cost);
    },
    compare: (message: string, hash: string) => {
      costs.push(bcrypt.getRounds(hash));
      return bcrypt.compare(message, hash);
    },
  };
}

const appraise = () => Promise.reject(new Error('nobody is asked'));
const work = (costs: number[]) => costs.reduce((sum, cost) => sum + 2 ** cost, 0);

describe('comparing a password', () => {
  it.each([[4], [5], [6], [8]])('costs the same for a hash of cost %i and one of the current cost 8', async (cost) => {
    const hash = await createPasswords({ cost, appraise }).hash('right');
    const hasher = watchedHasher();
    const passwords = createPasswords({ cost: 8, appraise, hasher });
    for (const password of ['right', 'wrong']) {
      hasher.costs.length = 0;
      expect(await passwords.matches(password, hash)).toBe(password === 'right');
      expect(work(hasher.costs)).toBe(2 ** 8);
    }
    expect(passwords.isOutdated(hash)).toBe(cost !== 8);
  });

  it('costs with a decoy what it costs with a hash, and nothing matches it', async () => {
    const hasher = watchedHasher();
    const passwords = createPasswords({ cost: 5, appraise, hasher });
    expect(await passwords.matches('', `v1:${bcryptDecoy(5)}`)).toBe(false);
    expect(hasher.costs).toEqual([5]);
  });

  it('computes nothing at the start', () => {
    const hasher = watchedHasher();
    createPasswords({ cost: 12, appraise, hasher });
    expect(hasher.costs).toEqual([]);
  });
});
