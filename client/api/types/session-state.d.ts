import type { User } from './types.js';
/** Why nobody is signed in. */
export type SignedOutReason = 'none' | 'signed-out' | 'expired' | 'reused';
export type SessionState = 
/** Nothing was called yet, so nobody has looked whether a session is kept. */
{
    status: 'unknown';
}
/** `user` as the last call that gave it said. */
 | {
    status: 'signed-in';
    user: User | undefined;
} | {
    status: 'signed-out';
    reason: SignedOutReason;
};
/** Whether somebody is signed in, from what the calls bring. Listeners hear of it when the call is over and holds nothing. */
export declare function createSessionState(): {
    get: () => SessionState;
    subscribe(listener: (state: SessionState) => void): () => void;
    enter: (next: SessionState) => void;
    /** What one of our procedures gave. */
    take(path: string, data: unknown): void;
    renewed(): void;
    /** The session could not be renewed. Only the server's word ends it. */
    lost(error: unknown): void;
    /** Tells the listeners what has changed. */
    tell(): void;
};
export type SessionStateKeeper = ReturnType<typeof createSessionState>;