import type { AuditItem, ExportAuditInput, ListAuditInput } from '@latchkey/shared/admin-schemas';
import type { AuditFilters, AuditRecord } from '../../infra/stores/audit-store.ts';
import type { Machinery } from '../machinery.ts';
import { describeDevice } from '../user-agent.ts';
import type { Cursors } from './cursors.ts';

type AuditFilterFields = Omit<ExportAuditInput, 'format'>;
type Place = [at: number, id: string];

/** The filters of a list or an export as the database has them. */
export const toFilters = ({ userId, actor, type, from, to }: AuditFilterFields): AuditFilters => ({
  userId,
  actor,
  type,
  ...(from !== undefined && { from: new Date(from) }),
  ...(to !== undefined && { to: new Date(to) }),
});

/** The accounts that events name: to whom they happened, and who did it. */
export const accountsIn = (events: readonly AuditRecord[]): string[] => [
  ...new Set(events.flatMap(({ userId, actor }) => [userId, actor]).filter((id) => id !== undefined)),
];

/** An event with the names that its accounts have now. */
export function toAuditItem(event: AuditRecord, names: ReadonlyMap<string, string>): AuditItem {
  const nameOf = (id: string | undefined) => (id === undefined ? null : (names.get(id) ?? null));
  return {
    id: event._id,
    at: event.at.toISOString(),
    type: event.type,
    userId: event.userId ?? null,
    username: nameOf(event.userId),
    actor: event.actor ?? null,
    actorName: nameOf(event.actor),
    sessionId: event.sessionId ?? null,
    ip: event.ip,
    ...describeDevice(event.userAgent),
    reason: event.reason ?? null,
    details: Object.entries(event.details).map(([name, value]) => ({ name, value })),
  };
}

/** Looking through the record of what happened, of all accounts, in pages. */
export function createAuditList({ stores: { audit, users }, cursors }: Machinery & { cursors: Cursors }) {
  async function toItems(events: readonly AuditRecord[]): Promise<AuditItem[]> {
    const ids = accountsIn(events);
    const names = ids.length > 0 ? await users.usernamesOf(ids) : new Map<string, string>();
    return events.map((event) => toAuditItem(event, names));
  }

  return {
    /** The last events of an account. */
    lastOf: async (userId: string, limit: number): Promise<AuditItem[]> =>
      toItems(await audit.listPage({ userId }, { limit })),

    /** A page of events, latest first. Throws `VALIDATION` for a cursor of another list. */
    async list({ cursor, limit, ...filters }: ListAuditInput) {
      const { userId, actor, type, from, to } = filters;
      const scope = ['audit', userId, actor, type, from, to] as const;
      const place = cursor === undefined ? undefined : (cursors.open(scope, cursor) as Place);
      const before = place && { at: new Date(place[0]), id: place[1] };
      const events = await audit.listPage(toFilters(filters), { before, limit: limit + 1 });
      const page = events.slice(0, limit);
      const last = page.at(-1);
      return {
        items: await toItems(page),
        nextCursor:
          events.length > limit && last ? cursors.seal(scope, [last.at.getTime(), last._id] satisfies Place) : null,
      };
    },
  };
}

export type AuditList = ReturnType<typeof createAuditList>;
