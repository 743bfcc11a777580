/** Hashes are read at every sign-in, so a row of a strange table must not be able to hang the server. */
const bounds = {
  pbkdf2Iterations: 2_000_000,
  bcryptCost: { min: 4, max: 15 },
  /** scrypt's N·r, at 128 bytes each. */
  scryptBlocks: 2 ** 19,
  /** scrypt's N·r·p. */
  scryptWork: 2 ** 21,
  argon2KibiBytes: 2 ** 18,
  /** argon2's memory times its passes. */
  argon2Work: 2 ** 20,
  argon2Lanes: 16,
} as const;

/** What a stored hash is, ready to be compared with. */
export type HashScheme =
  /** bcrypt over a MAC of the password. */
  | { kind: 'ours'; cost: number; encoded: string }
  | { kind: 'bcrypt'; cost: number; encoded: string; prehashed: boolean }
  | { kind: 'pbkdf2'; digest: 'sha256' | 'sha1'; iterations: number; salt: string; key: Buffer }
  | {
      kind: 'scrypt';
      cost: number;
      blockSize: number;
      parallelism: number;
      salt: string;
      key: Buffer;
      normalized: boolean;
    }
  | { kind: 'argon2'; encoded: string };

type Parts = Record<string, string>;

interface Format {
  /** Anchored, with the groups `head`, `salt`, `middle` and `digest` that make up the whole, and the parameters within. */
  pattern: RegExp;
  /** The sign that a decoy has in place of those of salt and digest. */
  filler: string;
  /** Undefined where the parameters are out of bounds. */
  read(parts: Parts, hash: string): HashScheme | undefined;
}

const isBcryptCost = (cost: number) => cost >= bounds.bcryptCost.min && cost <= bounds.bcryptCost.max;

const foreignBcrypt =
  (prefix: string, prehashed: boolean) =>
  ({ cost }: Parts, hash: string): HashScheme | undefined =>
    isBcryptCost(Number(cost))
      ? { kind: 'bcrypt', cost: Number(cost), encoded: hash.slice(prefix.length), prehashed }
      : undefined;

const bcryptFormat = (prefix: string, prehashed: boolean): Format => ({
  pattern: new RegExp(
    `^(?<head>${prefix.replaceAll('$', '\\$')}\\$2[ab]\\$(?<cost>\\d\\d)\\$)(?<salt>[./A-Za-z0-9]{22})(?<middle>)(?<digest>[./A-Za-z0-9]{31})$`,
  ),
  filler: '.',
  read: foreignBcrypt(prefix, prehashed),
});

const pbkdf2Format = (digest: 'sha256' | 'sha1', digestPattern: string): Format => ({
  pattern: new RegExp(
    `^(?<head>django:pbkdf2_${digest}\\$(?<iterations>[1-9]\\d{0,6})\\$)(?<salt>[^$]{1,128})(?<middle>\\$)(?<digest>${digestPattern})$`,
  ),
  filler: 'A',
  read: ({ iterations, salt = '', digest: key = '' }) =>
    Number(iterations) <= bounds.pbkdf2Iterations
      ? { kind: 'pbkdf2', digest, iterations: Number(iterations), salt, key: Buffer.from(key, 'base64') }
      : undefined,
});

function readScrypt(
  parameters: { cost: number; blockSize: number; parallelism: number },
  rest: { salt: string; key: Buffer; normalized: boolean },
): HashScheme | undefined {
  const { cost, blockSize, parallelism } = parameters;
  const isPowerOfTwo = cost > 1 && Number.isInteger(Math.log2(cost));
  const fits =
    cost * blockSize <= bounds.scryptBlocks && cost * blockSize * parallelism <= bounds.scryptWork && isPowerOfTwo;
  return fits ? { kind: 'scrypt', ...parameters, ...rest } : undefined;
}

const argon2Format = (prefix: string): Format => ({
  pattern: new RegExp(
    `^(?<head>${prefix.replaceAll('$', '\\$')}\\$argon2(?:id|i|d)\\$v=19\\$m=(?<memory>[1-9]\\d{0,6}),t=(?<passes>[1-9]\\d{0,2}),p=(?<lanes>[1-9]\\d?)\\$)(?<salt>[A-Za-z0-9+/]{11,86})(?<middle>\\$)(?<digest>[A-Za-z0-9+/]{22,86})$`,
  ),
  filler: 'A',
  read: ({ memory, passes, lanes }, hash) =>
    Number(memory) <= bounds.argon2KibiBytes &&
    Number(memory) * Number(passes) <= bounds.argon2Work &&
    Number(lanes) <= bounds.argon2Lanes
      ? { kind: 'argon2', encoded: hash.slice(prefix.length) }
      : undefined,
});

