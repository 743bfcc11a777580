import type { TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import type { Confirmations } from './confirmation.js';
import type { SessionStateKeeper } from './session-state.js';
import { type DeviceKeeper, type HeldTokens } from './tokens.js';
export type TokenDelivery = 'body' | 'cookie';
/** Who keeps the tokens. */
export interface Tokens {
    held(): HeldTokens | undefined;
    load(): Promise<void>;
    token(refused?: string): Promise<string | undefined>;
    keep(tokens: HeldTokens): unknown;
    drop(): unknown;
}
export interface LinkParts {
    tokens: Tokens;
    /** Absent where a cookie knows the device. */
    devices: DeviceKeeper | undefined;
    delivery: TokenDelivery;
    timeoutMilliseconds: number;
    /** The path of one of our procedures without the host's prefix; undefined for a procedure of the host. */
    ownPath(path: string): string | undefined;
    /** Absent where nobody is signed in. */
    confirmations?: Confirmations;
    state?: SessionStateKeeper;
}
/**
 * Signs every call with the access token, renews it when it has run out or is refused (one retry), asks the person to
 * confirm where that is needed (one retry), and keeps what a sign-in brings. What fails, fails with a `LatchkeyError`.
 */
export declare function authLink<Router extends AnyTRPCRouter>(parts: LinkParts, transport: TRPCLink<Router>): TRPCLink<Router>;