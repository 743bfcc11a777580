import { EmbeddedMongoError, findServerOf, startEmbeddedMongo } from '@latchkey/embedded-mongo';
import type { Config } from './config.ts';
import type { Stores } from './domain/outside.ts';
import { StartupError } from './errors.ts';
import { closeDataFolder, databaseFolderOf, openDataFolder } from './infra/data-folder.ts';
import { withDeadline } from './infra/deadline.ts';
import type { Logger } from './infra/logger.ts';
import { type Connection, connectMongo } from './infra/mongo.ts';
import { createAdminsStore } from './infra/stores/admins-store.ts';
import { createAuditErasuresStore } from './infra/stores/audit-erasures-store.ts';
import { createAuditHeadsStore } from './infra/stores/audit-heads-store.ts';
import { createAuditStore } from './infra/stores/audit-store.ts';
import { createChallengesStore } from './infra/stores/challenges-store.ts';
import { createCountersStore } from './infra/stores/counters-store.ts';
import { createExportTicketsStore } from './infra/stores/export-tickets-store.ts';
import { createHourlyCountsStore } from './infra/stores/hourly-counts-store.ts';
import { createOutboxStore } from './infra/stores/outbox-store.ts';
import { createUsersStore } from './infra/stores/users/users-store.ts';
import type { System } from './infra/system.ts';

/** Makes the stores and waits for their indexes: uniqueness must hold before the first registration. */
async function openStores(connection: Connection, system: System): Promise<Stores> {
  const stores = {
    users: createUsersStore(connection),
    challenges: createChallengesStore(connection),
    outbox: createOutboxStore(connection),
    counters: createCountersStore(connection),
    audit: createAuditStore(connection, system),
    auditHeads: createAuditHeadsStore(connection),
    admins: createAdminsStore(connection),
    auditErasures: createAuditErasuresStore(connection),
    hourlyCounts: createHourlyCountsStore(connection),
    exportTickets: createExportTicketsStore(connection),
  };
  await Promise.all(Object.values(stores).map((store) => store.createIndexes()));
  return stores;
}

/** The embedded database in a folder below `DATA_DIR`. Throws `StartupError` where the folder cannot be used. */
export async function openEmbeddedMongo(dataDir: string, { system, logger }: { system: System; logger: Logger }) {
  const folder = await openDataFolder(dataDir);
  try {
    const embeddedMongo = await startEmbeddedMongo({
      dataDir: folder,
      now: () => system.now().getTime(),
      onError: (error) => logger.error({ err: error }, 'embedded database'),
    });
    // The database makes its files with whatever rights the process allows.
    await closeDataFolder(dataDir);
    return embeddedMongo;
  } catch (error) {
    throw error instanceof EmbeddedMongoError ? new StartupError(error.message, { cause: error }) : error;
  }
}

/**
 * Opens the database of the settings with its stores: the one at `MONGODB_URI`, or the embedded one. Throws `StartupError`
 * for what an operator can put right.
 * @param join uses the embedded database of a server that runs on the same folder, where there is one
 * @param timeoutMilliseconds how long any operation of a store may take, the making of indexes apart; without it, as for
 * command lines, there is no such end
 * @param observe hears of each operation with such an end, by its name, and how long it took, in seconds
 */
export async function openDatabase(
  config: Pick<Config, 'mongodbUri' | 'dataDir'>,
  {
    system,
    logger,
    join: joins = false,
    timeoutMilliseconds,
    observe,
  }: {
    system: System;
    logger: Logger;
    join?: boolean;
    timeoutMilliseconds?: number;
    observe?: (operation: string, seconds: number) => void;
  },
) {
  const running = config.mongodbUri ?? (joins ? await findServerOf(databaseFolderOf(config.dataDir)) : undefined);
  const embedded = running ? undefined : await openEmbeddedMongo(config.dataDir, { system, logger });
  const uri = running ?? `${embedded?.uri}`;
  const mongo = await connectMongo({ uri, logger }).catch(async (error: unknown) => {
    await embedded?.close();
    throw error;
  });
  const close = async () => {
    await mongo.close();
    await embedded?.close();
  };
  try {
    const opened = await openStores(mongo.connection, system);
    const bounded = <Operations extends object>(name: string, operations: Operations) =>
      timeoutMilliseconds === undefined
        ? operations
        : withDeadline(operations, timeoutMilliseconds, (operation, seconds) =>
            observe?.(`${name}.${operation}`, seconds),
          );
    const stores = Object.fromEntries(
      Object.entries(opened).map(([name, store]) => [name, bounded(name, store)]),
    ) as unknown as Stores;
    const { ping } = bounded('server', { ping: mongo.ping });
    return { stores, connection: mongo.connection, ping, embeddedUri: embedded?.uri, close };
  } catch (error) {
    await close();
    throw error;
  }
}
