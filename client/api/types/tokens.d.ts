import type { Storage } from './storage.js';
/** The tokens of a session. `refreshToken` is absent where it travels in the cookie. */
export interface HeldTokens {
    accessToken: string;
    accessTokenExpiresAt: string;
    refreshToken?: string | undefined;
}
export declare function isTokens(value: unknown): value is HeldTokens;
/** Whether the server said that the session is over, as opposed to not responding or being busy. */
export declare function isSessionOver(error: unknown): boolean;
export interface TokenKeeperOptions {
    /** Gets new tokens. `refused` is the access token that the server did not accept or that is about to expire. */
    fetchTokens: (held: HeldTokens | undefined, refused: string | undefined) => Promise<HeldTokens>;
    /** Whether there may be a session although no token is held: the cookie is out of sight. */
    mayHaveSession: () => boolean;
    /** Keeps the tokens beyond this process; others may use it too. */
    storage?: Storage | undefined;
}
/** Keeps the tokens and renews them, once for all who ask at the same time. */
export declare function createTokenKeeper({ fetchTokens, mayHaveSession, storage }: TokenKeeperOptions): {
    keep: (tokens: HeldTokens) => Promise<string>;
    drop: () => Promise<void>;
    held: () => HeldTokens | undefined;
    load: () => Promise<void>;
    /** An access token to send, renewed first when needed; undefined when nobody is signed in. */
    token(refused?: string): Promise<string | undefined>;
};
export type TokenKeeper = ReturnType<typeof createTokenKeeper>;
/** Keeps the token by which the server knows this device again, also after a sign-out. */
export declare function createDeviceKeeper(storage: Storage): {
    token(): Promise<string | undefined>;
    keep(token: string): Promise<void>;
};
export type DeviceKeeper = ReturnType<typeof createDeviceKeeper>;