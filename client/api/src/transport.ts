import type { Locale } from '@latchkey/shared/schemas';
import { getFetch } from '@trpc/client';

/** The address of the server, and the language it writes in. */
export interface TransportOptions {
  /** The address of the server, as `https://accounts.example.com`. */
  url: string;
  /** The language of the person; new accounts get their mails in it. */
  locale?: () => Locale;
}

/** The part of the platform's aborting that is used here. Browsers and Node have it; neither's types are needed. */
interface Signal {
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
}
declare const AbortController: new () => { readonly signal: Signal; abort(reason: unknown): void };
declare const AbortSignal: { timeout(milliseconds: number): Signal };

type Fetch = ReturnType<typeof getFetch>;

/** A phone in a tunnel gets neither response nor error; after this long it is told so. */
const timeoutMilliseconds = 30_000;

interface SentOperation {
  context: Record<string, unknown>;
}

/** The options of tRPC's links over HTTP: the address, `fetch` with a time-out, and the headers of a batch. */
export function transport({ url, locale }: TransportOptions) {
  return {
    url: `${url.replace(/\/$/, '')}/trpc`,
    fetch(input: Parameters<Fetch>[0], init?: { signal?: Signal | null | undefined }): ReturnType<Fetch> {
      // By hand: `AbortSignal.any` is missing in browsers that are otherwise new enough.
      const either = new AbortController();
      for (const signal of [init?.signal, AbortSignal.timeout(timeoutMilliseconds)]) {
        signal?.addEventListener('abort', () => either.abort(signal.reason));
      }
      return getFetch()(input, { ...init, signal: either.signal as never });
    },
    headers({ opList }: { opList: SentOperation[] }): Record<string, string> {
      const token = opList.map((op) => op.context.accessToken).find((value) => typeof value === 'string');
      return {
        ...(locale && { 'Accept-Language': locale() }),
        ...(token && { Authorization: `Bearer ${token}` }),
      };
    },
  };
}
