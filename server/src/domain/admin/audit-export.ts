import { createHash } from 'node:crypto';
import type { AuditFormat, ExportAuditInput } from '@latchkey/shared/admin-schemas';
import { AppError } from '../../errors.ts';
import type { AuditFilters, AuditRecord } from '../../infra/stores/audit-store.ts';
import { addSeconds } from '../../time.ts';
import type { Admins } from '../admins.ts';
import type { Machinery } from '../machinery.ts';
import type { RequestInfo } from '../request.ts';
import type { Viewer } from '../sessions.ts';
import { fileFormats } from './audit-file.ts';
import { accountsIn, toAuditItem, toFilters } from './audit-list.ts';

/** Where a ticket is turned in. */
export const auditExportPath = '/admin/audit-export';

const ticketBytes = 32;
const ticketSeconds = 60;
/** So many events are in memory at once, and have their names looked up together. */
const batchSize = 500;

const digest = (ticket: string) => createHash('sha256').update(ticket).digest('base64url');

const isGiven = (entry: [string, string | undefined]): entry is [string, string] => entry[1] !== undefined;

/** A file that is written while it is sent. */
export interface AuditFile {
  name: string;
  contentType: string;
  /** Who gets it. */
  userId: string;
  chunks: AsyncIterable<string>;
}

async function* inBatches<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/**
 * The record of what happened as a file, of any length. A browser saves one that it is sent to, and there it brings no
 * token: so whoever may have the file gets a ticket, good for one download within a minute.
 */
export function createAuditExport({
  stores: { audit: events, users, exportTickets },
  admins,
  audit,
  system,
}: Machinery & { admins: Admins }) {
  const toExported = (event: AuditRecord, names: ReadonlyMap<string, string>) => ({
    ...toAuditItem(event, names),
    userAgent: event.userAgent,
    details: event.details,
  });

  async function* chunksOf(format: AuditFormat, filters: AuditFilters): AsyncGenerator<string> {
    const { head, line } = fileFormats[format];
    if (head !== '') yield head;
    for await (const batch of inBatches(events.stream(filters))) {
      const names = new Map<string, string>();
      for await (const { _id, username } of users.streamUsernames(accountsIn(batch))) names.set(_id, username);
      yield batch.map((event) => line(toExported(event, names))).join('');
    }
  }

  return {
    /** A ticket for the events that are filtered. It is kept as its hash. */
    async offer({ format, ...given }: ExportAuditInput, { user, session }: Viewer) {
      const filters = Object.fromEntries(Object.entries(given).filter(isGiven));
      const ticket = system.randomBytes(ticketBytes).toString('base64url');
      const expiresAt = addSeconds(system.now(), ticketSeconds);
      await exportTickets.insert({
        _id: digest(ticket),
        userId: user._id,
        sessionId: session._id,
        format,
        filters,
        expiresAt,
      });
      return { ticket, path: `${auditExportPath}?ticket=${ticket}`, expiresAt: expiresAt.toISOString() };
    },

    /**
     * Uses a ticket up and gives its file, if who asked for it is still signed in where they did and still runs the server.
     * That is an event, the first of the file where its filters let it through. Throws `NOT_FOUND`.
     */
    async open(ticket: string, request: RequestInfo): Promise<AuditFile> {
      const now = system.now();
      const taken = await exportTickets.take(digest(ticket), now);
      const user = taken && (await users.findSignedIn(taken.userId, taken.sessionId, now));
      if (!taken || !user || !(await admins.isAdmin(user._id))) throw new AppError('NOT_FOUND');
      const { sessionId, format, filters } = taken;
      const { userId: account, actor: by, type: kind, from: since, to: until } = filters;
      await audit.record('audit-exported', undefined, request, {
        actor: user._id,
        sessionId,
        ...Object.fromEntries(Object.entries({ format, account, by, kind, since, until }).filter(isGiven)),
      });
      return {
        name: `audit-${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z.${format}`,
        contentType: fileFormats[format].contentType,
        userId: user._id,
        chunks: chunksOf(format, toFilters(filters)),
      };
    },
  };
}
