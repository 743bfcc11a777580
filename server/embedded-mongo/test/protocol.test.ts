import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { deserialize, serialize } from 'bson';
import fc from 'fast-check';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';
import { FrameReader, type Message, ProtocolError } from '../src/wire/framing.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'protocol-'));
const errors: unknown[] = [];
let server: EmbeddedMongo;

beforeAll(async () => {
  // Through the system, as clients of other processes come.
  server = await startEmbeddedMongo({ dataDir, inProcess: false, onError: (error) => errors.push(error) });
});

afterAll(async () => {
  await server.close();
  rmSync(dataDir, { recursive: true });
  expect(errors).toEqual([]);
});

function frame(opCode: number, body: Buffer, length = body.length + 16): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(7, 4);
  head.writeInt32LE(opCode, 12);
  return Buffer.concat([head, body]);
}

function flags(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function bodySection(command: Document): Buffer {
  return Buffer.concat([Buffer.from([0]), serialize(command)]);
}

function sequenceSection(name: string, documents: Document[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents.map((document) => serialize(document))]);
  const size = Buffer.alloc(4);
  size.writeInt32LE(content.length + 4);
  return Buffer.concat([Buffer.from([1]), size, content]);
}

function opMessage(command: Document): Buffer {
  return frame(2013, Buffer.concat([flags(0), bodySection(command)]));
}

/** Sends bytes and gives the first reply's document, or undefined when the server closes the connection. */
function exchange(bytes: Buffer, headBytes = 21): Promise<Document | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write(bytes));
    let received = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < received.readInt32LE(0)) return;
      resolve(deserialize(received.subarray(headBytes, received.readInt32LE(0))));
      socket.destroy();
    });
    socket.on('close', () => resolve(undefined));
    socket.on('error', reject);
  });
}

async function expectAlive(): Promise<void> {
  expect(await exchange(opMessage({ ping: 1, $db: 'admin' }))).toEqual({ ok: 1 });
}

describe('messages', () => {
  it('a command is read with its document sequences and its checksum', async () => {
    const sections = [
      bodySection({ insert: 'c', $db: 'test' }),
      sequenceSection('documents', [{ _id: 1 }, { _id: 2 }]),
    ];
    expect(await exchange(frame(2013, Buffer.concat([flags(1), ...sections, Buffer.alloc(4)])))).toEqual({
      n: 2,
      ok: 1,
    });
    // The sequence may come before the command.
    sections.reverse();
    expect(await exchange(frame(2013, Buffer.concat([flags(0), ...sections])))).toMatchObject({
      writeErrors: [{ code: 11000 }],
    });
  });

  it('the old handshake is answered in the old form, any other old query is an error', async () => {
    const query = (name: string, command: Document) =>
      frame(2004, Buffer.concat([flags(0), Buffer.from(`${name}\0`), Buffer.alloc(8), serialize(command)]));
    expect(await exchange(query('admin.$cmd', { isMaster: 1, helloOk: true }), 36)).toMatchObject({
      ismaster: true,
      maxWireVersion: 25,
      ok: 1,
    });
    expect(await exchange(query('test.items', { a: 1 }), 36)).toMatchObject({ ok: 0, code: 352 });
  });

  it('a message that wants no answer gets none', async () => {
    const silent = frame(
      2013,
      Buffer.concat([flags(2), bodySection({ insert: 'c', documents: [{ _id: 9 }], $db: 'test' })]),
    );
    expect(await exchange(Buffer.concat([silent, opMessage({ count: 'c', query: { _id: 9 }, $db: 'test' })]))).toEqual({
      n: 1,
      ok: 1,
    });
  });

  it('commands and options that do not exist are named', async () => {
    expect(await exchange(opMessage({ conquer: 1, $db: 'test' }))).toMatchObject({
      ok: 0,
      code: 59,
      codeName: 'CommandNotFound',
      errmsg: "no such command: 'conquer'",
    });
    expect(await exchange(opMessage({ find: 'c', filtre: {}, $db: 'test' }))).toMatchObject({
      code: 40415,
      errmsg: "BSON field 'find.filtre' is an unknown field.",
    });
    expect(await exchange(opMessage({ find: 'c', collation: { locale: 'de' }, $db: 'test' }))).toMatchObject({
      ok: 0,
      errmsg: expect.stringContaining('collation'),
    });
    expect(await exchange(opMessage({ find: 'c', txnNumber: 1, $db: 'test' }))).toMatchObject({ code: 20 });
    expect(await exchange(opMessage({ find: 'c' }))).toMatchObject({ ok: 0 });
  });

  it('impossible messages close the connection', async () => {
    const impossible = [
      frame(2013, Buffer.alloc(0)),
      frame(2013, Buffer.alloc(8), 15),
      frame(2013, Buffer.alloc(8), -1),
      frame(2013, Buffer.alloc(8), 0x7fffffff),
      frame(2013, Buffer.alloc(8), 48_000_001),
      frame(2013, Buffer.concat([flags(1 << 5), bodySection({ ping: 1 })])),
      frame(2013, Buffer.concat([flags(0), Buffer.from([9]), serialize({ ping: 1 })])),
      frame(2013, Buffer.concat([flags(0), bodySection({ ping: 1 }), bodySection({ ping: 1 })])),
      frame(2012, Buffer.alloc(32)),
      frame(1, Buffer.alloc(32)),
      Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    ];
    for (const bytes of impossible) expect(await exchange(bytes)).toBeUndefined();
    await expectAlive();
  });

  it('a document that nests too deep or is malformed is an error', async () => {
    let deep: Document = { end: 1 };
    for (let i = 0; i < 300; i++) deep = { d: deep };
    expect(await exchange(opMessage({ find: 'c', filter: deep, $db: 'test' }))).toMatchObject({
      ok: 0,
      code: 15,
      codeName: 'Overflow',
    });
    const levels = 200_000;
    const abyss = Buffer.alloc(levels * 8);
    for (let i = 0; i < levels; i++) {
      abyss.writeInt32LE(abyss.length - i * 8, i * 7);
      abyss.write('\x03d\0', i * 7 + 4);
    }
    expect(await exchange(frame(2013, Buffer.concat([flags(0), Buffer.from([0]), abyss])))).toMatchObject({ ok: 0 });
    const broken = Buffer.from(serialize({ find: 'c', $db: 'test' }));
    broken[4] = 0x55;
    expect(await exchange(frame(2013, Buffer.concat([flags(0), Buffer.from([0]), broken])))).toMatchObject({
      ok: 0,
      code: 22,
    });
    await expectAlive();
  });
});

