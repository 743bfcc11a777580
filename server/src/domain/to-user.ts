import type { User } from '@latchkey/shared/schemas';
import type { UserRecord } from '../infra/stores/users/user-record.ts';

/** The account as its owner may see it. */
export const toUser = (user: UserRecord): User => ({
  id: user._id,
  username: user.username,
  email: user.email,
  firstName: user.firstName,
  lastName: user.lastName,
  emailVerified: user.emailVerifiedAt !== undefined,
  role: user.role,
  locale: user.locale,
  timeZone: user.timeZone ?? 'UTC',
  dateJoined: user.createdAt.toISOString(),
  lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
  passwordChangedAt: user.passwordChangedAt?.toISOString() ?? null,
});
