import mongoose from 'mongoose';
import type { Logger } from './logger.ts';

/** What every collection of ours is made with: nothing unknown passes silently, in documents or in filters. */
export const schemaOptions = {
  strict: 'throw',
  strictQuery: 'throw',
  autoCreate: false,
  autoIndex: false,
  versionKey: false,
  id: false,
  minimize: false,
} as const;

const awayErrors = new Set([
  'MongoServerSelectionError',
  'MongooseServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoWriteConcernError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
  'PoolClearedOnNetworkError',
]);

/** Server codes that mean "not now": unreachable, timed out, shutting down, stepping down, no primary. */
const awayCodes = new Set([6, 7, 64, 89, 91, 189, 262, 10107, 11600, 11602, 13435, 13436]);

/** Of the socket itself: the driver lets them through when the other side hung up between two commands. */
const awaySocketCodes = new Set(['EPIPE', 'ECONNRESET', 'ECONNREFUSED', 'ETIMEDOUT']);

/** Whether an error of the driver means that the database is away, not that a command was wrong. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return (
    awayErrors.has(error.name) ||
    ('code' in error && typeof error.code === 'number' && awayCodes.has(error.code)) ||
    ('code' in error && typeof error.code === 'string' && awaySocketCodes.has(error.code)) ||
    error.message.includes('before initial connection is complete')
  );
}

/**
 * The field of the unique index that an insert or update ran into; undefined for any other error.
 * Servers that send no `keyPattern` still name the index, as in `… index: emailKey_1 dup key …`.
 */
export function duplicateField(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 11000) return undefined;
  if ('keyPattern' in error && typeof error.keyPattern === 'object' && error.keyPattern) {
    return Object.keys(error.keyPattern)[0];
  }
  return /index: (?:\S+\$)?(\w+?)_-?1\b/.exec(error.message)?.[1] ?? '_id';
}

/** `MONGODB_URI` cannot be understood. The message repeats nothing of it, as it may hold a password. */
export class MongoUriError extends Error {}

/** Whether a connection string names a database behind its hosts. */
const namesDatabase = (uri: string) => /^mongodb(\+srv)?:\/\/[^/]*\/[^?]/.test(uri);

/**
 * Connects to MongoDB. Reads come from the primary and writes wait for the majority whatever the URI says: a session
 * that was ended must be ended on the next call everywhere. Throws `MongoUriError`, or the driver's error.
 */
export async function connectMongo({ uri, logger }: { uri: string; logger: Logger }) {
  const connection = mongoose.createConnection(uri, {
    ...(!namesDatabase(uri) && { dbName: 'latchkey' }),
    readPreference: 'primary',
    readConcernLevel: 'local',
    w: 'majority',
    wtimeoutMS: 0,
    journal: true,
    bufferCommands: false,
    sanitizeFilter: true,
    autoCreate: false,
    autoIndex: false,
    maxPoolSize: 20,
    serverSelectionTimeoutMS: 3_000,
    connectTimeoutMS: 3_000,
    socketTimeoutMS: 15_000,
    waitQueueTimeoutMS: 5_000,
  });
  try {
    await connection.asPromise();
  } catch (error) {
    await connection.close(true);
    if (error instanceof Error && ['MongoParseError', 'MongoInvalidArgumentError', 'URIError'].includes(error.name)) {
      throw new MongoUriError('MONGODB_URI is not a connection string that the driver understands.', { cause: error });
    }
    throw error;
  }
  const onAway = () => logger.warn('the database is away');
  connection.on('error', (error: unknown) => logger.warn({ err: error }, 'database connection'));
  connection.on('disconnected', onAway);
  connection.on('reconnected', () => logger.info('the database is back'));
  return {
    connection,
    async ping() {
      await connection.db?.command({ ping: 1 }, { timeoutMS: 2_000 });
    },
    async close() {
      connection.off('disconnected', onAway);
      await connection.close();
    },
  };
}

export type Mongo = Awaited<ReturnType<typeof connectMongo>>;
export type Connection = Mongo['connection'];
