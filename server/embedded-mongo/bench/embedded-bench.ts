import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { serialize } from 'bson';
import mongoose, { type Connection, type Model } from 'mongoose';
import { type EmbeddedMongo, startEmbeddedMongo } from '../src/server.ts';

const sizes = [100, 10_000, 100_000] as const;
const largest = 100_000;
const roundCount = 6;
const reads = 300;
const writes = 100;
const parallel = 64;
const batch = 5000;

interface Ratio {
  name: string;
  value: number;
  limit: number;
}

interface Item {
  key: string;
  count: number;
  text: string;
}

interface Timings {
  findById: number;
  findByKey: number;
  findOneAndUpdate: number;
  start: number;
}

interface Subject {
  model: Model<Item>;
  randomId: () => mongoose.Types.ObjectId | undefined;
  randomKey: () => string;
  close: () => Promise<void>;
}

/** Milliseconds that the disk takes to keep 4 KiB: the floor under any durable write. */
function measureFsync(folder: string): number {
  const file = openSync(join(folder, 'fsync'), 'w');
  const page = Buffer.alloc(4096);
  const once = (i: number) => {
    writeSync(file, page, 0, page.length, i * page.length);
    fdatasyncSync(file);
  };
  for (let i = 0; i < 10; i++) once(i);
  const start = performance.now();
  for (let i = 10; i < 110; i++) once(i);
  const mean = (performance.now() - start) / 100;
  closeSync(file);
  return mean;
}

/** Milliseconds to read the data file once, which a start has to do. */
function measureRead(dataDir: string): number {
  const times = Array.from({ length: roundCount }, () => {
    const start = performance.now();
    readFileSync(join(dataDir, 'data.mdb'));
    return performance.now() - start;
  });
  return Math.min(...times);
}

function keyOf(i: number): string {
  return `person-${i}@example.org`;
}

function itemOf(i: number): Item {
  return { key: keyOf(i), count: i, text: 'x'.repeat(200) };
}

async function connectTo(
  dataDir: string,
): Promise<{ server: EmbeddedMongo; connection: Connection; model: Model<Item> }> {
  const server = await startEmbeddedMongo({ dataDir });
  const connection = await mongoose.createConnection(server.uri, { dbName: 'bench', autoIndex: false }).asPromise();
  const schema = new mongoose.Schema<Item>(
    { key: { type: String, unique: true }, count: Number, text: String },
    { autoIndex: true },
  );
  return { server, connection, model: connection.model<Item>('Item', schema) };
}

async function withServer<T>(
  dataDir: string,
  use: (server: EmbeddedMongo, model: Model<Item>) => Promise<T>,
): Promise<T> {
  const { server, connection, model } = await connectTo(dataDir);
  try {
    return await use(server, model);
  } finally {
    await connection.close();
    await server.close();
  }
}

/** Fills a folder with so many documents, and gives the time of a start on it. */
async function prepare(dataDir: string, size: number): Promise<number> {
  await withServer(dataDir, async (_server, model) => {
    await model.init();
    for (let from = 0; from < size; from += batch) {
      const length = Math.min(batch, size - from);
      await model.insertMany(
        Array.from({ length }, (_, i) => itemOf(from + i)),
        { ordered: false },
      );
    }
  });
  const starts: number[] = [];
  for (let i = 0; i < roundCount; i++) {
    const start = performance.now();
    const server = await startEmbeddedMongo({ dataDir });
    starts.push(performance.now() - start);
    await server.close();
  }
  return Math.min(...starts);
}

async function openSubject(dataDir: string, size: number): Promise<Subject> {
  const { server, connection, model } = await connectTo(dataDir);
  const ids = (await model.find({}, { _id: 1 }).lean()).map((item) => item._id);
  const random = () => Math.floor(Math.random() * size);
  return {
    model,
    randomId: () => ids[random()],
    randomKey: () => keyOf(random()),
    async close() {
      await connection.close();
      await server.close();
    },
  };
}

/** For each subject the least mean time of a call over some rounds, in milliseconds. */
async function inTurns(
  subjects: Subject[],
  calls: number,
  call: (subject: Subject) => Promise<unknown>,
): Promise<number[]> {
  const least = subjects.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < roundCount; round++) {
    for (const [i, subject] of subjects.entries()) {
      const start = performance.now();
      for (let n = 0; n < calls; n++) await call(subject);
      least[i] = Math.min(least[i] as number, (performance.now() - start) / calls);
    }
  }
  return least;
}

/** Times the same calls on every size, in turns, so that what else the machine does falls on all of them alike. */
async function measureSizes(folder: string): Promise<Map<number, Timings>> {
  const starts = new Map<number, number>();
  for (const size of sizes) starts.set(size, await prepare(join(folder, String(size)), size));
  const subjects: Subject[] = [];
  for (const size of sizes) subjects.push(await openSubject(join(folder, String(size)), size));
  const findById = await inTurns(subjects, reads, ({ model, randomId }) => model.findOne({ _id: randomId() }).lean());
  const findByKey = await inTurns(subjects, reads, ({ model, randomKey }) =>
    model.findOne({ key: randomKey() }).lean(),
  );
  const findOneAndUpdate = await inTurns(subjects, writes, ({ model, randomKey }) =>
    model.findOneAndUpdate({ key: randomKey() }, { $inc: { count: 1 } }).lean(),
  );
  for (const { close } of subjects) await close();
  const at = (times: number[], i: number) => times[i] as number;
  return new Map(
    sizes.map((size, i) => [
      size,
      {
        findById: at(findById, i),
        findByKey: at(findByKey, i),
        findOneAndUpdate: at(findOneAndUpdate, i),
        start: starts.get(size) as number,
      },
    ]),
  );
}

