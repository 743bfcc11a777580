import type { Operation } from '@trpc/client';
/** What travels with a call between our link and the headers of its request. */
export interface CallContext {
    accessToken?: string | undefined;
    deviceToken?: string | undefined;
    timeoutMilliseconds?: number | undefined;
}
interface FetchInit {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
    signal?: AbortSignal;
    credentials?: 'include';
}
interface FetchResponse {
    readonly status: number;
    readonly headers: {
        get(name: string): string | null;
    };
    json(): Promise<unknown>;
}
/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>;
type MoreHeaders = Record<string, string>;
export type HeaderSource = MoreHeaders | (() => MoreHeaders | Promise<MoreHeaders>);
export interface TransportOptions {
    /** Where tRPC responds, as `https://accounts.example.com/trpc`. */
    url: string;
    headers?: HeaderSource | undefined;
    fetch?: Fetch | undefined;
    /** The person's language, as it would stand in `Accept-Language`. */
    locale?: (() => string) | undefined;
    /** Whether cookies go along, also to another origin. */
    withCookies: boolean;
}
/** A response that is no JSON: of a proxy, or of something else than a Latchkey server. */
export declare class UnreadableResponse extends Error {
    readonly status: number;
    constructor(status: number);
}
/** What tRPC's own HTTP links take, so that another of them can stand in for the default. */
export declare function transportOptions({ url, headers, fetch, locale, withCookies }: TransportOptions): {
    url: string;
    maxItems: 10;
    maxURLLength: number;
    headers({ opList }: {
        opList: readonly Operation[];
    }): Promise<Record<string, string>>;
    fetch(input: unknown, init: unknown): Promise<FetchResponse>;
};
export type HttpLinkOptions = ReturnType<typeof transportOptions>;
export {};