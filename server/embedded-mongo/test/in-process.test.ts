import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'bson';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';
import { FrameReader } from '../src/wire/framing.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'in-process-'));
const errors: unknown[] = [];
const open = (inProcess: boolean) =>
  startEmbeddedMongo({ dataDir: join(dataDir, String(inProcess)), inProcess, onError: (error) => errors.push(error) });
let server: EmbeddedMongo;
let bySystem: EmbeddedMongo;

beforeAll(async () => {
  [server, bySystem] = [await open(true), await open(false)];
});

afterAll(async () => {
  await Promise.all([server.close(), bySystem.close()]);
  rmSync(dataDir, { recursive: true });
  expect(errors).toEqual([]);
});

const headBytes = 16;

/** An OP_MSG with one document, under an id that its reply names. */
function message(requestId: number, command: Document): Buffer {
  const body = serialize({ ...command, $db: 'test' });
  const bytes = Buffer.alloc(headBytes + 5 + body.length);
  bytes.writeInt32LE(bytes.length, 0);
  bytes.writeInt32LE(requestId, 4);
  bytes.writeInt32LE(2013, 12);
  bytes.set(body, headBytes + 5);
  return bytes;
}

async function connected({ port }: EmbeddedMongo): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

/** Reads so many messages, whole. */
async function read(socket: Socket, count: number): Promise<Buffer[]> {
  const reader = new FrameReader();
  const bodies: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    for (const { body } of reader.push(chunk as Buffer)) bodies.push(body);
    if (bodies.length >= count) return bodies;
  }
  throw new Error(`the connection ended after ${bodies.length} messages`);
}

/** What the server sends for these commands, and what of it passed through the system. */
async function exchange(to: EmbeddedMongo, commands: readonly Document[]) {
  const socket = await connected(to);
  commands.forEach((command, index) => void socket.write(message(index, command)));
  const bodies = await read(socket, commands.length);
  const bytes = { sent: socket.bytesWritten, received: socket.bytesRead };
  socket.destroy();
  return { bodies: bodies.map((body) => body.toString('hex')), bytes };
}

const connectionsOf = async (client: MongoClient) =>
  (await client.db('admin').command({ serverStatus: 1 })).connections.current as number;

describe('a client in the process of the server', () => {
  it('is sent the same bytes as through the system, none of which the system sees', async () => {
    const documents = Array.from({ length: 300 }, (_, _id) => ({ _id, text: 'x'.repeat(_id) }));
    const commands = [
      { insert: 'c', documents },
      { find: 'c', filter: { _id: { $lt: 250 } }, batchSize: 500 },
      { update: 'c', updates: [{ q: { _id: 7 }, u: { $set: { text: 'seven' } } }] },
      { find: 'c', filter: { _id: 7 } },
      { conquer: 1 },
      { delete: 'c', deletes: [{ q: {}, limit: 0 }] },
    ];
    const [here, there] = [await exchange(server, commands), await exchange(bySystem, commands)];
    expect(here.bodies).toEqual(there.bodies);
    expect(here.bytes).toEqual({ sent: 0, received: 0 });
    expect(there.bytes.sent).toBeGreaterThan(300);
    expect(there.bytes.received).toBeGreaterThan(30_000);
  });

  it('is heard in the order in which it wrote, however it cuts its messages', async () => {
    const socket = await connected(server);
    const count = 500;
    const stream = Buffer.concat(
      Array.from({ length: count }, (_, index) => message(index, { [`conquer${index}`]: 1 })),
    );
    for (let at = 0; at < stream.length; at += 37) {
      socket.write(stream.subarray(at, at + 37));
      if (at % 1_000 === 0) await new Promise(setImmediate);
    }
    const bodies = await read(socket, count);
    const heard = bodies.map((body) => deserialize(body.subarray(5)).errmsg);
    expect(heard).toEqual(Array.from({ length: count }, (_, index) => `no such command: 'conquer${index}'`));
    socket.destroy();
  });

  it('that does not read is waited for, and is sent the rest when it reads on', async () => {
    const client = await new MongoClient(server.uri).connect();
    const text = 'x'.repeat(100_000);
    await client
      .db('test')
      .collection('slow')
      .insertMany(Array.from({ length: 50 }, () => ({ text })));
    const socket = await connected(server);
    const count = 10;
    for (let index = 0; index < count; index += 1) socket.write(message(index, { find: 'slow' }));
    // The server has answered others meanwhile, and this one so far that it waits: what is on its way stays a little.
    for (let turn = 0; turn < 50; turn += 1) await client.db('test').command({ ping: 1 });
    expect(socket.readableLength).toBeLessThan(12_000_000);
    expect(socket.readableLength).toBeGreaterThan(0);
    const bodies = await read(socket, count);
    expect(bodies.map(({ length }) => length)).toEqual(Array.from({ length: count }, () => bodies[0]?.length));
    socket.destroy();
    await client.close();
  });

  it('is forgotten when it goes, and hears when the server does', async () => {
    const own = await startEmbeddedMongo({ dataDir: join(dataDir, 'own') });
    const client = await new MongoClient(own.uri).connect();
    const before = await connectionsOf(client);
    const [gone, left] = [await connected(own), await connected(own)];
    left.write(message(1, { ping: 1 }));
    await read(left, 1);
    expect(await connectionsOf(client)).toBe(before + 2);
    gone.destroy();
    await expect.poll(() => connectionsOf(client)).toBe(before + 1);
    await client.close();
    const closed = once(left.resume(), 'close');
    await own.close();
    await closed;
  });

  it('is no client of another server', async () => {
    const other = await startEmbeddedMongo({ dataDir: join(dataDir, 'other') });
    await exchange(other, [{ insert: 'c', documents: [{ _id: 'other' }] }]);
    await exchange(server, [{ insert: 'c', documents: [{ _id: 'server' }] }]);
    for (const [to, id] of [
      [other, 'other'],
      [server, 'server'],
    ] as const) {
      const { bodies } = await exchange(to, [{ find: 'c', filter: {} }]);
      const { cursor } = deserialize(Buffer.from(`${bodies[0]}`, 'hex').subarray(5)) as Document;
      expect(cursor.firstBatch).toEqual([{ _id: id }]);
    }
    await other.close();
  });
});
