import type { AuditFormat } from '@latchkey/shared/admin-schemas';
import mongoose, { Schema } from 'mongoose';
import { hourSeconds } from '../../time.ts';
import { type Connection, makeIndexes } from '../mongo.ts';
import { date, schemaOptions, text } from './schema.ts';

/** One download that somebody may have. */
export interface ExportTicketRecord {
  /** The SHA-256 of the ticket, which is kept nowhere. */
  _id: string;
  userId: string;
  sessionId: string;
  format: AuditFormat;
  /** What is exported: the filters as they were asked for. */
  filters: Record<string, string>;
  expiresAt: Date;
}

const ticketSchema = new Schema<ExportTicketRecord>(
  {
    _id: text,
    userId: text,
    sessionId: text,
    format: text,
    filters: { type: Schema.Types.Mixed, required: true },
    expiresAt: date,
  },
  schemaOptions,
)
  // Swept later than it is over: by which clock it is over, whoever takes it says.
  .index({ expiresAt: 1 }, { expireAfterSeconds: hourSeconds });

const { trusted } = mongoose;

/** Tickets for downloads. Each is there until it is used or over. */
export function createExportTicketsStore(connection: Connection) {
  const tickets = connection.model('ExportTicket', ticketSchema, 'exportTickets');

  return {
    createIndexes: () => makeIndexes(tickets),

    async insert(ticket: ExportTicketRecord): Promise<void> {
      await tickets.insertOne(ticket);
    },

    /** Uses a ticket up: of any number of calls with it, one gets it. */
    take: (id: string, now: Date): Promise<ExportTicketRecord | null> =>
      tickets.findOneAndDelete({ _id: id, expiresAt: trusted({ $gt: now }) }).lean<ExportTicketRecord>(),
  };
}

export type ExportTicketsStore = ReturnType<typeof createExportTicketsStore>;
