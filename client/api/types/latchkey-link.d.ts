import { type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { type TokenDelivery, type Tokens } from './auth-link.js';
import { type ConfirmationHandler } from './confirmation.js';
import { type SessionState } from './session-state.js';
import { type Storage } from './storage.js';
import { type Fetch, type HeaderSource, type HttpLinkOptions } from './transport.js';
export interface ConnectionOptions {
    /** Headers of every request, or what gives them. */
    headers?: HeaderSource | undefined;
    /** What sends the requests; the runtime's own `fetch` where nothing is given. */
    fetch?: Fetch | undefined;
    /** The language of the person; new accounts get their mails in it. */
    locale?: (() => string) | undefined;
    /** How long one request may take; 30 seconds where nothing is said. */
    timeoutMilliseconds?: number | undefined;
}
export interface SessionOptions extends ConnectionOptions {
    /** Where tokens are kept; in memory where nothing is given. */
    storage?: Storage | undefined;
    /** Where the refresh token travels: in an HttpOnly cookie (in browsers, without a `storage`) or in the body (elsewhere). */
    tokenDelivery?: TokenDelivery | undefined;
    /** Hears when somebody signs in or out, when the call that brought it is over. It may call procedures. */
    onChange?: ((state: SessionState) => void) | undefined;
    /** Asks the person to confirm that it is still them. Without it such calls fail with `REAUTHENTICATION_REQUIRED`. */
    onConfirm?: ConfirmationHandler | undefined;
    /** The keeper of the tokens, when somebody else shares it. */
    tokens?: Tokens | undefined;
}
export interface LatchkeyLinkOptions<Router extends AnyTRPCRouter> extends SessionOptions {
    /** Where tRPC responds, as `https://example.com/trpc`. */
    url: string;
    /** Under which name the host's router holds ours, as `accounts` in `router({ accounts: latchkey.router })`. */
    prefix?: string | undefined;
    /** Sends the calls; `httpBatchLink` where nothing is given. It takes the options that it is handed, and a transformer. */
    transport?: ((options: HttpLinkOptions) => TRPCLink<Router>) | undefined;
}
/** The link, and what it keeps. */
export declare function createSession<Router extends AnyTRPCRouter>({ url, prefix, transport, timeoutMilliseconds, storage, tokenDelivery, onChange, onConfirm, tokens: sharedTokens, ...connection }: LatchkeyLinkOptions<Router>): {
    link: TRPCLink<Router>;
    bareLink: TRPCLink<Router>;
    client: import('@trpc/client').TRPCUntypedClient<Router>;
    tokens: Tokens;
    state: {
        get: () => SessionState;
        subscribe(listener: (state: SessionState) => void): () => void;
        enter: (next: SessionState) => void;
        take(path: string, data: unknown): void;
        renewed(): void;
        lost(error: unknown): void;
        tell(): void;
    };
    confirmations: {
        handle(next: ConfirmationHandler): () => void;
        isHandled: () => boolean;
        ask(details: import('./shared/errors.js').AppErrorDetails['REAUTHENTICATION_REQUIRED']): Promise<boolean>;
    };
};
/**
 * Accounts for a tRPC client of your own: it signs every call, renews the access token, and sends the calls. It is the last
 * link of the client.
 */
export declare const latchkeyLink: <Router extends AnyTRPCRouter>(options: LatchkeyLinkOptions<Router>) => TRPCLink<Router>;