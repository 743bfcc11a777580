import type { AuditEventType } from '@latchkey/shared/schemas';
import mongoose, { Schema } from 'mongoose';
import { daySeconds } from '../time.ts';
import { type Connection, makeIndexes } from './mongo.ts';
import { date, schemaOptions, text } from './schema.ts';

export interface AuditRecord {
  _id: string;
  at: Date;
  userId?: string;
  type: AuditEventType;
  ip: string;
  userAgent: string;
  details: Record<string, string>;
}

const keptDays = 180;

const auditSchema = new Schema<AuditRecord>(
  {
    _id: text,
    at: date,
    userId: String,
    type: text,
    ip: { type: String, default: '' },
    userAgent: { type: String, default: '' },
    details: { type: Schema.Types.Mixed, required: true },
  },
  schemaOptions,
)
  .index({ at: 1 }, { expireAfterSeconds: keptDays * daySeconds })
  .index({ userId: 1, at: -1, _id: -1 });

const { trusted } = mongoose;

/** The record of events, kept for 180 days. */
export function createAuditStore(connection: Connection) {
  const events = connection.model('AuditEvent', auditSchema, 'audit');

  return {
    createIndexes: () => makeIndexes(events),

    async insert(event: AuditRecord): Promise<void> {
      await events.insertOne(event);
    },

    /** A person's events, latest first, from behind the event `before`. */
    listOf: (
      userId: string,
      { before, limit }: { before?: { at: Date; id: string } | undefined; limit: number },
    ): Promise<AuditRecord[]> =>
      events
        .find({
          userId,
          ...(before && {
            $or: [{ at: trusted({ $lt: before.at }) }, { at: before.at, _id: trusted({ $lt: before.id }) }],
          }),
        })
        .sort({ at: -1, _id: -1 })
        .limit(limit)
        .lean<AuditRecord[]>(),
  };
}

export type AuditStore = ReturnType<typeof createAuditStore>;