/** The least over some rounds of the mean time of a call, in milliseconds. */
async function perCall(calls: number, call: () => Promise<unknown>): Promise<number> {
  for (let i = 0; i < calls / 3; i++) await call();
  const rounds: number[] = [];
  for (let round = 0; round < roundCount; round++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) await call();
    rounds.push((performance.now() - start) / calls);
  }
  return Math.min(...rounds);
}

async function measureInserts(dataDir: string): Promise<{ alone: number; parallel: number }> {
  return withServer(dataDir, async (_server, model) => {
    await model.init();
    let next = 0;
    const insert = () => model.collection.insertOne({ ...itemOf(next++) });
    const alone = await perCall(writes, insert);
    const all = await perCall(writes / 10, () => Promise.all(Array.from({ length: parallel }, insert)));
    return { alone, parallel: all / parallel };
  });
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true);
  });
}

function exchange(socket: Socket, message: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    socket.once('data', resolve);
    socket.write(message);
  });
}

function messageOf(command: Record<string, unknown>): Buffer {
  const body = serialize(command);
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(2013, 12);
  return Buffer.concat([head, body]);
}

/** Where the time of a find by unique key goes: Mongoose and driver, socket and protocol, engine. */
async function measureShares(
  dataDir: string,
): Promise<{ driver: number; protocol: number; engine: number; total: number }> {
  return withServer(dataDir, async (server, model) => {
    const total = await perCall(reads, () => model.findOne({ key: keyOf(5) }).lean());
    const collection = model.collection.collectionName;
    const socket = await open(server.port);
    const find = messageOf({ find: collection, filter: { key: keyOf(5) }, limit: 1, singleBatch: true, $db: 'bench' });
    const ping = messageOf({ ping: 1, $db: 'bench' });
    const roundTrip = await perCall(reads, () => exchange(socket, find));
    const empty = await perCall(reads, () => exchange(socket, ping));
    socket.destroy();
    return { driver: total - roundTrip, protocol: empty, engine: Math.max(0, roundTrip - empty), total };
  });
}

function ms(value: number): string {
  return `${value.toFixed(3)} ms`;
}

function line(text: string): void {
  process.stdout.write(`${text}\n`);
}

function report(
  { fsync, read }: { fsync: number; read: number },
  bySize: Map<number, Timings>,
  inserts: { alone: number; parallel: number },
  shares: { driver: number; protocol: number; engine: number; total: number },
): Ratio[] {
  const at = (size: number) => bySize.get(size) as Timings;
  const small = at(100);
  line(`fdatasync of 4 KiB: ${ms(fsync)}; one read of the largest data file: ${ms(read)}`);
  for (const size of sizes) {
    const { findById, findByKey, findOneAndUpdate, start } = at(size);
    line(
      `${size} documents: findOne by _id ${ms(findById)}, by unique key ${ms(findByKey)}, findOneAndUpdate ${ms(findOneAndUpdate)}, start ${ms(start)}`,
    );
  }
  line(`insert: alone ${ms(inserts.alone)}, ${parallel} in parallel ${ms(inserts.parallel)} each`);
  const part = (value: number) => `${Math.round((value / shares.total) * 100)} %`;
  line(
    `findOne by unique key: Mongoose and driver ${part(shares.driver)}, socket and protocol ${part(shares.protocol)}, engine ${part(shares.engine)} of ${ms(shares.total)}`,
  );
  const ratios: Ratio[] = [10_000, 100_000].flatMap((size) => [
    { name: `findOne by _id, ${size} : 100 documents`, value: at(size).findById / small.findById, limit: 1.5 },
    { name: `findOne by unique key, ${size} : 100 documents`, value: at(size).findByKey / small.findByKey, limit: 1.5 },
    {
      name: `findOneAndUpdate, ${size} : 100 documents`,
      value: at(size).findOneAndUpdate / small.findOneAndUpdate,
      limit: 1.7,
    },
  ]);
  ratios.push(
    {
      name: 'findOne by unique key : by _id, 100000 documents',
      value: at(100_000).findByKey / at(100_000).findById,
      limit: 1.5,
    },
    { name: 'findOneAndUpdate : fdatasync', value: small.findOneAndUpdate / fsync, limit: 8 },
    { name: 'insert alone : fdatasync', value: inserts.alone / fsync, limit: 8 },
    { name: `insert, ${parallel} in parallel : alone`, value: inserts.parallel / inserts.alone, limit: 0.4 },
    { name: 'start with 100000 documents : one read of the data file', value: at(largest).start / read, limit: 12 },
    { name: 'engine : whole findOne', value: shares.engine / shares.total, limit: 0.4 },
  );
  for (const { name, value, limit } of ratios)
    line(`${value > limit ? 'OVER' : '  ok'}  ${value.toFixed(2).padStart(6)} (limit ${limit})  ${name}`);
  return ratios;
}

/** Runs every measurement once and ends with 1 when a ratio is over its limit. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-bench-'));
  try {
    const fsync = measureFsync(folder);
    const bySize = await measureSizes(folder);
    const read = measureRead(join(folder, String(largest)));
    const inserts = await measureInserts(join(folder, 'inserts'));
    const shares = await measureShares(join(folder, '100'));
    const ratios = report({ fsync, read }, bySize, inserts, shares);
    if (ratios.some(({ value, limit }) => value > limit)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

await main();
