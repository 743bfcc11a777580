import { type AuditEventType, auditEventTypes } from '@latchkey/shared/schemas';
import { storedNames } from '../src/domain/names.ts';
import type { AuditRecord } from '../src/infra/stores/audit-store.ts';
import type { SessionRecord, UserRecord } from '../src/infra/stores/users/user-record.ts';
import type { TestApp } from '../src/testing/test-app.ts';
import { stored } from '../test/stored.ts';

const dayMilliseconds = 86_400_000;
const auditDays = 180;
const batchSize = 2_000;
const hash = 'v1:$2b$04$7AcjD2zW8Wmax15g.F7whuSzB6jkyC6xYfxRGvLOug96t.vvD65Ke';
const agents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
];
const firstNames =
  'Ada Alan Anna Barbara Ben Carla Chen Clara Dana David Edsger Ella Emil Fatima Felix Grace Hana Heidi Ines Ivan Jana Joan John Kai Karim Lea Leon Lin Luis Maja Maria Max Mia Mohamed Nina Noor Olga Omar Paul Pia Quentin Rosa Sam Sara Sofia Tim Uma Vera Wei Xenia Yusuf Zoe'.split(
    ' ',
  );
const lastNames =
  'Abel Adams Bauer Becker Brandt Chen Costa Dahl Davies Diaz Eder Engel Fischer Fuchs Garcia Gruber Haas Hofmann Hopper Ito Jansen Kaya Keller Kim Klein Koch Kowalski Lang Lehmann Lopez Lovelace Maier Marino Meyer Moreau Nguyen Novak Olsen Patel Peters Quist Rossi Sato Schmidt Schulz Silva Tanaka Turing Ueda Vogel Wagner Weber Wirth Yilmaz Zander Zimmermann'.split(
    ' ',
  );
/** What happens often and what hardly ever does, each so many times in a thousand. */
const commonTypes: [AuditEventType, number][] = [
  ['code-sent', 330],
  ['signed-in', 300],
  ['sign-in-failed', 160],
  ['signed-out', 90],
  ['session-confirmed', 50],
  ['code-failed', 40],
  ['profile-updated', 20],
];
const rareTypes = auditEventTypes.filter((type) => commonTypes.every(([common]) => common !== type));

