import { typesOfKind } from '@latchkey/shared/activity-kinds';
import type { ActivityItem, ActivityKind, AuditEventType } from '@latchkey/shared/schemas';
import { randomId } from '../../infra/system.ts';
import { canonicalKey } from '../names.ts';
import type { Outside } from '../outside.ts';
import type { RequestInfo } from '../request.ts';
import type { Credentials } from '../tokens/credentials.ts';
import { hmac } from '../tokens/keys.ts';
import { describeDevice } from '../user-agent.ts';
import { createChains } from './chains.ts';
import { createSeals } from './seals.ts';

type Origin = Pick<RequestInfo, 'ip' | 'userAgent'>;

const cursorOf = (event: { at: Date; _id: string }) =>
  Buffer.from(`${event.at.getTime()}:${event._id}`).toString('base64url');

function positionOf(cursor: string | undefined) {
  if (cursor === undefined) return undefined;
  const [, time, id] = /^(\d{1,15}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  return time !== undefined && id !== undefined ? { at: new Date(Number(time)), id } : undefined;
}

/**
 * The record of what happened to accounts, in chains that tell when something was taken out or altered. No event holds a
 * secret, a code, a token or a password.
 */
export function createAudit({
  stores,
  keys,
  system,
  logger,
  metrics,
  rules: { auditDays: keptDays },
}: {
  stores: Pick<Outside['stores'], 'audit' | 'auditHeads' | 'auditErasures'>;
  rules: Pick<Outside['rules'], 'auditDays'>;
  /** Absent in a command line: nobody reads its metrics. */
  metrics?: Pick<Outside['metrics'], 'happened'>;
} & Pick<Outside, 'system' | 'logger'> &
  Pick<Credentials, 'keys'>) {
  const { key } = keys('audit-name').current;
  const chains = createChains({ stores, seals: createSeals(keys), system, logger, keptDays });

  return {
    /**
     * Notes what has happened, once its outcome is known and before the call is answered.
     * @param userId the account that it happened to
     * @param particulars of these, `actor` (who did it, where that is somebody else), `sessionId` and `reason` are fields
     *   of their own; the rest are details
     */
    async record(
      type: AuditEventType,
      userId: string | undefined,
      { ip, userAgent }: Origin,
      particulars: Record<string, string> = {},
    ): Promise<void> {
      const { actor, sessionId, reason, ...details } = particulars;
      await chains.append({
        _id: randomId(system),
        at: system.now(),
        ...(userId !== undefined && { userId }),
        ...(actor !== undefined && { actor }),
        ...(sessionId !== undefined && { sessionId }),
        ...(reason !== undefined && { reason }),
        type,
        ip,
        userAgent,
        details,
      });
      metrics?.happened(type);
    },

    /** Forgets where somebody's events came from, as their account is gone. The chains stay whole. */
    forgetOrigins: (userId: string): Promise<void> => stores.audit.eraseOrigins(userId),

    /** Forgets them when the account will have ended by itself, if it has then. */
    forgetOriginsAfter: (userId: string, dueAt: Date): Promise<void> =>
      stores.auditErasures.put({ _id: userId, dueAt }),

    /** Notes how far the chains reach, now and not a few seconds from now. */
    seal: chains.seal,

    /** Stands for a name that nobody has. People type passwords into that field, so it is kept as a MAC only. */
    fingerprint: (name: string): string => hmac(key, canonicalKey(name)),

    /** A page of a person's own events, of one kind where it is said, latest first. A cursor that was not ours begins at the start. */
    async list(
      { cursor, kind, limit }: { cursor?: string | undefined; kind?: ActivityKind | undefined; limit: number },
      userId: string,
    ): Promise<{ items: ActivityItem[]; nextCursor: string | null }> {
      const events = await stores.audit.listOf(userId, {
        before: positionOf(cursor),
        types: kind && typesOfKind[kind],
        limit: limit + 1,
      });
      const page = events.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map((event) => ({
          id: event._id,
          type: event.type,
          at: event.at.toISOString(),
          // Where those who run the server were when they did it is theirs.
          ...(event.actor === undefined
            ? { ip: event.ip, ...describeDevice(event.userAgent) }
            : { ip: '', device: '', byOther: true }),
        })),
        nextCursor: events.length > limit && last ? cursorOf(last) : null,
      };
    },
  };
}

export type Audit = ReturnType<typeof createAudit>;
