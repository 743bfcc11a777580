import type { Server, Socket } from 'node:net';
import { addressOf } from './client-address.ts';

/** A browser opens six; an office behind one address has some dozens of people. */
const maxPerNetwork = 500;
/** A connection on which nothing was ever sent is no client's that waits for us. */
const firstByteMilliseconds = 5_000;

/**
 * Keeps one client from taking all connections: closes at once what comes over the cap of its network, and soon what
 * sends nothing. Behind a proxy every connection is the proxy's, so there is no cap there.
 */
export function limitConnections(server: Server, { capped }: { capped: boolean }): void {
  const open = new Map<string, number>();

  function count(socket: Socket): void {
    const { network } = addressOf(socket.remoteAddress);
    const others = open.get(network) ?? 0;
    if (others >= maxPerNetwork) {
      socket.destroy();
      return;
    }
    open.set(network, others + 1);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left > 0) open.set(network, left);
      else open.delete(network);
    });
  }

  server.on('connection', (socket) => {
    if (capped) count(socket);
    const silence = setTimeout(() => {
      if (socket.bytesRead === 0) socket.destroy();
    }, firstByteMilliseconds);
    silence.unref();
    socket.once('close', () => clearTimeout(silence));
  });
}
