import type { Appraise } from '@latchkey/shared/password-judge';
import type { AuditStore } from '../infra/audit-store.ts';
import type { ChallengesStore } from '../infra/challenges-store.ts';
import type { FailuresStore } from '../infra/failures-store.ts';
import type { Logger } from '../infra/logger.ts';
import type { Mailer } from '../infra/mailer.ts';
import type { OutboxStore } from '../infra/outbox-store.ts';
import type { RateLimitStore } from '../infra/rate-limit-store.ts';
import type { System } from '../infra/system.ts';
import type { UsersStore } from '../infra/users-store.ts';
import { createAccounts } from './accounts.ts';
import { createAudit } from './audit.ts';
import { createChallenges } from './challenges.ts';
import { createEmailChange } from './email-change.ts';
import { createDecoys } from './hashing/decoys.ts';
import { createFailures } from './limits/failures.ts';
import { createRateLimits } from './limits/rate-limits.ts';
import { createSignInAttempts } from './limits/sign-in-attempts.ts';
import { createComposeMail } from './mail/compose.ts';
import { createNotices } from './mail/notices.ts';
import { createOutbox } from './mail/outbox.ts';
import { createMailWorker } from './mail/worker.ts';
import { createPasswordConfirmation } from './password-confirmation.ts';
import { createPasswordReset } from './password-reset.ts';
import { createPasswords, type Hasher } from './passwords.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import type { Site } from './site.ts';
import { createDevices } from './tokens/devices.ts';
import { createKeys } from './tokens/keys.ts';
import { createRefreshCookie } from './tokens/refresh-cookie.ts';
import { createTokens } from './tokens/tokens.ts';

export interface Stores {
  users: UsersStore;
  challenges: ChallengesStore;
  outbox: OutboxStore;
  failures: FailuresStore;
  rateLimits: RateLimitStore;
  audit: AuditStore;
}

/** What the rules need to know of the settings. */
export interface Rules {
  bcryptCost: number;
  accessTtlSeconds: number;
  sessionIdleSeconds: number;
  sessionMaxSeconds: number;
  otpTtlSeconds: number;
  rateLimits: boolean;
}

/** Builds the domain on its stores: the one place that knows which rule needs which other. */
export function createServices({
  stores,
  mailer,
  site,
  system,
  logger,
  secrets,
  rules,
  appraise,
  hasher,
}: {
  stores: Stores;
  mailer: Mailer;
  site: Site;
  system: System;
  logger: Logger;
  secrets: readonly string[];
  rules: Rules;
  /** Asks the dictionary about a password. */
  appraise: Appraise;
  /** Computes hashes; bcrypt where none is given. */
  hasher?: Hasher | undefined;
}) {
  const { users } = stores;
  const { otpTtlSeconds } = rules;
  const keys = createKeys(secrets);
  const rateLimits = createRateLimits({ store: stores.rateLimits, keys, enabled: rules.rateLimits });
  const failures = createFailures({ store: stores.failures, keys, system, enabled: rules.rateLimits });
  const audit = createAudit({ store: stores.audit, keys, system });
  const passwords = createPasswords({ cost: rules.bcryptCost, appraise, hasher });
  const decoys = createDecoys({ users, keys, system, cost: rules.bcryptCost });
  const tokens = createTokens({ keys, system, accessTtlSeconds: rules.accessTtlSeconds });
  const devices = createDevices({ tokens, site, system });
  const attempts = createSignInAttempts({ failures, devices });
  const refreshCookie = createRefreshCookie({ site, system });
  const outbox = createOutbox({ store: stores.outbox, system });
  const notices = createNotices({ outbox, system });

  const challenges = createChallenges({
    store: stores.challenges,
    users,
    outbox,
    rateLimits,
    failures,
    audit,
    keys,
    system,
    otpTtlSeconds,
  });
  const sessions = createSessions({
    users,
    tokens,
    refreshCookie,
    rateLimits,
    audit,
    notices,
    system,
    idleSeconds: rules.sessionIdleSeconds,
    maxSeconds: rules.sessionMaxSeconds,
  });
  const withPassword = createPasswordConfirmation({ users, passwords, attempts, audit, system });
  const accounts = createAccounts({ users, passwords, withPassword, rateLimits, audit, notices, system });
  const signIn = createSignIn({
    users,
    passwords,
    decoys,
    challenges,
    sessions,
    refreshCookie,
    devices,
    attempts,
    audit,
    notices,
    system,
  });
  const passwordReset = createPasswordReset({
    store: stores.challenges,
    challenges,
    users,
    outbox,
    passwords,
    rateLimits,
    attempts,
    audit,
    notices,
    site,
    system,
  });
  const emailChange = createEmailChange({
    users,
    challenges,
    passwords,
    withPassword,
    attempts,
    rateLimits,
    audit,
    notices,
    site,
    keys,
    system,
  });
  const compose = createComposeMail({ challenges, passwordReset, emailChange, site });
  const mailWorker = createMailWorker({ store: stores.outbox, outbox, mailer, compose, rateLimits, system, logger });

  return {
    /** What procedures call. */
    procedures: { accounts, signIn, challenges, sessions, passwordReset, emailChange, audit, rateLimits },
    mailWorker,
    decoys,
    hashQueue: passwords.queue,
  };
}

export type Services = ReturnType<typeof createServices>['procedures'];
