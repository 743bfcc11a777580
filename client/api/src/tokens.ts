import { codeOf } from './errors.ts';

/** The tokens of a session. `refreshToken` is absent where it travels in the cookie. */
export interface HeldTokens {
  accessToken: string;
  accessTokenExpiresAt: string;
  refreshToken?: string | undefined;
}

/** A token with less life than this is renewed before it is used. */
const marginMilliseconds = 30_000;

/** Whether the server said that the session is over, as opposed to not answering or being busy. */
export function isSessionOver(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SESSION_EXPIRED' || code === 'SESSION_REUSED';
}

export interface TokenKeeperOptions {
  /** Gets new tokens. `refused` is the access token that the server did not accept or that is about to expire. */
  fetchTokens: (held: HeldTokens | undefined, refused: string | undefined) => Promise<HeldTokens>;
  /** Whether there may be a session although no token is held: the cookie is out of sight. */
  mayHaveSession: () => boolean;
}

/** Keeps the access token in memory and renews it, once for all who ask at the same time. */
export function createTokenKeeper({ fetchTokens, mayHaveSession }: TokenKeeperOptions) {
  let held: HeldTokens | undefined;
  let renewAt = 0;
  let renewal: Promise<string> | undefined;
  let epoch = 0;

  function keep(tokens: HeldTokens) {
    epoch += 1;
    held = tokens;
    const planned = Date.parse(tokens.accessTokenExpiresAt) - marginMilliseconds;
    // On a machine whose clock is wrong every token looks spent; the server's refusal is the signal there.
    renewAt = planned > Date.now() ? planned : Number.POSITIVE_INFINITY;
    return tokens.accessToken;
  }

  function drop() {
    epoch += 1;
    held = undefined;
  }

  async function renew(refused: string | undefined): Promise<string> {
    const startedIn = epoch;
    try {
      const tokens = await fetchTokens(held, refused);
      // Somebody signed in or out meanwhile: that is newer than this answer.
      if (epoch !== startedIn && held) return held.accessToken;
      return keep(tokens);
    } catch (error) {
      if (epoch === startedIn && isSessionOver(error)) drop();
      throw error;
    }
  }

  return {
    keep,
    drop,
    held: () => held,
    /** An access token to send, renewed first when needed; undefined when nobody is signed in. */
    async token(refused?: string): Promise<string | undefined> {
      if (held && held.accessToken !== refused && Date.now() < renewAt) return held.accessToken;
      if (!held && !mayHaveSession()) return undefined;
      renewal ??= renew(refused ?? held?.accessToken).finally(() => {
        renewal = undefined;
      });
      return renewal;
    },
  };
}

export type TokenKeeper = ReturnType<typeof createTokenKeeper>;
