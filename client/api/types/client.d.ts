import type { AppRouter } from './server/app-router.js';
import { type TRPCClient } from '@trpc/client';
import { type ActivityOptions } from './activity.js';
import type { ConfirmationHandler } from './confirmation.js';
import { type ConnectionOptions, type SessionOptions } from './latchkey-link.js';
import type { SessionState } from './session-state.js';
import type { ActivityItem, Procedures } from './types.js';
export type { ActivityOptions } from './activity.js';
export type { ConfirmationHandler, ConfirmationRequest } from './confirmation.js';
export { assertNever, codeOf, isLatchkeyError, LatchkeyError, type LatchkeyErrorCode, type LatchkeyErrorOf, } from './errors.js';
export { type LatchkeyLinkOptions, latchkeyLink, type SessionOptions } from './latchkey-link.js';
export { type Outcome, safe } from './safe.js';
export type { SessionState, SignedOutReason } from './session-state.js';
export { memoryStorage, type Storage, webStorage } from './storage.js';
export { createTokenKeeper, type HeldTokens, isSessionOver, type TokenKeeper } from './tokens.js';
export type { ActivityItem, CallOptions, LatchkeyCall, Procedures, User } from './types.js';
export interface LatchkeyClientOptions extends SessionOptions {
    /** Where the server is, as `https://accounts.example.com`. */
    url: string;
}
/** Whether somebody is signed in. */
export interface SessionView {
    get(): SessionState;
    /** Calls back after each change, when the call that brought it is over. Gives back a function that ends it. */
    subscribe(listener: (state: SessionState) => void): () => void;
    /** Looks whether a session is kept and still good, and reads its account. Rejects where the server does not respond. */
    restore(): Promise<SessionState>;
}
export type LatchkeyClient = Omit<Procedures, 'user'> & {
    user: Procedures['user'] & {
        /** The account's events, latest first, page after page: `for await (const event of latchkey.user.activity())`. */
        activity(options?: ActivityOptions): AsyncIterable<ActivityItem>;
    };
    state: SessionView;
    /** Lets somebody else ask for confirmations than `onConfirm` of the options. Gives back a function that ends it. */
    onConfirm(handler: ConfirmationHandler): () => void;
    /** The same client as tRPC makes it, for libraries that build on that. */
    trpc: TRPCClient<AppRouter>;
};
/** A client without a session of its own: each call is one request, nothing is kept. */
export declare function createBareClient({ url, ...options }: ConnectionOptions & {
    url: string;
}): TRPCClient<AppRouter>;
/**
 * A typed client of a Latchkey server, for browsers, Node and runtimes like React Native's. After `auth.verifyOtp` it is
 * signed in: it sends the access token, renews it ahead of its end or when it is refused (once, however many calls wait)
 * and tries the call again. What fails, fails with a `LatchkeyError`.
 */
export declare function createLatchkeyClient({ url, ...options }: LatchkeyClientOptions): LatchkeyClient;