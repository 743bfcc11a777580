import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Logger } from '../infra/logger.ts';

const unknownAddress = '0.0.0.0';

export interface ClientAddress {
  ip: string;
  /** An IPv4 address as it is; of an IPv6 address the /64, which is what one customer gets. */
  network: string;
  /** Of an IPv6 address the /48, which is what one site gets; undefined for IPv4. */
  wideNetwork: string | undefined;
}

/** An address as proxies write it: bare, with a port, or in brackets. */
const parseAddress = (text: string | undefined) => {
  const bare = text
    ?.trim()
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  return bare !== undefined && ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined;
};

/** The network of an IPv6 address that its first so many parts of 16 bits name. */
const prefixOf = (address: ipaddr.IPv6, parts: number): string =>
  `${address.parts
    .slice(0, parts)
    .map((part) => part.toString(16))
    .join(':')}::/${parts * 16}`;

function describe(address: ipaddr.IPv4 | ipaddr.IPv6): ClientAddress {
  const ip = address.toString();
  if (address instanceof ipaddr.IPv4) return { ip, network: ip, wideNetwork: undefined };
  return { ip, network: prefixOf(address, 4), wideNetwork: prefixOf(address, 3) };
}

/** The other end of a connection. */
export const addressOf = (remoteAddress: string | undefined): ClientAddress =>
  describe(parseAddress(remoteAddress) ?? ipaddr.parse(unknownAddress));

/** The other ends of connections that have called before: who is there does not change. */
const peers = new WeakMap<Socket, ClientAddress>();

function peerOf({ socket }: IncomingMessage): ClientAddress {
  let peer = peers.get(socket);
  // Once it is closed it has no address any more.
  if (!peer) {
    peer = addressOf(socket.remoteAddress);
    if (socket.remoteAddress !== undefined) peers.set(socket, peer);
  }
  return peer;
}

/**
 * Reads the address of the client. Each trusted proxy appends the address it was called from, so with `hops` proxies the
 * client's is the `hops`-th from the right; everything left of it is the client's own claim. A server that trusts no proxy
 * and is behind one would count the whole world as one client: the first sign of that is logged.
 */
export function createClientAddress({ hops, logger }: { hops: number; logger: Logger }) {
  let warned = false;

  return (request: IncomingMessage): ClientAddress => {
    const header = request.headers['x-forwarded-for'];
    if (header === undefined) return peerOf(request);
    if (hops === 0) {
      if (!warned) {
        logger.warn(
          'a request came with X-Forwarded-For, which TRUST_PROXY=0 ignores: behind a proxy all clients share one address and its limits; set TRUST_PROXY to the number of proxies',
        );
      }
      warned = true;
      return peerOf(request);
    }
    const claimed = parseAddress([header].flat().join(',').split(',').at(-hops));
    return claimed ? describe(claimed) : peerOf(request);
  };
}

export type ClientAddressOf = ReturnType<typeof createClientAddress>;
