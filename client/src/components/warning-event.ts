import { typesOfKind } from '@latchkey/shared/activity-kinds';
import type { AuditEventType } from '@latchkey/shared/schemas';

/** Whether a person should look at an event twice. */
export const isWarning = ({ type }: { type: AuditEventType }): boolean => typesOfKind.warnings.includes(type);