/** The same numbers for the same seed, from 0 up to 1 (mulberry32). */
function createChance(seed: number) {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const isAdmin = (index: number) => index % 10_000 === 11;

/** Documents of the true shape, the same for the same seed. Their chains verify nothing. */
export function createAdminData({ users, now, seed = 13 }: { users: number; now: Date; seed?: number }) {
  const chance = createChance(seed);
  const upTo = (count: number) => Math.floor(chance() * count);
  const oneOf = <Item>(items: readonly Item[]): Item => items[upTo(items.length)] as Item;
  const text = (length: number) => Array.from({ length }, () => letters[upTo(64)]).join('');
  const idOf = (index: number) => `user-${String(index).padStart(9, '0')}-${seed}`;
  const before = (milliseconds: number) => new Date(now.getTime() - milliseconds);
  const address = () => `10.${upTo(256)}.${upTo(256)}.${upTo(256)}`;

  function session(isLive: boolean): SessionRecord {
    const createdAt = before(upTo(5 * dayMilliseconds));
    const ends = (days: number) => new Date((isLive ? now.getTime() : createdAt.getTime()) + days * dayMilliseconds);
    return {
      _id: text(22),
      generation: upTo(40),
      seen: true,
      rotatedAt: createdAt,
      createdAt,
      lastSeenAt: createdAt,
      idleExpiresAt: isLive ? ends(2) : before(dayMilliseconds),
      expiresAt: ends(25),
      ip: address(),
      userAgent: oneOf(agents),
      delivery: 'cookie',
    };
  }

  function type(): AuditEventType {
    let left = upTo(1_000);
    for (const [common, share] of commonTypes) {
      if (left < share) return common;
      left -= share;
    }
    return oneOf(rareTypes);
  }

  return {
    idOf,

    /** One of all accounts: of a hundred thousand ten run the server, a hundred are disabled, and 2 % are not verified. */
    user(index: number): UserRecord {
      const [firstName, lastName] = [oneOf(firstNames), oneOf(lastNames)];
      const username = `${firstName.toLowerCase()}.${lastName.toLowerCase()}${index}`;
      const createdAt = before(Math.floor((1 - index / users) * 1_000 * dayMilliseconds));
      const isVerified = index % 50 !== 7;
      const sessions = index % 5 === 0 ? [session(true)] : index % 5 === 1 ? [session(false)] : [];
      return {
        _id: idOf(index),
        username,
        usernameKey: username,
        nameKeys: [username],
        email: `${username}@example.com`,
        emailKey: `${username}@example.com`,
        ...storedNames({ firstName, lastName }),
        locale: index % 3 === 0 ? 'de' : 'en',
        passwordHash: hash,
        credentialVersion: 0,
        role: isAdmin(index) ? 'admin' : 'user',
        status: index % 1_000 === 13 ? 'disabled' : 'active',
        ...(isVerified
          ? { emailVerifiedAt: createdAt, lastLoginAt: before(upTo(30 * dayMilliseconds)) }
          : { unverifiedUntil: new Date(now.getTime() + 7 * dayMilliseconds) }),
        createdAt,
        browsers: { [text(16)]: before(upTo(30 * dayMilliseconds)) },
        sessions,
        emailUndos: [],
      };
    },

    /** One of `count` events. The first account has one in two hundred of them, and did one in a thousand to others. */
    event(index: number, count: number): AuditRecord {
      const at = before(Math.floor((1 - index / count) * auditDays * dayMilliseconds));
      const day = at.toISOString().slice(0, 10);
      const isByAdmin = index % 1_000 === 17;
      const userId = index % 200 === 3 ? idOf(0) : idOf(upTo(users));
      return {
        _id: text(22),
        at,
        expiresAt: new Date(Date.parse(day) + (auditDays + 1) * dayMilliseconds),
        userId,
        ...(isByAdmin && { actor: idOf(0), reason: 'asked for it by phone' }),
        sessionId: text(22),
        type: type(),
        ip: address(),
        userAgent: oneOf(agents),
        details: {},
        chain: {
          id: `${day}.k1.${seed}`,
          place: index + 1,
          settled: index,
          previous: text(43),
          ip: text(43),
          userAgent: text(43),
          salt: text(22),
          mac: text(43),
        },
      };
    },
  };
}

/** Fills the database with so many accounts and events, and tells how far it is. What is there already stays. */
export async function fill(
  app: Pick<TestApp, 'connection'>,
  data: ReturnType<typeof createAdminData>,
  { users, events }: { users: number; events: number },
  progress: (line: string) => void,
): Promise<void> {
  async function insert<Item>(
    name: string,
    total: number,
    make: (index: number) => Item,
    insertMany: (batch: Item[]) => Promise<unknown>,
  ) {
    const started = performance.now();
    for (let from = 0; from < total; from += batchSize) {
      const size = Math.min(batchSize, total - from);
      await insertMany(Array.from({ length: size }, (_, offset) => make(from + offset)));
      const seconds = (performance.now() - started) / 1_000;
      progress(`${name}: ${from + size} of ${total}, ${Math.round((from + size) / seconds)} a second`);
    }
  }
  const { users: accounts, audit, settings } = stored(app);
  const options = { ordered: false };
  const admins = Array.from({ length: users }, (_, index) => index).filter(isAdmin);
  await settings.updateOne(
    { _id: 'admins' },
    { $addToSet: { ids: { $each: admins.map(data.idOf) } } },
    { upsert: true },
  );
  await insert('accounts', users, data.user, (batch) => accounts.insertMany(batch, options));
  await insert(
    'events',
    events,
    (index) => data.event(index, events),
    (batch) => audit.insertMany(batch, options),
  );
}
