import { createServer, type Server, type Socket } from 'node:net';
import type { ServerState } from './commands/command.ts';
import { type Catalog, openCatalog } from './engine/catalog.ts';
import { createCursors } from './engine/cursors.ts';
import { createTtlMonitor } from './engine/ttl.ts';
import { EmbeddedMongoError } from './errors.ts';
import { type DataFolder, findServerOf, openDataFolder } from './storage/data-folder.ts';
import { serveConnection } from './wire/connection.ts';
import { passInProcess } from './wire/in-process.ts';
import { createMemoryBudget } from './wire/memory-budget.ts';

export { EmbeddedMongoError, findServerOf };

const loopbackHost = '127.0.0.1';
/** For all connections together; past it a connection that asks for more is closed. */
const memoryLimitBytes = 512 * 1024 * 1024;

/**
 * How to start; `now` (epoch milliseconds) decides what the TTL indexes remove, every `ttlSweepSeconds`; without `inProcess`
 * clients of this process are served through the system, as those of others are.
 */
export interface EmbeddedMongoOptions {
  dataDir: string;
  port?: number;
  now?: () => number;
  ttlSweepSeconds?: number;
  inProcess?: boolean;
  onError?: (error: unknown) => void;
}

export interface EmbeddedMongo {
  uri: string;
  port: number;
  close(): Promise<void>;
}

async function openData(folder: DataFolder): Promise<Catalog> {
  try {
    const catalog = openCatalog(folder.dataFile);
    folder.mark();
    return catalog;
  } catch (error) {
    await folder.release();
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedMongoError(`The data file ${folder.dataFile} cannot be opened: ${reason}`);
  }
}

function acceptConnections(state: ServerState, sockets: Set<Socket>, onError: (error: unknown) => void): Server {
  const memory = createMemoryBudget(memoryLimitBytes);
  let connectionIds = 0;
  return createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serveConnection(socket, ++connectionIds, { state, memory, onError });
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message =
        error.code === 'EADDRINUSE'
          ? `Port ${port} on ${loopbackHost} is taken.`
          : `Port ${port} on ${loopbackHost} cannot be used: ${error.message}`;
      reject(new EmbeddedMongoError(message));
    });
    server.listen({ host: loopbackHost, port }, resolve);
  });
}

/**
 * Starts a MongoDB-compatible server on 127.0.0.1 with its data in `dataDir`. Throws `EmbeddedMongoError` when the folder
 * cannot be written, is torn, foreign or in use, or when the port is taken.
 */
export async function startEmbeddedMongo(options: EmbeddedMongoOptions): Promise<EmbeddedMongo> {
  const { dataDir, port = 0, now = Date.now, ttlSweepSeconds = 60, inProcess = true, onError = () => {} } = options;
  const folder = await openDataFolder(dataDir);
  const catalog = await openData(folder);
  const sockets = new Set<Socket>();
  const cursors = createCursors();
  const ttlMonitor = createTtlMonitor({ catalog, cursors, now, sleepSeconds: ttlSweepSeconds, onError });
  const state: ServerState = {
    catalog,
    cursors,
    ttlMonitor,
    now,
    startedAt: Date.now(),
    connections: sockets,
  };
  const server = acceptConnections(state, sockets, onError);
  try {
    await listen(server, port);
  } catch (error) {
    await ttlMonitor.stop();
    await catalog.storage.close();
    await folder.release();
    throw error;
  }
  const address = server.address();
  const actualPort = typeof address === 'object' && address !== null ? address.port : port;
  const uri = `mongodb://${loopbackHost}:${actualPort}`;
  folder.announce(uri);
  const endPassing = inProcess ? passInProcess(server) : () => {};
  let closing: Promise<void> | undefined;
  return {
    uri,
    port: actualPort,
    close() {
      closing ??= (async () => {
        endPassing();
        await ttlMonitor.stop();
        for (const socket of sockets) socket.destroy();
        await new Promise<void>((resolve) => server.close(() => resolve()));
        await catalog.storage.close();
        await folder.release();
      })();
      return closing;
    },
  };
}
