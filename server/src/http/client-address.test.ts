import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../infra/logger.ts';
import { createClientAddress } from './client-address.ts';

const proxy = '127.0.0.1';

/** A request that arrived from a proxy on this machine with these headers. */
const requestWith = (headers: Record<string, string>) =>
  ({ headers, socket: { remoteAddress: proxy } }) as unknown as IncomingMessage;

function addressesAt(hops: number) {
  const lines: string[] = [];
  const logger = createLogger('warn', { write: (line: string) => void lines.push(line) });
  const read = createClientAddress({ hops, logger });
  return { lines, at: (forwarded: string) => read(requestWith({ 'x-forwarded-for': forwarded })) };
}

describe('the address of a client behind a proxy', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9', '203.0.113.9', undefined],
    ['203.0.113.9:4711', '203.0.113.9', '203.0.113.9', undefined],
    ['[2001:db8:1:2:3::4]:443', '2001:db8:1:2:3::4', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['[2001:db8:1:2:3::4]', '2001:db8:1:2:3::4', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8:1:2:3::4', '2001:db8:1:2:3::4', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['::ffff:203.0.113.9', '203.0.113.9', '203.0.113.9', undefined],
    ['198.51.100.1, 203.0.113.9:80', '203.0.113.9', '203.0.113.9', undefined],
  ])('is read from %s', (forwarded, ip, network, wideNetwork) => {
    expect(addressesAt(1).at(forwarded)).toEqual({ ip, network, wideNetwork });
  });

  it.each(['unknown', '203.0.113.9:', '203.0.113.9:x', '203.0.113:80', '', '[203', '_hidden'])(
    'is the one of the proxy where it wrote %j',
    (forwarded) => {
      expect(addressesAt(1).at(forwarded).ip).toBe(proxy);
    },
  );

  it('is counted from the right', () => {
    const forwarded = '203.0.113.1, 203.0.113.2:1, 203.0.113.3';
    expect([1, 2, 3, 4].map((hops) => addressesAt(hops).at(forwarded).ip)).toEqual([
      '203.0.113.3',
      '203.0.113.2',
      '203.0.113.1',
      proxy,
    ]);
  });
});

describe('a server that trusts no proxy', () => {
  it('says once, and not again, that a proxy seems to be there', () => {
    const { at, lines } = addressesAt(0);
    for (const forwarded of ['203.0.113.9', '203.0.113.10']) expect(at(forwarded).ip).toBe(proxy);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('TRUST_PROXY');
  });

  it('is silent where there is none, and where one is trusted', () => {
    const { lines } = addressesAt(0);
    const trusting = addressesAt(1);
    trusting.at('203.0.113.9');
    expect([...lines, ...trusting.lines]).toEqual([]);
  });
});
