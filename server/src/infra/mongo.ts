import mongoose, { type mongo } from 'mongoose';
import { StartupError } from '../errors.ts';
import type { Logger } from './logger.ts';

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
  'DatabaseTimeoutError',
]);

/** Server codes that mean "not now": unreachable, too slow, timed out, shutting down, stepping down, no primary. */
const awayCodes = new Set([6, 7, 50, 64, 89, 91, 189, 262, 10107, 11600, 11602, 13435, 13436]);

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

/** Whether an insert or update ran into a unique index. */
export const isDuplicateKey = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && error.code === 11000;

/**
 * The field of the unique index that an insert or update ran into; undefined where the server names none, and for any
 * other error. Servers that send no `keyPattern` may name the index, as in `… index: emailKey_1 dup key …` or
 * `… Index 'emailKey_1'`.
 */
export function duplicateField(error: unknown): string | undefined {
  if (!isDuplicateKey(error)) return undefined;
  if ('keyPattern' in error && typeof error.keyPattern === 'object' && error.keyPattern) {
    return Object.keys(error.keyPattern)[0];
  }
  const [, field] = /\bindex:? '?(?:[^\s']+\$)?(\w+?)_(?:-?1\b|(?!\w))/i.exec(error.message) ?? [];
  return field;
}

/** Of the driver, for a connection string that makes no sense. */
const uriErrors = new Set(['MongoParseError', 'MongoInvalidArgumentError', 'URIError']);
/** Server codes of a user who may not do this, and of a wrong user or password. */
const unauthorized = 13;
const authenticationFailed = 18;
/** Server codes of a collection or an index that there is none of. */
const notThere = new Set<unknown>([26, 27]);
/** Server codes of an index that is there already, but other than it is asked for. */
const indexConflicts = new Set<unknown>([85, 86]);

/**
 * One line for an operator where the database cannot be used; any other failure as it is. It repeats nothing of the URI,
 * as that may hold a password.
 */
function explainFailure(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const because = (line: string) => new StartupError(line, { cause: error });
  if (uriErrors.has(error.name)) return because('MONGODB_URI is not a connection string that the driver understands.');
  if ('code' in error && Number(error.code) === authenticationFailed) {
    return because('The database at MONGODB_URI refuses the user or the password.');
  }
  if ('code' in error && error.code === unauthorized) {
    return because('The user of MONGODB_URI may not make indexes. Give it the role readWrite on its database.');
  }
  // The hosts of `mongodb+srv://` are looked up by system calls whose names begin so.
  const isLookUp = 'syscall' in error && String(error.syscall).startsWith('query');
  return isLookUp || isDatabaseAway(error) ? because('The database at MONGODB_URI cannot be reached.') : error;
}

type IndexDescription = mongo.IndexDescription;

/** A collection with what its indexes are to be: of a model of Mongoose, or made by `createIndexes`. */
interface Indexed {
  collection: {
    name: string;
    dropIndex?(name: string): Promise<unknown>;
    createIndexes?(indexes: IndexDescription[]): Promise<unknown>;
  };
  schema?: { indexes(): unknown[] };
  createIndexes(): Promise<unknown>;
}

/** Makes all indexes by one command: Mongoose would ask for one after another, each of which waits for the disk. */
async function createAll({ collection, schema, createIndexes }: Indexed): Promise<unknown> {
  if (!schema || !collection.createIndexes) return createIndexes();
  const indexes = (schema.indexes() as [IndexDescription['key'], Omit<IndexDescription, 'key'>][]).map(
    ([key, { background: _, ...options }]) => ({ ...options, key }),
  );
  return indexes.length === 0 ? undefined : collection.createIndexes(indexes);
}

/** A build may take longer than a socket may be silent. Asked again, the server waits for the build that is under way. */
async function buildIndexes(model: Indexed): Promise<void> {
  for (;;) {
    try {
      await createAll(model);
      return;
    } catch (error) {
      if (!(error instanceof Error && error.name === 'MongoNetworkTimeoutError')) throw error;
    }
  }
}

/**
 * Makes the indexes of a collection. Throws `StartupError` where documents collide in a unique one or where an index is
 * there with other fields or options, as after an upgrade.
 * @param obsolete the names of indexes that an earlier version made and that must not be there any more
 */
export async function makeIndexes(model: Indexed, obsolete: string[] = []): Promise<void> {
  const { name } = model.collection;
  try {
    for (const index of obsolete) {
      await model.collection.dropIndex?.(index).catch((error: unknown) => {
        if (!(error instanceof Error && 'code' in error && notThere.has(error.code))) throw error;
      });
    }
    await buildIndexes(model);
  } catch (error) {
    if (isDuplicateKey(error)) {
      const field = duplicateField(error) ?? 'value of an indexed field';
      throw new StartupError(
        `The collection ${name} holds documents with the same ${field}, which must be unique. Remove all but one and start again.`,
        { cause: error },
      );
    }
    if (error instanceof Error && 'code' in error && indexConflicts.has(error.code)) {
      throw new StartupError(
        `The collection ${name} has an index other than this version needs. Drop it and start again: ${error.message}`,
        { cause: error },
      );
    }
    throw explainFailure(error);
  }
}

/** Whether a connection string names a database behind its hosts. */
const namesDatabase = (uri: string) => /^mongodb(\+srv)?:\/\/[^/]*\/[^?]/.test(uri);

/**
 * Connects to MongoDB. Reads come from the primary and writes wait for the majority whatever the URI says: a session
 * that was ended must be ended on the next call everywhere. Throws `StartupError` where the URI makes no sense or the database cannot
 * be reached or refuses the user.
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
    throw explainFailure(error);
  }
  const onAway = () => logger.warn('the database is away');
  connection.on('error', (error: unknown) => logger.warn({ err: error }, 'database connection'));
  connection.on('disconnected', onAway);
  connection.on('reconnected', () => logger.info('the database is back'));
  return {
    connection,
    async ping(): Promise<void> {
      await connection.db?.command({ ping: 1 });
    },
    async close() {
      connection.off('disconnected', onAway);
      await connection.close();
    },
  };
}

export type Mongo = Awaited<ReturnType<typeof connectMongo>>;
export type Connection = Mongo['connection'];
