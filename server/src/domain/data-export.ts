import type { ActivityItem, DataExport } from '@latchkey/shared/schemas';
import type { Machinery } from './machinery.ts';
import type { RequestInfo } from './request.ts';
import type { SessionList } from './session-list.ts';
import type { Viewer } from './sessions.ts';
import { toUser } from './to-user.ts';

const pageSize = 500;
/** More is no memory of a person, and must not fill that of the server. */
const keptEvents = 10_000;

/** A person's own data, for themselves (GDPR, articles 15 and 20). */
export function createDataExport({ audit, counters, system, sessionList }: Machinery & { sessionList: SessionList }) {
  /** The latest events of an account, latest first. */
  async function readActivity(userId: string): Promise<ActivityItem[]> {
    const events: ActivityItem[] = [];
    let cursor: string | undefined;
    do {
      const page = await audit.list({ cursor, limit: pageSize }, userId);
      events.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined && events.length < keptEvents);
    return events;
  }

  return {
    /**
     * The account, its live sessions and what has happened to it, as its owner may see them; nothing that could sign
     * anybody in. That it was asked for is an event, which the next export shows. Throws `RATE_LIMITED`.
     */
    async exportData(viewer: Viewer, request: RequestInfo): Promise<DataExport> {
      const { user, session } = viewer;
      await counters.consume(['dataExportsPerAccount', user._id]);
      const activity = await readActivity(user._id);
      await audit.record('data-exported', user._id, request, { sessionId: session._id });
      return {
        exportedAt: system.now().toISOString(),
        profile: toUser(user),
        sessions: sessionList.list(viewer),
        activity,
      };
    },
  };
}
