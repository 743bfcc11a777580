import mongoose, { Schema } from 'mongoose';
import { type Connection, makeIndexes } from '../mongo.ts';
import { date, schemaOptions, text } from './schema.ts';

/** An account that is to be gone at a moment, and with it where its events came from. */
export interface AuditErasureRecord {
  /** Of the account. */
  _id: string;
  dueAt: Date;
}

const erasureSchema = new Schema<AuditErasureRecord>({ _id: text, dueAt: date }, schemaOptions).index({ dueAt: 1 });

const { trusted } = mongoose;

/** What is to be erased from the record of events, once somebody's account has ended. */
export function createAuditErasuresStore(connection: Connection) {
  const erasures = connection.model('AuditErasure', erasureSchema, 'auditErasures');

  return {
    createIndexes: () => makeIndexes(erasures),

    /** The last moment that was named for an account holds. */
    async put({ _id, dueAt }: AuditErasureRecord): Promise<void> {
      await erasures.updateOne({ _id }, { $set: { dueAt } }, { upsert: true });
    },

    listDue: (now: Date, limit: number): Promise<AuditErasureRecord[]> =>
      erasures
        .find({ dueAt: trusted({ $lte: now }) })
        .sort({ dueAt: 1 })
        .limit(limit)
        .lean<AuditErasureRecord[]>(),

    /** Removes one, unless another moment has been named since. */
    async remove({ _id, dueAt }: AuditErasureRecord): Promise<void> {
      await erasures.deleteOne({ _id, dueAt });
    },
  };
}

export type AuditErasuresStore = ReturnType<typeof createAuditErasuresStore>;
