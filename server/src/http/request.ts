import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Locale } from '@latchkey/shared/schemas';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { RequestInfo, RequestTrace } from '../domain/request.ts';
import type { Logger } from '../infra/logger.ts';
import type { ClientAddressOf } from './client-address.ts';
import { TracedResponse } from './traced-response.ts';

const maxUserAgentLength = 256;

/** The language of the person, from `Accept-Language` in its order; English where none of ours is asked for. */
function localeOf(header: string | undefined): Locale {
  const asked = (header ?? '').split(',').map((entry) => entry.trim().slice(0, 2).toLowerCase());
  return asked.find((language): language is Locale => language === 'en' || language === 'de') ?? 'en';
}

function cookiesOf(request: IncomingMessage, response: ServerResponse): RequestInfo['cookies'] {
  const received = parseCookie(request.headers.cookie ?? '');
  return {
    get: (name) => received[name],
    set(name, value, { maxAgeSeconds, sameSite, secure, path = '/' }) {
      const cookie = { name, value, httpOnly: true, path, maxAge: maxAgeSeconds, sameSite, secure };
      response.appendHeader('set-cookie', stringifySetCookie(cookie));
    },
  };
}

interface Surroundings {
  logger: Logger;
  clientAddressOf: ClientAddressOf;
}

/** What few calls ask for is worked out when it is asked for. */
class HttpRequest implements RequestInfo {
  readonly id: string;
  readonly ip: string;
  readonly network: string;
  readonly wideNetwork: string | undefined;
  readonly trace: RequestTrace | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #parent: Logger;
  #logger: Logger | undefined;
  #cookies: RequestInfo['cookies'] | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, { logger, clientAddressOf }: Surroundings) {
    const { ip, network, wideNetwork } = clientAddressOf(request);
    this.id = String(response.getHeader('x-request-id'));
    this.ip = ip;
    this.network = network;
    this.wideNetwork = wideNetwork;
    this.trace = response instanceof TracedResponse ? response.trace : undefined;
    this.#request = request;
    this.#response = response;
    this.#parent = logger;
  }

  get logger(): Logger {
    this.#logger ??= this.#parent.child({ requestId: this.id });
    return this.#logger;
  }

  get userAgent(): string {
    return (this.#request.headers['user-agent'] ?? '').slice(0, maxUserAgentLength);
  }

  get origin(): string | undefined {
    return this.#request.headers.origin;
  }

  get bearer(): string | undefined {
    return /^Bearer ([\w.~+/=-]+)$/i.exec(this.#request.headers.authorization ?? '')?.[1];
  }

  get deviceToken(): string | undefined {
    return [this.#request.headers['x-latchkey-device']].flat()[0];
  }

  get locale(): Locale {
    return localeOf(this.#request.headers['accept-language']);
  }

  get cookies(): RequestInfo['cookies'] {
    this.#cookies ??= cookiesOf(this.#request, this.#response);
    return this.#cookies;
  }

  retryAfter(seconds: number): void {
    // The calls of a batch may have to wait for different times; there each error tells its own.
    const isBatch = new URLSearchParams(this.#request.url?.split('?')[1]).get('batch') === '1';
    if (!isBatch) this.#response.setHeader('retry-after', seconds);
  }
}

/**
 * The caller of a request over HTTP, whose response carries its id already. Cookies that are set, and the time to wait,
 * go to the response at once.
 */
export const readRequest = (
  request: IncomingMessage,
  response: ServerResponse,
  surroundings: Surroundings,
): RequestInfo => new HttpRequest(request, response, surroundings);
