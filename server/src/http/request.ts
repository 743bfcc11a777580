import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Locale } from '@latchkey/shared/schemas';
import { parseCookie, stringifySetCookie } from 'cookie';
import ipaddr from 'ipaddr.js';
import type { RequestInfo } from '../domain/request.ts';
import type { Logger } from '../infra/logger.ts';

const maxUserAgentLength = 256;
const unknownAddress = '0.0.0.0';

const parseAddress = (text: string | undefined) => {
  const bare = text?.trim().replace(/^\[(.*)\](?::\d+)?$/, '$1') ?? '';
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
};

/**
 * The address of the client. Each trusted proxy appends the address it was called from, so with `hops` proxies the
 * client's is the `hops`-th from the right; everything left of it is the client's own claim.
 */
function clientAddress(request: IncomingMessage, hops: number) {
  const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
  const claimed = hops > 0 ? parseAddress(forwarded.at(-hops)) : undefined;
  return claimed ?? parseAddress(request.socket.remoteAddress) ?? ipaddr.parse(unknownAddress);
}

/** An IPv4 address as it is; of an IPv6 address the /64, which is what one customer gets. */
function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address instanceof ipaddr.IPv4) return address.toString();
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`;
}

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
  { logger, trustProxyHops }: { logger: Logger; trustProxyHops: number },
): RequestInfo {
  const { headers } = request;
  const id = String(response.getHeader('x-request-id'));
  const address = clientAddress(request, trustProxyHops);
  const received = parseCookie(headers.cookie ?? '');
  const isBatch = new URLSearchParams(request.url?.split('?')[1]).get('batch') === '1';

  return {
    id,
    logger: logger.child({ requestId: id }),
    ip: address.toString(),
    network: networkOf(address),
    userAgent: (headers['user-agent'] ?? '').slice(0, maxUserAgentLength),
    origin: headers.origin,
    bearer: /^Bearer ([\w.~+/=-]+)$/i.exec(headers.authorization ?? '')?.[1],
    locale: localeOf(headers['accept-language']),
    cookies: {
      get: (name) => received[name],
      set(name, value, { maxAgeSeconds, sameSite, secure }) {
        const cookie = { name, value, httpOnly: true, path: '/', maxAge: maxAgeSeconds, sameSite, secure };
        response.appendHeader('set-cookie', stringifySetCookie(cookie));
      },
    },
    retryAfter(seconds) {
      // The calls of a batch may have to wait for different times; there each error tells its own.
      if (!isBatch) response.setHeader('retry-after', seconds);
    },
  };
}
