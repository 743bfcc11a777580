import { limits } from '@latchkey/shared/limits';
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
  readonly headers: { get(name: string): string | null };
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
export class UnreadableResponse extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the response with status ${status} is no JSON`);
    this.status = status;
  }
}

const tokenOf = (ops: readonly Operation[], name: 'accessToken' | 'deviceToken') =>
  ops.map(({ context }) => (context as CallContext)[name]).find((token) => token !== undefined);

/** What tRPC's own HTTP links take, so that another of them can stand in for the default. */
export function transportOptions({ url, headers, fetch, locale, withCookies }: TransportOptions) {
  return {
    url,
    maxItems: limits.batchSize,
    maxURLLength: 2000,
    async headers({ opList }: { opList: readonly Operation[] }): Promise<Record<string, string>> {
      const more = typeof headers === 'function' ? await headers() : headers;
      const accessToken = tokenOf(opList, 'accessToken');
      const deviceToken = tokenOf(opList, 'deviceToken');
      return {
        ...(locale && { 'accept-language': locale() }),
        ...(deviceToken !== undefined && { 'x-latchkey-device': deviceToken }),
        ...(accessToken !== undefined && { authorization: `Bearer ${accessToken}` }),
        ...more,
      };
    },
    async fetch(input: unknown, init: unknown) {
      const call: Fetch = fetch ?? globalThis.fetch;
      const response = await call(String(input), {
        ...(init as FetchInit),
        ...(withCookies && { credentials: 'include' }),
      });
      if (!response.headers.get('content-type')?.includes('application/json')) {
        throw new UnreadableResponse(response.status);
      }
      return response;
    },
  };
}

export type HttpLinkOptions = ReturnType<typeof transportOptions>;
