import { createAudit } from './audit/audit.ts';
import { createDecoys } from './hashing/decoys.ts';
import { createLimits } from './limits/limits.ts';
import { createMail } from './mail/mail.ts';
import type { Outside } from './outside.ts';
import { createPasswords } from './passwords.ts';
import { createCredentials } from './tokens/credentials.ts';

/**
 * Builds what every flow may use, on what comes from outside: each part on those before it. A flow names what it takes of
 * this in its first line and nowhere else.
 */
export function createMachinery(outside: Outside) {
  const credentials = createCredentials(outside);
  const limits = createLimits({ ...outside, ...credentials });
  const mail = createMail({ ...outside, ...limits });
  const audit = createAudit({ ...outside, ...credentials });
  const { stores, site, system, rules, appraise, hasher } = outside;
  const cost = rules.bcryptCost;
  const passwords = createPasswords({ cost, appraise, hasher });
  const decoys = createDecoys({ users: stores.users, keys: credentials.keys, system, cost });
  return { stores, site, system, rules, ...credentials, ...limits, ...mail, audit, passwords, decoys };
}

export type Machinery = ReturnType<typeof createMachinery>;
