import type { ExportAuditInput } from '@latchkey/shared/admin-schemas';
import { auditEventTypes } from '@latchkey/shared/schemas';
import type { AuditSearch } from './audit-search.ts';

/** What is asked of the server. A kind of event that there is none of is not asked for. */
export const toAuditFilters = ({ user, by, type, from, to }: AuditSearch): Omit<ExportAuditInput, 'format'> => ({
  userId: user,
  actor: by,
  type: auditEventTypes.find((known) => known === type),
  from,
  to,
});
