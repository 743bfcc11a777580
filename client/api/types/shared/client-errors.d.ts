/** What the typed client can meet beside what the server throws. */
export declare const clientErrorCodes: readonly ['NO_RESPONSE', 'CONFIRMATION_CANCELLED'];
export type ClientErrorCode = (typeof clientErrorCodes)[number];
/** Why there was no response that could be used: what happened, and what to try. */
export declare const noResponseReasons: {
    readonly unreachable: {
        readonly message: 'The server could not be reached.';
        readonly advice: 'Check the network and `url`, then call again. Nothing says whether a call that changes something arrived.';
    };
    readonly timeout: {
        readonly message: 'The server did not respond in time.';
        readonly advice: 'Call again, or give the call more time with `timeoutMilliseconds`.';
    };
    readonly aborted: {
        readonly message: 'The call was aborted.';
        readonly advice: 'Nothing to do: the signal of the call, or whoever waited for it, ended it.';
    };
    readonly 'not-latchkey': {
        readonly message: 'What responded is not a Latchkey server.';
        readonly advice: 'Check `url`: it is where the server is, without `/trpc`; for a nested router, the address of its tRPC endpoint.';
    };
    readonly 'other-version': {
        readonly message: 'The server responded in a way this version of the client does not know.';
        readonly advice: 'Bring @latchkey/client and the server to the same version; `data` holds what came.';
    };
    readonly 'not-renewed': {
        readonly message: 'The access token has expired and could not be renewed.';
        readonly advice: 'Call again in a moment; `cause` holds the error of the renewal.';
    };
};
export type NoResponseReason = keyof typeof noResponseReasons;
export interface ClientErrorDetails {
    NO_RESPONSE: {
        reason: NoResponseReason;
    };
}
export declare const confirmationCancelled: {
    readonly message: 'The confirmation was cancelled.';
    readonly advice: 'Nothing was done. Call again when the person wants to.';
};