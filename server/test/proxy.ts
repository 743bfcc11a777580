import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a server, which a test can cut and mend, or let hang: then nothing passes and nothing ends. */
export async function startProxy(target: { hostname: string; port: string }) {
  const sockets = new Set<Socket>();
  let hangs = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    if (hangs) socket.pause();
    return socket;
  };
  const server = createServer((socket) => {
    const upstream = keep(connect(Number(target.port), target.hostname));
    keep(socket);
    const pass = (from: Socket, to: Socket) => {
      from.on('data', (chunk) => to.write(chunk));
      from.on('close', () => to.destroy());
    };
    pass(socket, upstream);
    pass(upstream, socket);
    if (hangs) for (const each of [socket, upstream]) each.pause();
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const cut = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    cut,
    mend: () => listen(port),
    hang(): void {
      hangs = true;
      for (const socket of sockets) socket.pause();
    },
    goOn(): void {
      hangs = false;
      for (const socket of sockets) socket.resume();
    },
    [Symbol.asyncDispose]: () => (server.listening ? cut() : Promise.resolve()),
  };
}