describe('noise', () => {
  const command = opMessage({ find: 'c', filter: { a: { $gt: 1 } }, limit: 3, $db: 'test' });

  it('random bytes, and messages cut, lengthened or with wrong bytes, never end the server', async () => {
    const mutated = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => frame(2013, Buffer.from(bytes))),
      fc.nat(command.length).map((length) => command.subarray(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 50 }).map((tail) => Buffer.concat([command, tail])),
      fc.array(fc.tuple(fc.nat(command.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }).map((changes) => {
        const bytes = Buffer.from(command);
        for (const [at, byte] of changes) bytes[at] = byte;
        return bytes;
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(mutated, { minLength: 20, maxLength: 20 }), async (messages) => {
        await Promise.all(messages.map(sendAndLeave));
        await expectAlive();
      }),
      { numRuns: 15 },
    );
  });

  it('a stream cut anywhere gives the same messages', () => {
    const stream = Buffer.concat([command, frame(2004, Buffer.from('hello')), command]);
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 8 }), (cuts) => {
        const reader = new FrameReader();
        const messages: Message[] = [];
        let start = 0;
        for (const cut of [...cuts, stream.length].sort((a, b) => a - b)) {
          for (const message of reader.push(stream.subarray(start, cut))) messages.push(message);
          start = cut;
        }
        expect(messages.map(({ opCode, body }) => [opCode, body.toString('hex')])).toEqual([
          [2013, command.subarray(16).toString('hex')],
          [2004, Buffer.from('hello').toString('hex')],
          [2013, command.subarray(16).toString('hex')],
        ]);
      }),
    );
    expect(() => [...new FrameReader().push(Buffer.from([1, 0, 0, 0]))]).toThrow(ProtocolError);
  });
});

/** Sends bytes, ends the connection and waits until it is closed. */
function sendAndLeave(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket: Socket = connect(server.port, '127.0.0.1', () => socket.end(bytes));
    const timer = setTimeout(() => socket.destroy(), 20_000);
    socket.resume();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

describe('bounds', () => {
  it('a document over 16 MiB is refused, one below is kept', async () => {
    const client = await new MongoClient(server.uri).connect();
    const items = client.db('test').collection<Document>('big');
    await items.insertOne({ text: 'x'.repeat(16 * 1024 * 1024 - 100) });
    expect((await items.findOne())?.text).toHaveLength(16 * 1024 * 1024 - 100);
    await expect(items.updateOne({}, { $set: { more: 'x'.repeat(200) } })).rejects.toMatchObject({ code: 10334 });
    await expect(items.updateOne({ no: 1 }, { $set: { more: 1 } })).resolves.toMatchObject({ matchedCount: 0 });
    await client.close();
  });

  it('a thousand connections, and then one more command', async () => {
    const sockets = await Promise.all(
      Array.from(
        { length: 1000 },
        () =>
          new Promise<Socket>((resolve, reject) => {
            const socket = connect(server.port, '127.0.0.1', () => resolve(socket));
            socket.on('error', reject);
          }),
      ),
    );
    await expectAlive();
    for (const socket of sockets) socket.destroy();
  });

  it('a client that asks much and reads nothing does not fill the memory', async () => {
    const client = await new MongoClient(server.uri).connect();
    await client
      .db('test')
      .collection('slow')
      .insertMany(Array.from({ length: 100 }, () => ({ text: 'x'.repeat(100_000) })));
    await client.close();
    const question = opMessage({ find: 'slow', $db: 'test' });
    const before = process.memoryUsage().rss;
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => socket.destroy());
    for (let i = 0; i < 500; i++) socket.write(question);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await expectAlive();
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
    socket.destroy();
  });

  it('it listens on the loopback interface only', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .find((entry) => !entry.internal && entry.family === 'IPv4');
    if (outside === undefined) return;
    const isOpen = await new Promise((resolve) => {
      const socket = connect(server.port, outside.address, () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    expect(isOpen).toBe(false);
  });
});
