import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Locale } from '@latchkey/shared/schemas';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { RequestInfo } from '../domain/request.ts';
import type { Logger } from '../infra/logger.ts';
import type { ClientAddressOf } from './client-address.ts';
import { TracedResponse } from './traced-response.ts';

const maxUserAgentLength = 256;

/** The language of the person, from `Accept-Language` in its order; English where none of ours is asked for. */
function localeOf(header: string | undefined): Locale {
  const asked = (header ?? '').split(',').map((entry) => entry.trim().slice(0, 2).toLowerCase());
  return asked.find((language): language is Locale => language === 'en' || language === 'de') ?? 'en';
}

/**
 * The caller of a request over HTTP, whose response carries its id already. Cookies that are set, and the time to wait,
 * go to the response at once.
 */
export function readRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { logger, clientAddressOf }: { logger: Logger; clientAddressOf: ClientAddressOf },
): RequestInfo {
  const { headers } = request;
  const id = String(response.getHeader('x-request-id'));
  // What few calls ask for is worked out when it is asked for.
  let child: Logger | undefined;
  let received: ReturnType<typeof parseCookie> | undefined;

  return {
    id,
    get logger() {
      child ??= logger.child({ requestId: id });
      return child;
    },
    ...clientAddressOf(request),
    userAgent: (headers['user-agent'] ?? '').slice(0, maxUserAgentLength),
    origin: headers.origin,
    bearer: /^Bearer ([\w.~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1],
    deviceToken: [headers['x-latchkey-device']].flat()[0],
    get locale() {
      return localeOf(headers['accept-language']);
    },
    cookies: {
      get(name) {
        received ??= parseCookie(headers.cookie ?? '');
        return received[name];
      },
      set(name, value, { maxAgeSeconds, sameSite, secure, path = '/' }) {
        const cookie = { name, value, httpOnly: true, path, maxAge: maxAgeSeconds, sameSite, secure };
        response.appendHeader('set-cookie', stringifySetCookie(cookie));
      },
    },
    trace: response instanceof TracedResponse ? response.trace : undefined,
    retryAfter(seconds) {
      // The calls of a batch may have to wait for different times; there each error tells its own.
      const isBatch = new URLSearchParams(request.url?.split('?')[1]).get('batch') === '1';
      if (!isBatch) response.setHeader('retry-after', seconds);
    },
  };
}