const ours = 'v1:';

/** Every hash that may stand in an account. The prefix says where it came from. */
const formats: Format[] = [
  {
    pattern: /^(?<head>v1:\$2b\$(?<cost>\d\d)\$)(?<salt>[./A-Za-z0-9]{22})(?<middle>)(?<digest>[./A-Za-z0-9]{31})$/,
    filler: '.',
    read: ({ cost }, hash) => ({ kind: 'ours', cost: Number(cost), encoded: hash.slice(ours.length) }),
  },
  pbkdf2Format('sha256', '[A-Za-z0-9+/]{43}='),
  pbkdf2Format('sha1', '[A-Za-z0-9+/]{27}='),
  {
    pattern:
      /^(?<head>django:scrypt\$(?<cost>[1-9]\d{0,6})\$)(?<salt>[^$]{1,128})(?<middle>\$(?<blockSize>[1-9]\d?)\$(?<parallelism>[1-9]\d?)\$)(?<digest>[A-Za-z0-9+/]{86}==)$/,
    filler: 'A',
    read: ({ cost, blockSize, parallelism, salt = '', digest = '' }) =>
      readScrypt(
        { cost: Number(cost), blockSize: Number(blockSize), parallelism: Number(parallelism) },
        { salt, key: Buffer.from(digest, 'base64'), normalized: false },
      ),
  },
  bcryptFormat('django:bcrypt_sha256$', true),
  bcryptFormat('django:bcrypt$', false),
  bcryptFormat('bcrypt:', false),
  argon2Format('django:argon2'),
  argon2Format('argon2:'),
  {
    // better-auth's: its parameters stand in its code, and the salt is used as the text that it is.
    pattern: /^(?<head>scrypt:)(?<salt>[0-9a-f]{32})(?<middle>:)(?<digest>[0-9a-f]{128})$/,
    filler: '0',
    read: ({ salt = '', digest = '' }) =>
      readScrypt(
        { cost: 16_384, blockSize: 16, parallelism: 1 },
        { salt, key: Buffer.from(digest, 'hex'), normalized: true },
      ),
  },
];

function parse(hash: string): { scheme: HashScheme; decoy: string } | undefined {
  for (const { pattern, filler, read } of formats) {
    const parts = pattern.exec(hash)?.groups;
    if (!parts) continue;
    const scheme = read(parts, hash);
    const fill = (text = '') => text.replaceAll(/[^=]/g, filler);
    return scheme && { scheme, decoy: `${parts.head}${fill(parts.salt)}${parts.middle}${fill(parts.digest)}` };
  }
  return undefined;
}

function parseStored(hash: string) {
  const parsed = parse(hash);
  if (!parsed) throw new TypeError('a stored hash has no known form');
  return parsed;
}

/** The scheme of a stored hash. Throws where it is none: nothing else stands in an account. */
export const readHash = (hash: string): HashScheme => parseStored(hash).scheme;

/** Our form of what bcrypt gave. */
export const stored = (encoded: string): string => ours + encoded;

/** A well-formed hash that no password is known to have. Comparing with it takes as long as with any other of its cost. */
export const bcryptDecoy = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/** A hash that nothing matches and that takes as long to compare with as the given one; ours is padded to the current cost. */
export function decoyLike(hash: string, currentCost: number): string {
  const { scheme, decoy } = parseStored(hash);
  return scheme.kind === 'ours' ? stored(bcryptDecoy(Math.max(currentCost, scheme.cost))) : decoy;
}

/** What stands in an account that has no password: only a reset gives it one. */
export const unusable = (cost: number): string => stored(bcryptDecoy(cost));
export const isUnusable = (hash: string): boolean => /^v1:.*\.{53}$/.test(hash);

/**
 * The form in which a hash of another system is stored, or undefined where it is of no kind that is known, or has parameters
 * that a sign-in could not be made to wait for. Takes Django's, bcrypt in its three spellings, argon2, better-auth's scrypt
 * and what is stored already.
 */
export function storedForm(foreign: string): string | undefined {
  // bcrypt of PHP says 2y for what everybody else calls 2b.
  const text = foreign.replace(/(^|\$)\$2y\$/, '$1$2b$');
  const forms = [text, `django:${text}`, `bcrypt:${text}`, `argon2:${text}`, `scrypt:${text}`];
  return forms.find((form) => parse(form) !== undefined);
}
