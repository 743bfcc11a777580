import mongoose, { Schema } from 'mongoose';
import { type Connection, duplicateField, makeIndexes } from './mongo.ts';
import { number, schemaOptions } from './schema.ts';

export interface FailuresRecord {
  _id: string;
  count: number;
  lockedUntil?: Date;
  /** Absent where only a reset ends the lock. */
  expiresAt?: Date;
}

const failuresSchema = new Schema<FailuresRecord>(
  { _id: String, count: number, lockedUntil: Date, expiresAt: Date },
  schemaOptions,
).index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const { trusted } = mongoose;

/** Counters of failed attempts. A counter is replaced only as it was read, so parallel attempts are each counted. */
export function createFailuresStore(connection: Connection) {
  const failures = connection.model('Failures', failuresSchema, 'failures');

  return {
    createIndexes: () => makeIndexes(failures),

    /** The counter, unless it has expired. */
    find: (id: string, now: Date): Promise<FailuresRecord | null> =>
      failures
        .findOne({
          _id: id,
          $or: [{ expiresAt: trusted({ $exists: false }) }, { expiresAt: trusted({ $gt: now }) }],
        })
        .lean<FailuresRecord>(),

    /** Begins a counter, in the place of one that has expired. False when another call was first. */
    async begin(record: FailuresRecord, now: Date): Promise<boolean> {
      try {
        await failures.replaceOne({ _id: record._id, expiresAt: trusted({ $lte: now }) }, record, { upsert: true });
        return true;
      } catch (error) {
        if (duplicateField(error)) return false;
        throw error;
      }
    },

    /** Counts one more from exactly `count`. False when another call was first. */
    async advance(
      id: string,
      count: number,
      { lockedUntil, expiresAt }: Pick<FailuresRecord, 'lockedUntil' | 'expiresAt'>,
    ): Promise<boolean> {
      const result = await failures.updateOne(
        { _id: id, count },
        {
          $set: { count: count + 1, ...(lockedUntil && { lockedUntil }), ...(expiresAt && { expiresAt }) },
          ...(!expiresAt && { $unset: { expiresAt: '' } }),
        },
      );
      return result.modifiedCount === 1;
    },

    /** Takes one back, and the lock with it where this attempt had set one. */
    async giveBack(id: string, lockedUntil?: Date): Promise<void> {
      if (lockedUntil) {
        await failures.updateOne({ _id: id, lockedUntil }, { $inc: { count: -1 }, $unset: { lockedUntil: '' } });
      } else {
        await failures.updateOne({ _id: id, count: trusted({ $gt: 0 }) }, { $inc: { count: -1 } });
      }
    },

    async clear(ids: string[]): Promise<void> {
      await failures.deleteMany({ _id: trusted({ $in: ids }) });
    },
  };
}

export type FailuresStore = ReturnType<typeof createFailuresStore>;
