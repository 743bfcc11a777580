import { createHash, timingSafeEqual } from 'node:crypto';
import type { Hasher } from '../outside.ts';
import type { HashScheme } from './schemes.ts';

type ForeignScheme = Exclude<HashScheme, { kind: 'ours' }>;

/**
 * Compares a password with a hash that another system made, which takes it as it was typed: no normal form and no MAC but
 * what that system does itself.
 */
export async function matchesForeign(password: string, scheme: ForeignScheme, hasher: Hasher): Promise<boolean> {
  switch (scheme.kind) {
    case 'bcrypt': {
      // Django's way around bcrypt's 72 bytes.
      const message = scheme.prehashed ? createHash('sha256').update(password).digest('hex') : password;
      return hasher.compare(message, scheme.encoded);
    }
    case 'pbkdf2': {
      const { iterations, digest, salt, key } = scheme;
      return timingSafeEqual(await hasher.pbkdf2(password, salt, { iterations, digest, keyBytes: key.length }), key);
    }
    case 'scrypt': {
      const { cost, blockSize, parallelism, salt, key, normalized } = scheme;
      const text = normalized ? password.normalize('NFKC') : password;
      return timingSafeEqual(
        await hasher.scrypt(text, salt, { cost, blockSize, parallelism, keyBytes: key.length }),
        key,
      );
    }
    case 'argon2':
      return hasher.argon2(password, scheme.encoded);
  }
}
