import type { Appraise } from '@latchkey/shared/password-judge';
import type { Logger } from '../infra/logger.ts';
import type { Mailer } from '../infra/mailer.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { AdminsStore } from '../infra/stores/admins-store.ts';
import type { AuditErasuresStore } from '../infra/stores/audit-erasures-store.ts';
import type { AuditHeadsStore } from '../infra/stores/audit-heads-store.ts';
import type { AuditStore } from '../infra/stores/audit-store.ts';
import type { ChallengesStore } from '../infra/stores/challenges-store.ts';
import type { CountersStore } from '../infra/stores/counters-store.ts';
import type { ExportTicketsStore } from '../infra/stores/export-tickets-store.ts';
import type { HourlyCountsStore } from '../infra/stores/hourly-counts-store.ts';
import type { OutboxStore } from '../infra/stores/outbox-store.ts';
import type { UsersStore } from '../infra/stores/users/users-store.ts';
import type { System } from '../infra/system.ts';
import type { Site } from './site.ts';

export interface Stores {
  users: UsersStore;
  challenges: ChallengesStore;
  outbox: OutboxStore;
  counters: CountersStore;
  audit: AuditStore;
  auditHeads: AuditHeadsStore;
  admins: AdminsStore;
  auditErasures: AuditErasuresStore;
  hourlyCounts: HourlyCountsStore;
  exportTickets: ExportTicketsStore;
}

/** The settings that the rules follow. */
export interface Rules {
  bcryptCost: number;
  accessTtlSeconds: number;
  sessionIdleSeconds: number;
  sessionMaxSeconds: number;
  otpTtlSeconds: number;
  rateLimits: boolean;
  /** Events are kept for this long after their day. */
  auditDays: number;
  /** Of each class of mail; 0 sets no limit. */
  mailsPerHour: number;
  /** Whether the subject of a mail carries its code. */
  otpInSubject: boolean;
}

/** The functions that compute hashes. Tests hand in one that tells what was computed, and in which order. */
export interface Hasher {
  /** bcrypt's. */
  hash: (message: string, cost: number) => Promise<string>;
  /** bcrypt's. */
  compare: (message: string, hash: string) => Promise<boolean>;
  pbkdf2: (
    password: string,
    salt: string,
    parameters: { iterations: number; keyBytes: number; digest: string },
  ) => Promise<Buffer>;
  scrypt: (
    password: string,
    salt: string,
    parameters: { cost: number; blockSize: number; parallelism: number; keyBytes: number },
  ) => Promise<Buffer>;
  argon2: (password: string, encoded: string) => Promise<boolean>;
}

/** Everything that the domain is handed from outside, once. */
export interface Outside {
  stores: Stores;
  mailer: Mailer;
  site: Site;
  system: System;
  logger: Logger;
  metrics: Metrics;
  /** At least one, each of at least 32 bytes; the first signs, all verify. */
  secrets: readonly string[];
  rules: Rules;
  /** Asks the dictionary about a password. */
  appraise: Appraise;
  /** Computes hashes; bcrypt where none is given. */
  hasher?: Hasher | undefined;
}
