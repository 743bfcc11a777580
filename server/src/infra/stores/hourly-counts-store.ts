import type { CountedKind } from '@latchkey/shared/admin-schemas';
import { addSeconds, daySeconds } from '../../time.ts';
import { type Connection, isDuplicateKey, makeIndexes } from '../mongo.ts';

const keptDays = 90;

/** What happened in an hour, by all instances together. */
export interface HourlyCountsRecord {
  /** When the hour begins. */
  _id: Date;
  /** What did not happen is not there. */
  counts?: Partial<Record<CountedKind, number>>;
  /** The most mails that were seen waiting. */
  mailBacklog?: number;
  expiresAt: Date;
}

/** What one instance adds to an hour. */
export interface HourlyAddition {
  counts: Map<CountedKind, number>;
  mailBacklog: number;
}

/** How much happened, hour by hour, for those who run the server. */
export function createHourlyCountsStore(connection: Connection) {
  // The driver's own: nothing here is cast.
  const hours = connection.collection<HourlyCountsRecord>('hourlyCounts');

  return {
    createIndexes: () =>
      makeIndexes({
        collection: { name: 'hourlyCounts' },
        createIndexes: () => hours.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }),
      }),

    /** Adds to what is known of an hour: any number of instances may. */
    async add(hour: Date, { counts, mailBacklog }: HourlyAddition): Promise<void> {
      const $inc = Object.fromEntries([...counts].map(([kind, count]) => [`counts.${kind}`, count]));
      const update = {
        ...(counts.size > 0 && { $inc }),
        ...(mailBacklog > 0 && { $max: { mailBacklog } }),
        $setOnInsert: { expiresAt: addSeconds(hour, keptDays * daySeconds) },
      };
      const upsert = () => hours.updateOne({ _id: hour }, update, { upsert: true });
      try {
        await upsert();
      } catch (error) {
        // Another instance made the hour in the same moment.
        if (!isDuplicateKey(error)) throw error;
        await upsert();
      }
    },

    /** The hours from one on in which something happened, in their order. */
    listSince: (hour: Date): Promise<HourlyCountsRecord[]> =>
      hours
        .find({ _id: { $gte: hour } })
        .sort({ _id: 1 })
        .toArray(),

    /** The first hour in which something happened, of those that are kept. */
    async findFirst(): Promise<Date | undefined> {
      const [first] = await hours
        .find({ _id: { $gte: new Date(0) } }, { projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(1)
        .toArray();
      return first?._id;
    },
  };
}

export type HourlyCountsStore = ReturnType<typeof createHourlyCountsStore>;
