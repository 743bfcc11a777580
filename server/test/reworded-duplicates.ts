import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import mongoose from 'mongoose';
import { changeUri, openTestDatabase } from '../src/testing/database.ts';

const { BSON } = mongoose.mongo;
const headerBytes = 16;
/** The flags and the kind of the one section that a server's message has (OP_MSG). */
const bodyAt = headerBytes + 5;
const opMessage = 2013;
const duplicateKey = 11000;

interface ServerError {
  code?: number;
  errmsg?: string;
  keyPattern?: unknown;
  keyValue?: unknown;
}

/** The message with its duplicate key errors as another server words them. */
function reword(message: Buffer, words: (index: string) => string): Buffer {
  if (message.readInt32LE(12) !== opMessage || !message.includes('E11000')) return message;
  const body = BSON.deserialize(message.subarray(bodyAt), { promoteValues: false }) as { writeErrors?: ServerError[] };
  const errors = [body as ServerError, ...(body.writeErrors ?? [])];
  for (const error of errors.filter(({ code }) => Number(code) === duplicateKey)) {
    const [, index = ''] = /index: (\w+)/.exec(`${error.errmsg}`) ?? [];
    error.errmsg = words(index);
    delete error.keyPattern;
    delete error.keyValue;
  }
  const reworded = Buffer.concat([message.subarray(0, bodyAt), BSON.serialize(body)]);
  reworded.writeInt32LE(reworded.length);
  return reworded;
}

/** A database behind a proxy that says of a duplicate key what another kind of server says of it. */
export async function openRewordedDatabase(words: (index: string) => string) {
  const database = await openTestDatabase();
  const target = new URL(database.uri.replace(/^mongodb:/, 'http:'));
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const upstream = keep(connect(Number(target.port), target.hostname));
    keep(client).pipe(upstream);
    let waiting = Buffer.alloc(0);
    upstream.on('data', (chunk) => {
      waiting = Buffer.concat([waiting, chunk]);
      while (waiting.length >= headerBytes && waiting.length >= waiting.readInt32LE(0)) {
        const length = waiting.readInt32LE(0);
        client.write(reword(waiting.subarray(0, length), words));
        waiting = waiting.subarray(length);
      }
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    uri: changeUri(database.uri, { hosts: `127.0.0.1:${port}`, options: { directConnection: 'true' } }),
    async [Symbol.asyncDispose](): Promise<void> {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      await database[Symbol.asyncDispose]();
    },
  };
}
