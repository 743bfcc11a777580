import type { Locale } from '@latchkey/shared/schemas';

/** By `rest` the refresh token stays the same for as long as the session lasts; else each use gives its successor. */
export type TokenDelivery = 'body' | 'cookie' | 'rest';

export interface SessionRecord {
  _id: string;
  /** Counts refresh rotations. Only the token of the current generation rotates. */
  generation: number;
  /** Whether something has come with a token of the current generation. */
  seen: boolean;
  rotatedAt: Date;
  createdAt: Date;
  lastSeenAt: Date;
  idleExpiresAt: Date;
  expiresAt: Date;
  ip: string;
  userAgent: string;
  /** When whoever holds it last showed that it is still the same person; not since it was opened by an earlier version. */
  confirmedAt?: Date;
  /** How its refresh token travels. A session that was opened before this was noted has none. */
  delivery?: TokenDelivery;
  /** As the person calls it. */
  name?: string;
}

/** A username that the account had before, in its canonical form: it signs nobody in, and nobody else gets it until then. */
export interface HeldNameRecord {
  key: string;
  until: Date;
}

/** An address the account had before, which its owner can bring back until `expiresAt`. */
export interface EmailUndoRecord {
  _id: string;
  email: string;
  changedAt: Date;
  expiresAt: Date;
}

/** An account, with all that changes together with it. */
export interface UserRecord {
  _id: string;
  /** Where the account was imported from, as `django:42`. */
  externalId?: string;
  username: string;
  usernameKey: string;
  /** The key of the username and those of the held names; absent where an earlier version made the account. */
  nameKeys?: string[];
  heldNames?: HeldNameRecord[];
  /** Set where the username is an imported one that the rules refuse: it may look like an address, and signs in all the same. */
  legacyUsernameKey?: string;
  email: string;
  emailKey: string;
  firstName: string;
  lastName: string;
  /** The canonical forms of the names, which they are found and sorted by. */
  firstNameKey: string;
  lastNameKey: string;
  locale: Locale;
  /** An IANA name; UTC where there is none. */
  timeZone?: string;
  passwordHash: string;
  /** Absent while the password is the one of the registration or import. */
  passwordChangedAt?: Date;
  /** Rises with every change of password or e-mail; a challenge made before it rose is void. */
  credentialVersion: number;
  role: 'user' | 'admin';
  /** Rises whenever the role is written; absent until then. */
  roleVersion?: number;
  /** Closed by its owner while a change of address can still be undone: only undoing that opens it again. */
  status: 'active' | 'disabled' | 'closed';
  /** When a closed account is deleted. */
  closedUntil?: Date;
  emailVerifiedAt?: Date;
  /** How often the address was put right before it was verified. */
  emailCorrections?: number;
  unverifiedUntil?: Date;
  lastLoginAt?: Date;
  createdAt: Date;
  /** The browsers that signed in, by a MAC of user agent and address range, and when each last did. */
  browsers?: Record<string, Date>;
  sessions: SessionRecord[];
  emailUndos: EmailUndoRecord[];
}
