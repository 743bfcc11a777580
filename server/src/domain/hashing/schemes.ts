const version = 'v1:';

/** A hash of ours: bcrypt over a MAC of the password. */
export interface HashScheme {
  /** bcrypt's. */
  cost: number;
  encoded: string;
}

export const stored = (encoded: string): string => version + encoded;

/** The scheme of a stored hash. Throws where it is none: nothing else stands in an account. */
export function readHash(hash: string): HashScheme {
  const [, encoded, cost] = /^v1:(\$2b\$(\d\d)\$[./A-Za-z0-9]{53})$/.exec(hash) ?? [];
  if (encoded === undefined) throw new TypeError('a stored hash has no known form');
  return { cost: Number(cost), encoded };
}

/** A well-formed hash that no password is known to have. Comparing with it takes as long as with any other of its cost. */
export const bcryptDecoy = (cost: number): string => `$2b$${String(cost).padStart(2, '0')}$${'.'.repeat(53)}`;

/** A hash that takes as long to compare with as the given one, which is padded to the current cost. */
export const decoyLike = (hash: string, currentCost: number): string =>
  stored(bcryptDecoy(Math.max(currentCost, readHash(hash).cost)));
