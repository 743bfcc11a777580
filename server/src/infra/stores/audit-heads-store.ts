import mongoose, { Schema } from 'mongoose';
import { type Connection, makeIndexes } from '../mongo.ts';
import { date, number, schemaOptions, text } from './schema.ts';

/** How far a chain of events is known to reach. */
export interface AuditHeadRecord {
  /** Of the chain: its day, the id of its key, and something random. */
  _id: string;
  day: string;
  /** So many events are stored, from the first on. */
  stored: number;
  /** The MAC of the last of them; empty while there is none. */
  mac: string;
  eventsExpireAt: Date;
  /** Later than the events. */
  expiresAt: Date;
  /** A MAC over all of this. */
  seal: string;
}

const headSchema = new Schema<AuditHeadRecord>(
  {
    _id: text,
    day: text,
    stored: number,
    mac: String,
    eventsExpireAt: date,
    expiresAt: date,
    seal: text,
  },
  schemaOptions,
)
  .index({ day: 1 })
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

const { trusted } = mongoose;

/** The heads of the chains of events. They outlive the events, so that what is gone can be told from what never was. */
export function createAuditHeadsStore(connection: Connection) {
  const heads = connection.model('AuditHead', headSchema, 'auditHeads');

  return {
    createIndexes: () => makeIndexes(heads),

    /** Notes how far a chain has come. Its instance alone does. */
    async put({ _id, ...head }: AuditHeadRecord): Promise<void> {
      await heads.updateOne({ _id }, { $set: head }, { upsert: true });
    },

    listOf: (day: string): Promise<AuditHeadRecord[]> => heads.find({ day }).sort({ _id: 1 }).lean<AuditHeadRecord[]>(),

    /** The days from one to another, both included, that have a chain. */
    listDays: (from: string, to: string): Promise<string[]> =>
      heads.distinct('day', { day: trusted({ $gte: from, $lte: to }) }),
  };
}

export type AuditHeadsStore = ReturnType<typeof createAuditHeadsStore>;
