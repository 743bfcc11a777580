import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';

/** More than one client may have open. */
const manyConnections = 700;

async function openSocket({ port }: TestApp, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The status of `GET /healthz`, asked from an address of this machine. */
const healthFrom = ({ port }: TestApp, localAddress: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request({ port, host: '127.0.0.1', localAddress, path: '/healthz', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

const isClosed = (socket: Socket) => socket.destroyed || socket.readableEnded;

describe('connections', () => {
  it('of one client are capped, so that others still get one', async () => {
    await using app = await createTestApp({ env: { TRUST_PROXY: '0' } });
    const sockets = await Promise.all(Array.from({ length: manyConnections }, () => openSocket(app)));
    for (const socket of sockets) socket.resume();
    await expect(healthFrom(app, '127.0.0.1')).rejects.toThrow(/ECONNRESET|socket hang up/);
    expect(await healthFrom(app, '127.0.0.2')).toBe(200);
    expect(sockets.filter(isClosed).length).toBeGreaterThanOrEqual(manyConnections - 500);

    // A place that is left can be taken.
    const left = sockets.find((socket) => !isClosed(socket));
    left?.destroy();
    await expect.poll(() => healthFrom(app, '127.0.0.1').catch(() => undefined)).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('of a trusted proxy are not capped: they are everybody’s', async () => {
    await using app = await createTestApp({ env: { TRUST_PROXY: '1' } });
    const sockets = await Promise.all(Array.from({ length: manyConnections }, () => openSocket(app)));
    expect(await healthFrom(app, '127.0.0.1')).toBe(200);
    expect(sockets.filter(isClosed)).toEqual([]);
    for (const socket of sockets) socket.destroy();
  });

  it('on which nothing is ever sent are closed after five seconds, before those of a slow client', async () => {
    await using app = await createTestApp();
    const [silent, slow] = [await openSocket(app), await openSocket(app)];
    const began = performance.now();
    slow.write('GET /healthz HTTP/1.1\r\n');
    silent.resume();
    await once(silent, 'close');
    expect(performance.now() - began).toBeGreaterThan(4_000);
    // The slow client would be closed after ten.
    slow.write('host: localhost\r\nconnection: close\r\n\r\n');
    const [head] = (await once(slow, 'data')) as [Buffer];
    expect(head.toString()).toMatch(/^HTTP\/1\.1 200/);
    slow.destroy();
  });
});
