import type { AuditEventType } from '@latchkey/shared/schemas';
import mongoose, { Schema } from 'mongoose';
import { addSeconds, daySeconds } from '../../time.ts';
import { type Connection, makeIndexes } from '../mongo.ts';
import type { System } from '../system.ts';
import { date, number, schemaOptions, text } from './schema.ts';

/** Where an event stands in its chain, and what binds it to that place. */
export interface AuditLink {
  /** The chain, by the name that its head has. */
  id: string;
  /** The place in it, from 1. */
  place: number;
  /** So many from the first on were known to be stored when this one was made. */
  settled: number;
  /** The MAC of the event before; empty for the first. */
  previous: string;
  /** Stands for the address, with `salt`. */
  ip: string;
  userAgent: string;
  /** Erased together with address and user agent; without it nobody can find out what they were. */
  salt?: string;
  mac: string;
}

/** An event. It happened to the account `userId`; where somebody else did it, `actor` says who. */
export interface AuditRecord {
  _id: string;
  at: Date;
  /** The same for all events of a day, so that a day goes as a whole. */
  expiresAt: Date;
  userId?: string;
  actor?: string;
  sessionId?: string;
  type: AuditEventType;
  /** Empty once it is erased. */
  ip: string;
  userAgent: string;
  /** Why, as the actor said. */
  reason?: string;
  details: Record<string, string>;
  chain: AuditLink;
}

/** What events are looked for by. */
export interface AuditFilters {
  userId?: string | undefined;
  actor?: string | undefined;
  type?: AuditEventType | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const auditSchema = new Schema<AuditRecord>(
  {
    _id: text,
    at: date,
    expiresAt: date,
    userId: String,
    actor: String,
    sessionId: String,
    type: text,
    ip: { type: String, default: '' },
    userAgent: { type: String, default: '' },
    reason: String,
    details: { type: Schema.Types.Mixed, required: true },
    chain: {
      id: text,
      place: number,
      settled: number,
      previous: String,
      ip: text,
      userAgent: text,
      salt: String,
      mac: text,
    },
  },
  schemaOptions,
)
  .index({ expiresAt: 1 }, { expireAfterSeconds: 0 })
  .index({ at: -1, _id: -1 })
  .index({ userId: 1, at: -1, _id: -1 })
  // Of one administrator and one type the administrator is the rarer: the embedded database takes the first of equals.
  .index({ actor: 1, at: -1, _id: -1 })
  .index({ type: 1, at: -1, _id: -1 })
  .index({ 'chain.id': 1, 'chain.place': 1 });

const { trusted } = mongoose;
const missingCollection = 26;
const missingIndex = 27;
const hasCode = (error: unknown, code: number) => error instanceof Error && 'code' in error && error.code === code;
/** Of a version in which each event expired by itself. */
const oldExpiry = { index: 'at_1', days: 180 };

/** The ids of chains begin with their day: all of a day lie between these. */
const chainsOf = (day: string) => ({ $gte: `${day}.`, $lt: `${day}/` });

/** Latest first. */
const order = { at: -1, _id: -1 } as const;
/** So many come from the database at a time where all are read. */
const streamedAtOnce = 500;

const wantedBy = ({ from, to, ...exact }: AuditFilters, before?: { at: Date; id: string }) => ({
  ...Object.fromEntries(Object.entries(exact).filter(([, value]) => value !== undefined)),
  $and: [
    ...(from ? [{ at: trusted({ $gte: from }) }] : []),
    ...(to ? [{ at: trusted({ $lt: to }) }] : []),
    ...(before
      ? [
          { at: trusted({ $lte: before.at }) },
          { $or: [{ at: trusted({ $lt: before.at }) }, { at: before.at, _id: trusted({ $lt: before.id }) }] },
        ]
      : []),
    {},
  ],
});

/** The record of events, in chains. */
export function createAuditStore(connection: Connection, system: System) {
  const events = connection.model('AuditEvent', auditSchema, 'audit');
  // The driver's own: an event is stored as its MAC was made, with nothing cast.
  const plain = connection.collection<AuditRecord>('audit');

  /** Events from before there were days that expire go with the day on which their time is over at the latest. */
  async function retireOldExpiry(): Promise<void> {
    const indexes = await plain.indexes().catch((error: unknown) => {
      if (hasCode(error, missingCollection)) return [];
      throw error;
    });
    if (!indexes.some(({ name, expireAfterSeconds }) => name === oldExpiry.index && expireAfterSeconds !== undefined))
      return;
    const expiresAt = addSeconds(system.now(), oldExpiry.days * daySeconds);
    await events.updateMany({ expiresAt: trusted({ $exists: false }) }, { $set: { expiresAt } });
    await plain.dropIndex(oldExpiry.index).catch((error: unknown) => {
      // Another process that starts was first.
      if (!hasCode(error, missingIndex)) throw error;
    });
  }

  return {
    async createIndexes(): Promise<void> {
      await makeIndexes(events);
      await retireOldExpiry();
    },

    async insert(event: AuditRecord): Promise<void> {
      await plain.insertOne(event);
    },

    /** Erases where the events came from that somebody caused, or met as nobody else is known to have caused them. */
    async eraseOrigins(userId: string): Promise<void> {
      await events.updateMany(
        { $or: [{ userId, actor: trusted({ $exists: false }) }, { actor: userId }] },
        { $set: { ip: '', userAgent: '' }, $unset: { 'chain.salt': '' } },
      );
    },

    /** The events of all chains of a day, chain by chain and each in its order. */
    streamDay: (day: string): AsyncIterable<AuditRecord> =>
      events
        .find({ 'chain.id': trusted(chainsOf(day)) })
        .sort({ 'chain.id': 1, 'chain.place': 1 })
        .lean<AuditRecord[]>()
        .cursor(),

    /** How many events a chain has from one place to another. */
    countLinks: (chainId: string, from: number, to: number): Promise<number> =>
      events.countDocuments({ 'chain.id': chainId, 'chain.place': trusted({ $gte: from, $lte: to }) }),

    /** How many events of a day are in none of its chains. */
    countUnchained: (day: string, from: Date, to: Date): Promise<number> =>
      events.countDocuments({
        at: trusted({ $gte: from, $lt: to }),
        $nor: [{ 'chain.id': trusted(chainsOf(day)) }],
      }),

    /** Events that are filtered, latest first, from behind the event `before`. */
    listPage: (
      filters: AuditFilters,
      { before, limit }: { before?: { at: Date; id: string } | undefined; limit: number },
    ): Promise<AuditRecord[]> => events.find(wantedBy(filters, before)).sort(order).limit(limit).lean<AuditRecord[]>(),

    /** All events that are filtered, latest first. Whoever stops reading ends the cursor: Mongoose's own would stay open. */
    stream: (filters: AuditFilters): AsyncIterable<AuditRecord> =>
      plain.find(wantedBy(filters)).sort(order).batchSize(streamedAtOnce),

    /** A person's events, latest first, from behind the event `before`; of `types` only where any are given. */
    listOf: (
      userId: string,
      {
        before,
        types,
        limit,
      }: { before?: { at: Date; id: string } | undefined; types?: AuditEventType[] | undefined; limit: number },
    ): Promise<AuditRecord[]> =>
      events
        .find({
          userId,
          ...(types && { type: trusted({ $in: types }) }),
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
