import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { EmbeddedMongoError } from '../errors.ts';
import { type DataFileState, inspectDataFile } from './data-file.ts';

const markerFile = 'embedded-mongo.json';
const dataFile = 'data.mdb';
const lockFile = `${dataFile}-lock`;
const folderFormat = 1;
const socketSuffix = '.sock';

/** A folder that this process has to itself. */
export interface DataFolder {
  dataFile: string;
  /** Marks the folder as this server's, once the data file is there. */
  mark(): void;
  /** Tells where its server is to be found to every process that asks for the folder. */
  announce(uri: string): void;
  release(): Promise<void>;
}

/** Node's own recursion does not end where the system says that a parent is missing though it is there, as under /proc. */
function makeFolders(path: string): void {
  if (existsSync(path)) return;
  makeFolders(dirname(path));
  mkdirSync(path);
}

function reason(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
}

function makeFolder(path: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new EmbeddedMongoError(`The data folder ${path} cannot be written: ${reason(error)}`);
  }
}

function listenAt(address: string, tell: () => string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(tell());
  });
  server.unref();
  return new Promise((done, reject) => {
    server.once('error', reject);
    server.listen(address, () => done(server));
  });
}

/** The text that the process behind the address tells; undefined where there is none. */
function ask(address: string): Promise<string | undefined> {
  return new Promise((done) => {
    let told = '';
    const socket = connect(address);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      told += text;
    });
    socket.once('error', () => done(undefined));
    socket.once('close', () => done(told));
  });
}

function lockAddress(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true });
  const name = createHash('sha256')
    .update(`${realpathSync(path)}:${dev}:${ino}`)
    .digest('hex')
    .slice(0, 40);
  if (process.platform === 'win32') return `\\\\.\\pipe\\embedded-mongo-${name}`;
  return process.platform === 'linux'
    ? `\0embedded-mongo-${name}`
    : join(tmpdir(), `embedded-mongo-${name.slice(0, 16)}${socketSuffix}`);
}

/**
 * Listening on a local socket named after the folder is a lock that the system itself releases when the process dies, and
 * that no other process can mistake for its own, as it can a process number in a file.
 */
async function lockFolder(path: string, tell: () => string): Promise<Server> {
  const address = lockAddress(path);
  const inUse = new EmbeddedMongoError(`The data folder ${path} is in use by another process.`);
  try {
    return await listenAt(address, tell);
  } catch {
    // Where the address is a file it outlives a process that was killed; nobody answers behind it then.
    if (!address.endsWith(socketSuffix) || (await ask(address)) !== undefined) throw inUse;
    rmSync(address, { force: true });
    return await listenAt(address, tell).catch(() => {
      throw inUse;
    });
  }
}

function closeServer(server: Server): Promise<void> {
  server.ref();
  return new Promise((done) => server.close(() => done()));
}

function damaged(path: string, what: string): EmbeddedMongoError {
  return new EmbeddedMongoError(`The data in ${path} is damaged and left as it is: ${what}.`);
}

function inspect(file: string): DataFileState | string {
  try {
    return inspectDataFile(file);
  } catch (error) {
    throw new EmbeddedMongoError(`The data file ${file} cannot be read: ${reason(error)}`);
  }
}

function readFormat(path: string): unknown {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { format?: unknown }).format;
  } catch {
    return undefined;
  }
}

/** Refuses what is not ours or not whole, and changes nothing. */
function checkContents(path: string): void {
  const names = readdirSync(path);
  const isMarked = names.includes(markerFile);
  const isForeign = !isMarked && names.some((name) => name !== dataFile && name !== lockFile);
  if (isForeign) {
    throw new EmbeddedMongoError(
      `The folder ${path} is not empty and holds no data of this server; it is left as it is.`,
    );
  }
  if (isMarked && readFormat(join(path, markerFile)) !== folderFormat) {
    throw new EmbeddedMongoError(
      `The data in ${path} has a format that this version cannot read; it is left as it is.`,
    );
  }
  const state = names.includes(dataFile) ? inspect(join(path, dataFile)) : undefined;
  if (typeof state === 'string') throw damaged(path, state);
  if (isMarked && state === undefined) throw damaged(path, `the file ${dataFile} is missing`);
  // The mark is set when the first start has succeeded; without it there can only be a start that was cut off.
  if (!isMarked && state?.isEmpty === false) {
    throw new EmbeddedMongoError(`The folder ${path} holds data, but not of this server; it is left as it is.`);
  }
}

function markFolder(path: string): void {
  const marker = join(path, markerFile);
  if (!existsSync(marker)) writeFileSync(marker, `${JSON.stringify({ format: folderFormat })}\n`);
}

/** Takes a data folder for this process and checks what is in it. Throws `EmbeddedMongoError`; a refused folder is left as it was. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const path = resolve(folder);
  makeFolder(path);
  let uri = '';
  const lock = await lockFolder(path, () => uri);
  try {
    checkContents(path);
    return {
      dataFile: join(path, dataFile),
      mark: () => markFolder(path),
      announce(announced) {
        uri = announced;
      },
      release: () => closeServer(lock),
    };
  } catch (error) {
    await closeServer(lock);
    throw error;
  }
}

/** The URI of the server that has this data folder; undefined where none has it or it is not ready yet. */
export async function findServerOf(folder: string): Promise<string | undefined> {
  const path = resolve(folder);
  return existsSync(path) ? (await ask(lockAddress(path))) || undefined : undefined;
}
