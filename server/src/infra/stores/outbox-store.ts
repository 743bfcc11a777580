import type { Locale } from '@latchkey/shared/schemas';
import mongoose, { Schema } from 'mongoose';
import { type Connection, makeIndexes } from '../mongo.ts';
import { date, number, schemaOptions, text } from './schema.ts';

export interface OutboxJobRecord {
  _id: string;
  /** The kind of mail, by its name in the table of kinds. */
  template: string;
  /** Which sending slots it may take; the lowest goes first. A job without one was queued before there were lanes. */
  lane?: number;
  to: string;
  locale: Locale;
  /** In which the mail tells times; UTC where there is none. */
  timeZone?: string;
  /** The words that the template shows. Never a secret: codes and links are minted by the worker. */
  data: Record<string, string>;
  challengeId?: string;
  /** Which mail of the challenge this is. */
  sends?: number;
  attempts: number;
  runAt: Date;
  leaseUntil?: Date;
  expiresAt: Date;
}

/** A job that a worker holds. */
export type ClaimedJob = OutboxJobRecord & { leaseUntil: Date };

const outboxSchema = new Schema<OutboxJobRecord>(
  {
    _id: text,
    template: text,
    lane: Number,
    to: text,
    locale: text,
    timeZone: String,
    data: { type: Schema.Types.Mixed, required: true },
    challengeId: String,
    sends: Number,
    attempts: number,
    runAt: date,
    leaseUntil: Date,
    expiresAt: date,
  },
  schemaOptions,
)
  .index({ lane: 1, runAt: 1 })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const { trusted } = mongoose;
const countedJobs = 1_000;

/** Mail that waits to be sent. A worker holds a job by its lease; a lease that lapsed is another worker's to take. */
export function createOutboxStore(connection: Connection) {
  const jobs = connection.model('OutboxJob', outboxSchema, 'outbox');
  // The driver's own: what is stored was made here, and a document to cast and validate it costs more than the insert.
  const plain = connection.collection<OutboxJobRecord>('outbox');

  return {
    createIndexes: () => makeIndexes(jobs),

    async insert(job: OutboxJobRecord): Promise<void> {
      await plain.insertOne(job);
    },

    /** Takes the job that is due longest in the first of these lanes. Gives it with its new attempt and lease, or null. */
    claim: (lanes: readonly number[], now: Date, leaseUntil: Date): Promise<ClaimedJob | null> =>
      jobs
        .findOneAndUpdate(
          {
            lane: trusted({ $in: [...lanes, null] }),
            runAt: trusted({ $lte: now }),
            expiresAt: trusted({ $gt: now }),
            $or: [{ leaseUntil: trusted({ $exists: false }) }, { leaseUntil: trusted({ $lte: now }) }],
          },
          { $set: { leaseUntil }, $inc: { attempts: 1 } },
          { sort: { lane: 1, runAt: 1 }, returnDocument: 'after' },
        )
        .lean<ClaimedJob>(),

    async complete(job: ClaimedJob): Promise<void> {
      await plain.deleteOne({ _id: job._id, leaseUntil: job.leaseUntil });
    },

    async retryAt(job: ClaimedJob, runAt: Date): Promise<void> {
      await jobs.updateOne(
        { _id: job._id, leaseUntil: job.leaseUntil },
        { $set: { runAt }, $unset: { leaseUntil: '' } },
      );
    },

    /** How many jobs wait, counted up to a thousand. */
    countWaiting: (now: Date): Promise<number> =>
      jobs.countDocuments({ expiresAt: trusted({ $gt: now }) }, { limit: countedJobs }),
  };
}

export type OutboxStore = ReturnType<typeof createOutboxStore>;
