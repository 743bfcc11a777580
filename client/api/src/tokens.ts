import { codeOf } from './errors.ts';
import type { Storage } from './storage.ts';

/** The tokens of a session. `refreshToken` is absent where it travels in the cookie. */
export interface HeldTokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken?: string | undefined;
}

/** A token with less life than this is renewed before it is used. */
const marginMilliseconds = 30_000;
const tokensKey = 'latchkey.tokens';
const deviceKey = 'latchkey.device';

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

export function isTokens(value: unknown): value is HeldTokens {
  return isRecord(value) && typeof value.accessToken === 'string' && typeof value.accessTokenExpiresAt === 'string';
}

/** Whether the server said that the session is over, as opposed to not responding or being busy. */
export function isSessionOver(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SESSION_EXPIRED' || code === 'SESSION_REUSED';
}

function parseTokens(text: string | null | undefined): HeldTokens | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isTokens(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be read is not there. */
async function read(storage: Storage, key: string): Promise<string | null | undefined> {
  try {
    return await storage.get(key);
  } catch {
    return undefined;
  }
}

export interface TokenKeeperOptions {
  /** Gets new tokens. `refused` is the access token that the server did not accept or that is about to expire. */
  fetchTokens: (held: HeldTokens | undefined, refused: string | undefined) => Promise<HeldTokens>;
  /** Whether there may be a session although no token is held: the cookie is out of sight. */
  mayHaveSession: () => boolean;
  /** Keeps the tokens beyond this process; others may use it too. */
  storage?: Storage | undefined;
}

/** Keeps the tokens and renews them, once for all who ask at the same time. */
export function createTokenKeeper({ fetchTokens, mayHaveSession, storage }: TokenKeeperOptions) {
  let held: HeldTokens | undefined;
  let renewAt = 0;
  let renewal: Promise<string | undefined> | undefined;
  let replacement: Promise<unknown> | undefined;
  let loading: Promise<void> | undefined;
  let epoch = 0;
  /** Whether the storage holds what is held here: only then its word is newer. */
  let stored = false;

  async function store(write: () => unknown): Promise<void> {
    try {
      await write();
      stored = true;
    } catch {
      // A full or locked storage ends no session: the tokens last until the process ends.
      stored = false;
    }
  }

  /** Takes what the storage holds: after a start, and when another process has renewed or signed out meanwhile. */
  async function adopt(): Promise<void> {
    const startedIn = epoch;
    const text = storage && (await read(storage, tokensKey));
    if (epoch !== startedIn) return;
    stored = true;
    const tokens = parseTokens(text);
    if (tokens?.accessToken === held?.accessToken) return;
    held = tokens;
    renewAt = tokens ? Date.parse(tokens.accessTokenExpiresAt) - marginMilliseconds : 0;
  }

  function load(): Promise<void> {
    loading ??= storage ? adopt() : Promise.resolve();
    return loading;
  }

  async function keep(tokens: HeldTokens): Promise<string> {
    epoch += 1;
    held = tokens;
    const planned = Date.parse(tokens.accessTokenExpiresAt) - marginMilliseconds;
    // On a machine whose clock is wrong every token looks spent; the server's refusal is the signal there.
    renewAt = planned > Date.now() ? planned : Number.POSITIVE_INFINITY;
    if (storage) {
      const { accessToken, accessTokenExpiresAt, refreshToken } = tokens;
      const text = JSON.stringify({ accessToken, accessTokenExpiresAt, refreshToken });
      await store(() => storage.set(tokensKey, text));
    }
    return tokens.accessToken;
  }

  async function drop(): Promise<void> {
    epoch += 1;
    held = undefined;
    if (storage) await store(() => storage.remove(tokensKey));
  }

  const usable = (refused: string | undefined) =>
    held && held.accessToken !== refused && Date.now() < renewAt ? held.accessToken : undefined;

  async function renew(refused: string | undefined): Promise<string | undefined> {
    // An old refresh token ends its session: what another process has renewed meanwhile comes first.
    if (storage && stored) await adopt();
    // After a refusal the other's token is no better known: its clock may be as wrong as ours.
    const current = refused === undefined ? usable(refused) : undefined;
    if (current !== undefined) return current;
    if (!held && !mayHaveSession()) return undefined;
    const startedIn = epoch;
    const before = held?.accessToken;
    try {
      const tokens = await fetchTokens(held, refused ?? held?.accessToken);
      // Somebody signed in or out meanwhile: that is newer than these tokens.
      if (epoch !== startedIn) return held?.accessToken;
      return await keep(tokens);
    } catch (error) {
      if (epoch !== startedIn || !isSessionOver(error)) throw error;
      // Another process may have put other tokens in the place of these while this one asked.
      if (storage && stored) await adopt();
      if (held && held.accessToken !== before) return renew(refused);
      await drop();
      throw error;
    }
  }

  return {
    keep,
    drop,
    held: () => held,
    load,
    /** An access token to send, renewed first when needed; undefined when nobody is signed in. */
    async token(refused?: string): Promise<string | undefined> {
      await load();
      await replacement;
      const current = usable(refused);
      if (current !== undefined) return current;
      if (!held && !mayHaveSession()) return undefined;
      renewal ??= renew(refused).finally(() => {
        renewal = undefined;
      });
      return renewal;
    },
    /** Makes a call that brings other tokens in the place of these: nobody renews meanwhile. */
    alone<Result>(call: () => Promise<Result>): Promise<Result> {
      const made = Promise.allSettled([replacement, renewal]).then(call);
      replacement = made.catch(() => undefined);
      return made;
    },
  };
}

export type TokenKeeper = ReturnType<typeof createTokenKeeper>;

/** Keeps the token by which the server knows this device again, also after a sign-out. */
export function createDeviceKeeper(storage: Storage) {
  let held: string | null | undefined;
  let loading: Promise<unknown> | undefined;
  return {
    async token(): Promise<string | undefined> {
      loading ??= read(storage, deviceKey).then((token) => {
        held ??= token;
      });
      await loading;
      return held ?? undefined;
    },
    async keep(token: string): Promise<void> {
      held = token;
      try {
        await storage.set(deviceKey, token);
      } catch {
        // It saves a second look at a stranger, nothing more.
      }
    },
  };
}

export type DeviceKeeper = ReturnType<typeof createDeviceKeeper>;
