import { type ActivityKind, type AuditEventType, auditEventTypes } from './schemas.ts';

/** Events that a person should look at twice. */
const warnings: AuditEventType[] = [
  'sign-in-failed',
  'sign-in-locked',
  'code-failed',
  'refresh-reused',
  'password-confirmation-failed',
];

/** Coming and going. */
const signIns: AuditEventType[] = [
  'code-sent',
  'signed-in',
  'signed-out',
  'session-revoked',
  'other-sessions-revoked',
  'session-confirmed',
  ...warnings,
];

/** The events of each kind that `user.listActivity` can be asked for. */
export const typesOfKind: Record<ActivityKind, AuditEventType[]> = {
  warnings,
  'sign-ins': signIns,
  changes: auditEventTypes.filter((type) => !signIns.includes(type)),
};
