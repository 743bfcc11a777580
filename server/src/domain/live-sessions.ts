import type { SessionItem } from '@latchkey/shared/schemas';
import type { SessionRecord } from '../infra/stores/users/user-record.ts';
import { earlier } from '../time.ts';
import { describeDevice } from './user-agent.ts';

export const isLive = (session: SessionRecord, now: Date): boolean =>
  session.idleExpiresAt > now && session.expiresAt > now;

/** The live ones of an account's sessions as they are shown, latest first. */
export const listLive = (sessions: readonly SessionRecord[], now: Date): Omit<SessionItem, 'current'>[] =>
  sessions
    .filter((session) => isLive(session, now))
    .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
    .map((session) => ({
      id: session._id,
      ...describeDevice(session.userAgent),
      ...(session.name !== undefined && { name: session.name }),
      ip: session.ip,
      createdAt: session.createdAt.toISOString(),
      lastSeenAt: session.lastSeenAt.toISOString(),
      expiresAt: earlier(session.idleExpiresAt, session.expiresAt).toISOString(),
    }));
