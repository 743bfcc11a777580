import type { AccountDeletion } from '../account-deletion.ts';
import type { Admins } from '../admins.ts';
import type { Challenges } from '../challenges.ts';
import type { EmailChange } from '../email-change.ts';
import type { Machinery } from '../machinery.ts';
import type { UsernameChange } from '../username-change.ts';
import { createAuditExport } from './audit-export.ts';
import { createAuditList } from './audit-list.ts';
import { createCursors } from './cursors.ts';
import type { HourlyCounts } from './hourly-counts.ts';
import { createOverview } from './overview.ts';
import { createUserActions } from './user-actions.ts';
import { createUserChanges } from './user-changes.ts';
import { createUserList } from './user-list.ts';

/** The room of those who run the server, on the flows of everybody. */
export function createAdmin(
  machinery: Machinery & {
    admins: Admins;
    challenges: Challenges;
    deletion: AccountDeletion;
    emailChange: EmailChange;
    usernameChange: UsernameChange;
    hourlyCounts: HourlyCounts;
    mailHealth: () => Promise<{ ok: boolean; waiting: number }>;
  },
) {
  const cursors = createCursors(machinery);
  const auditList = createAuditList({ ...machinery, cursors });
  return {
    auditList,
    overview: createOverview(machinery),
    auditExport: createAuditExport(machinery),
    userList: createUserList({ ...machinery, cursors, auditList }),
    userActions: createUserActions(machinery),
    userChanges: createUserChanges(machinery),
  };
}
