import bcrypt from 'bcrypt';
import { describe, expect, it } from 'vitest';
import { foreignHashes, foreignPassword as password, usualHashes } from '../../../test/transfer/foreign-hashes.ts';
import { createPasswords, nativeHasher } from '../passwords.ts';
import { decoyLike, readHash, storedForm } from './schemes.ts';

const passwords = createPasswords({ cost: 4, appraise: () => Promise.reject(new Error('nobody is asked')) });

describe('a hash of another system', () => {
  it.each(Object.entries(usualHashes))('%s is compared as that system does, at its cost', async (_kind, foreign) => {
    expect(await passwords.matches(password, storedForm(foreign) ?? '')).toBe(true);
  });

  it.each(Object.entries(foreignHashes))(
    '%s is matched by its password alone, and outdated',
    async (_kind, foreign) => {
      const hash = storedForm(foreign) ?? '';
      expect(await passwords.matches(password, hash)).toBe(true);
      expect(await passwords.matches(`${password}!`, hash)).toBe(false);
      expect(passwords.isOutdated(hash)).toBe(true);
      expect(storedForm(hash)).toBe(hash);
    },
  );

  it.each([...Object.entries(usualHashes), ...Object.entries(foreignHashes)])(
    '%s has a decoy with its parameters',
    (_kind, foreign) => {
      const hash = storedForm(foreign) ?? '';
      const decoy = decoyLike(hash, 4);
      const [like, real] = [readHash(decoy), readHash(hash)];
      expect(decoy).not.toBe(hash);
      expect(decoyLike(decoy, 4)).toBe(decoy);
      const secret = { salt: undefined, key: undefined, encoded: undefined };
      expect({ ...like, ...secret }).toEqual({ ...real, ...secret });
    },
  );

  it.each(Object.entries(foreignHashes))('%s has a decoy that its password does not match', async (_kind, foreign) => {
    expect(await passwords.matches(password, decoyLike(storedForm(foreign) ?? '', 4))).toBe(false);
  });

  it.each([
    ['md5$8vc5z91fC6X525OG575xzQ$eb42cfbc04fa25f7b3f5fea18df9fdf9'],
    ['5f4dcc3b5aa765d61d8327deb882cf99'],
    ['plain text'],
    [''],
    ['!ZMzY9W6Hs3slD7UB2dWWNgdHfA8W53uDDVntvFmV'],
    [`${usualHashes.pbkdf2_sha256} `],
    [`x${usualHashes.pbkdf2_sha256}`],
    [usualHashes.pbkdf2_sha256.replace('1000000', '2000001')],
    [usualHashes.pbkdf2_sha256.replace('1000000', '99999999999')],
    [usualHashes.pbkdf2_sha256.replace('1000000', '0')],
    [usualHashes.pbkdf2_sha256.replace('1000000', '-1')],
    [usualHashes.pbkdf2_sha256.replace('bopl', 'bo')],
    [usualHashes.scrypt.replace('16384', '16383')],
    [usualHashes.scrypt.replace('16384', '1048576')],
    [usualHashes.scrypt.replace('$8$5$', '$8$99$')],
    [usualHashes.bcrypt.replace('$12$', '$31$')],
    [usualHashes.bcrypt.replace('$12$', '$03$')],
    [usualHashes.argon2.replace('m=102400', 'm=4000000')],
    [usualHashes.argon2.replace('t=2', 't=900')],
    [usualHashes.argon2.replace('p=8', 'p=64')],
  ])('is refused as %s', (foreign) => expect(storedForm(foreign)).toBeUndefined());

  it('may have the most iterations that are allowed', () => {
    expect(storedForm(usualHashes.pbkdf2_sha256.replace('1000000', '2000000'))).toBeDefined();
  });

  it('is padded with nothing, and costs what its parameters say', async () => {
    const computed: string[] = [];
    const watched = createPasswords({
      cost: 14,
      appraise: () => Promise.reject(new Error('nobody is asked')),
      hasher: {
        ...nativeHasher,
        compare: async (_message, hash) => computed.push(`bcrypt ${bcrypt.getRounds(hash)}`) < 0,
        pbkdf2: async (_password, _salt, { iterations, keyBytes, digest }) => {
          computed.push(`pbkdf2 ${digest} ${iterations}`);
          return Buffer.alloc(keyBytes, 1);
        },
      },
    });
    for (const kind of ['pbkdf2_sha256', 'pbkdf2_sha1', 'bcrypt'] as const) {
      await watched.matches(password, storedForm(usualHashes[kind]) ?? '');
    }
    expect(computed).toEqual(['pbkdf2 sha256 1000000', 'pbkdf2 sha1 1000000', 'bcrypt 12']);
  });
});
