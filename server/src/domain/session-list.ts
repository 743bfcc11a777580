import type { SessionItem } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import { isLive, listLive } from './live-sessions.ts';
import type { Machinery } from './machinery.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';

/** What somebody who is signed in sees of their sessions, and does to them. */
export function createSessionList({
  stores: { users },
  audit,
  system,
}: Pick<Machinery, 'stores' | 'audit' | 'system'>) {
  return {
    /** The viewer's live sessions, latest first. */
    list({ user, session: own }: Viewer): SessionItem[] {
      return listLive(user.sessions, system.now()).map((item) => ({ ...item, current: item.id === own._id }));
    },

    /** Gives one of the viewer's sessions a name of the person's own. Throws `NOT_FOUND`, also for somebody else's. */
    async rename({ sessionId, name }: { sessionId: string; name: string }, { user, session: own }: Viewer) {
      const owner = { userId: user._id, sessionId: own._id, now: system.now() };
      if (!(await users.renameSession(owner, sessionId, name))) throw new AppError('NOT_FOUND');
      return { success: true } as const;
    },

    /** Ends one of the viewer's sessions. Throws `NOT_FOUND`, also for somebody else's. */
    async revoke({ sessionId }: { sessionId: string }, { user, session: own }: Viewer, request: RequestInfo) {
      const owner = { userId: user._id, sessionId: own._id, now: system.now() };
      if (!(await users.revokeSession(owner, sessionId))) throw new AppError('NOT_FOUND');
      await audit.record('session-revoked', user._id, request, { sessionId: own._id, revokedId: sessionId });
      return { success: true } as const;
    },

    /** Ends all the viewer's sessions but this one, and tells how many live ones that were. Throws `UNAUTHENTICATED`. */
    async revokeOthers({ user, session: own }: Viewer, request: RequestInfo): Promise<{ revoked: number }> {
      const now = system.now();
      const before = await users.endOtherSessions(user._id, own._id, now);
      if (!before) throw new AppError('UNAUTHENTICATED');
      const revoked = before.sessions.filter((session) => session._id !== own._id && isLive(session, now)).length;
      if (revoked > 0) await audit.record('other-sessions-revoked', user._id, request, { sessionId: own._id });
      return { revoked };
    },
  };
}

export type SessionList = ReturnType<typeof createSessionList>;
