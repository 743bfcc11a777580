import type { AuditItem, ListAuditInput } from '@latchkey/shared/admin-schemas';
import type { AuditFilters, AuditRecord } from '../../infra/stores/audit-store.ts';
import type { Machinery } from '../machinery.ts';
import { describeDevice } from '../user-agent.ts';
import type { Cursors } from './cursors.ts';

type Place = [at: number, id: string];

/** Looking through the record of what happened, of all accounts, in pages. */
export function createAuditList({ stores: { audit, users }, cursors }: Machinery & { cursors: Cursors }) {
  /** Events with the names that their accounts have now. */
  async function toItems(events: readonly AuditRecord[]): Promise<AuditItem[]> {
    const ids = new Set(events.flatMap(({ userId, actor }) => [userId, actor]).filter((id) => id !== undefined));
    const names = ids.size > 0 ? await users.usernamesOf([...ids]) : new Map<string, string>();
    const nameOf = (id: string | undefined) => (id === undefined ? null : (names.get(id) ?? null));
    return events.map((event) => ({
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
    }));
  }

  return {
    /** The last events of an account. */
    lastOf: async (userId: string, limit: number): Promise<AuditItem[]> =>
      toItems(await audit.listPage({ userId }, { limit })),

    /** A page of events, latest first. Throws `VALIDATION` for a cursor of another list. */
    async list({ cursor, limit, userId, actor, type, from, to }: ListAuditInput) {
      const scope = ['audit', userId, actor, type, from, to] as const;
      const place = cursor === undefined ? undefined : (cursors.open(scope, cursor) as Place);
      const filters: AuditFilters = {
        userId,
        actor,
        type,
        ...(from !== undefined && { from: new Date(from) }),
        ...(to !== undefined && { to: new Date(to) }),
      };
      const before = place && { at: new Date(place[0]), id: place[1] };
      const events = await audit.listPage(filters, { before, limit: limit + 1 });
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
