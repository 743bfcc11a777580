import type { UsersStore } from '../../infra/stores/users/users-store.ts';
import { randomId, type System } from '../../infra/system.ts';
import { canonicalKey } from '../names.ts';
import { hmac, type Keys } from '../tokens/keys.ts';
import { bcryptDecoy, decoyLike, stored } from './schemes.ts';

const sampledAccounts = 200;
const relearnMilliseconds = 10 * 60_000;

/**
 * Hashes to compare with where a name has no account. After a change of `BCRYPT_COST` accounts take different times, so one
 * time for all unknown names would tell who exists: each unknown name gets, for good, the kind of hash that a MAC of it
 * draws from those which a sample of the accounts has.
 * @param cost bcrypt's current one
 */
export function createDecoys({
  users,
  keys,
  system,
  cost,
}: {
  users: UsersStore;
  keys: Keys;
  system: System;
  cost: number;
}) {
  const { key } = keys('decoy').current;
  /** Decoys by how many of the sample are like them, in an order that every instance shares. */
  let shares: [decoy: string, accounts: number][] = [];
  let learning: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function read(): Promise<void> {
    const counts = new Map<string, number>();
    for (const hash of await users.sampleHashes(randomId(system), sampledAccounts)) {
      const decoy = decoyLike(hash, cost);
      counts.set(decoy, (counts.get(decoy) ?? 0) + 1);
    }
    shares = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** Looks at the accounts once more; of parallel calls one does. */
  function learn(): Promise<void> {
    learning ??= read().finally(() => {
      learning = undefined;
    });
    return learning;
  }

  /** A number from 0 up to 1 that stays the same for a name. */
  const fractionOf = (name: string) => Buffer.from(hmac(key, canonicalKey(name)), 'base64url').readUInt32BE() / 2 ** 32;

  function draw(name: string): string {
    const total = shares.reduce((sum, [, accounts]) => sum + accounts, 0);
    let left = fractionOf(name) * total;
    for (const [decoy, accounts] of shares) {
      if (left < accounts) return decoy;
      left -= accounts;
    }
    return stored(bcryptDecoy(cost));
  }

  return {
    learn,

    /** Looks at the accounts now and then. What fails is told to `onError`, and what was known before holds. */
    start(onError: (error: unknown) => void): void {
      timer = setInterval(() => learn().catch(onError), relearnMilliseconds).unref();
    },
    stop: (): void => clearInterval(timer),

    /** The hash to compare a password with: that of the account, or for an unknown name one that it never has. */
    hashFor: (name: string, account: { passwordHash: string } | null): string => account?.passwordHash ?? draw(name),
  };
}
