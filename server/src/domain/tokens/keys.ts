import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';

/** One label per use: a key derived for one purpose can serve no other. */
export type KeyUse =
  | 'admin-cursor'
  | 'access-token'
  | 'refresh-token'
  | 'device-token'
  | 'one-time-code'
  | 'email-undo'
  | 'audit-chain'
  | 'registration'
  | 'audit-name'
  | 'browser'
  | 'decoy'
  | 'log-address'
  | 'rate-limit'
  | 'rest-challenge';

export interface DerivedKey {
  kid: string;
  key: KeyObject;
}

const derive = (secret: string, label: string, bytes: number) =>
  Buffer.from(hkdfSync('sha256', secret, 'latchkey', label, bytes));

/**
 * Derives the keys of each use from `AUTH_SECRETS` with HKDF-SHA-256 (RFC 5869). The first secret signs, all verify, so
 * a secret that moves to the front later invalidates nothing.
 * @param secrets at least one, each of at least 32 bytes
 */
export function createKeys(secrets: readonly string[]) {
  const [first, ...others] = secrets;
  if (first === undefined) throw new TypeError('at least one secret is needed');

  return (use: KeyUse) => {
    const keyOf = (secret: string): DerivedKey => ({
      kid: derive(secret, `kid/${use}/v1`, 6).toString('base64url'),
      key: createSecretKey(derive(secret, `${use}/v1`, 32)),
    });
    const current = keyOf(first);
    const all = [current, ...others.map(keyOf)];
    return { current, find: (kid: unknown) => all.find((entry) => entry.kid === kid), all };
  };
}

export type Keys = ReturnType<typeof createKeys>;

/** HMAC-SHA-256 (RFC 2104) as base64url. */
export const hmac = (key: KeyObject, message: string): string =>
  createHmac('sha256', key).update(message).digest('base64url');

/** Compares two MACs without telling by time where they differ. */
export function sameMac(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
