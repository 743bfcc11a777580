import type { AuditEventType } from '@latchkey/shared/schemas';

/** Events that a person should look at twice. */
const warnings = new Set<AuditEventType>([
  'sign-in-failed',
  'sign-in-locked',
  'code-failed',
  'refresh-reused',
  'password-confirmation-failed',
]);

export const isWarning = ({ type }: { type: AuditEventType }): boolean => warnings.has(type);
