import { AsyncResource } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Node tells this channel of every socket of a client before it is connected. */
const clientSockets = 'net.client.socket';

/** Bytes that were written to one end and are to be read at the other; `done` lets the writer go on. */
interface Passage {
  to: Socket;
  bytes: Buffer;
  done: () => void;
}

/** Passes bytes from one socket to another, and lets a writer wait for its reader as the system would. */
function createPassages() {
  const writers = new WeakMap<Socket, () => void>();
  let waiting: Passage[] = [];

  function pass({ to, bytes, done }: Passage): void {
    if (to.destroyed || to.push(bytes)) done();
    else writers.set(to, done);
  }
  // In the context of whoever opened the server: it belongs to none of the calls that wrote.
  const passAll = AsyncResource.bind(() => {
    const now = waiting;
    waiting = [];
    for (const passage of now) pass(passage);
  });

  return {
    pass,

    /** Passes all that one turn of the event loop has written, in its order: writes that come together share a commit. */
    passSoon(passage: Passage): void {
      if (waiting.push(passage) === 1) setImmediate(passAll);
    },

    /** The reader of a socket asks for more. */
    goOn(to: Socket): void {
      const done = writers.get(to);
      writers.delete(to);
      done?.();
    },
  };
}

/** What a socket does is taken from it by the names that Node's documentation has for those who make streams. */
function redirect(from: Socket, to: Socket, pass: (passage: Passage) => void, goOn: (to: Socket) => void): void {
  // The system goes on telling it of its end.
  from._read(0);
  Object.assign(from, {
    _write: (bytes: Buffer, _encoding: string, done: () => void) => pass({ to, bytes, done }),
    _writev: undefined,
    _read: () => goOn(from),
  });
}

/**
 * Lets the bytes of clients in this process pass from socket to socket without the system, which is a third of a short
 * command. Connections are made and ended by the system as ever, so that each end hears when the other is gone.
 * Gives what ends it for connections that are still to come.
 */
export function passInProcess(server: Server): () => void {
  const { port: serverPort, address } = server.address() as AddressInfo;
  const passages = createPassages();
  // Ends whose others have not come yet, by the port of the client.
  const accepted = new Map<number, Socket>();
  const connected = new Map<number, Socket>();

  function keep(ends: Map<number, Socket>, port: number, socket: Socket): void {
    ends.set(port, socket);
    socket.once('close', () => {
      if (ends.get(port) === socket) ends.delete(port);
    });
  }
  function join(client: Socket, served: Socket): void {
    redirect(client, served, passages.passSoon, passages.goOn);
    redirect(served, client, passages.pass, passages.goOn);
  }
  function onConnect(client: Socket): void {
    const { localPort: port = 0, remotePort, remoteAddress } = client;
    if (remotePort !== serverPort || remoteAddress !== address) return;
    const served = accepted.get(port);
    if (served) {
      join(client, served);
      return;
    }
    client.cork();
    keep(connected, port, client);
  }
  function onAccept(served: Socket): void {
    const { remotePort: port = 0 } = served;
    const client = connected.get(port);
    if (!client) {
      keep(accepted, port, served);
      return;
    }
    join(client, served);
    client.uncork();
  }
  const onClient = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    socket.once('connect', () => onConnect(socket));
  };

  server.prependListener('connection', onAccept);
  subscribe(clientSockets, onClient);
  return () => {
    unsubscribe(clientSockets, onClient);
    server.off('connection', onAccept);
  };
}
