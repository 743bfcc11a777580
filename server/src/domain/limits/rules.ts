import { daySeconds, hourSeconds, minuteSeconds } from '../../time.ts';

/** So many in a window of fixed length, from its first use on. */
export interface WindowRule {
  points: number;
  seconds: number;
}

/** A lock after every so many failures in a row, twice as long each time, and one without end at the last. */
export interface RowRule {
  failures: number;
  firstLockSeconds: number;
  maxLockSeconds: number;
  finalFailures: number;
}

/** OWASP ASVS 5.0, 6.3.1 (brute force); NIST SP 800-63B-4, 3.2.2 (at most 100 consecutive failures of an account). */
const lock = { failures: 10, firstLockSeconds: 15 * minuteSeconds, maxLockSeconds: daySeconds } as const;

/** Every count of calls, mails and failures, by name: nothing that is missing here is limited. */
export const limitRules = {
  // Calls of a client network.
  signInsPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  registrationsPerAddress: { points: 20, seconds: hourSeconds },
  resendsPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  linkUsesPerAddress: { points: 100, seconds: 15 * minuteSeconds },
  usernameChecksPerAddress: { points: 60, seconds: hourSeconds },
  resetsPerAddress: { points: 20, seconds: hourSeconds },

  // Calls of somebody who is signed in.
  emailChangesPerAccount: { points: 10, seconds: hourSeconds },
  emailChangeCodesPerAccount: { points: 10, seconds: hourSeconds },
  passwordChangesPerAccount: { points: 10, seconds: hourSeconds },
  profileChangesPerAccount: { points: 30, seconds: hourSeconds },
  /** To names that are not the account's already. */
  renamingsPerAccount: { points: 3, seconds: 30 * daySeconds },
  dataExportsPerAccount: { points: 10, seconds: hourSeconds },
  refreshesPerSession: { points: 60, seconds: minuteSeconds },

  // Mail. A code that was used gives back what it took of each.
  /** Over it a request is answered as ever, and no mail is sent. */
  resetsPerTypedAddress: { points: 3, seconds: hourSeconds },
  /** Over that, while none of the links before can be used any more: whoever asked for those keeps no owner from one. */
  resetsAfterDeadLink: { points: 1, seconds: 30 * minuteSeconds },
  codesPerRecipient: { points: 10, seconds: hourSeconds },
  mailsPerRecipient: { points: 20, seconds: hourSeconds },
  /** To addresses that never answered with a code: no network writes to strangers through us. */
  firstMailsPerNetwork: { points: 30, seconds: hourSeconds },
  /** As many as `MAILS_PER_HOUR` says. */
  mailsPerClass: { points: 10_000, seconds: hourSeconds },

  // Failures, counted in advance and given back when the attempt was right.
  /** An account has two names with a row each, so that it never sees more than a hundred guesses. */
  signInsPerName: { ...lock, finalFailures: 50 },
  signInsPerDevice: { ...lock, finalFailures: 50 },
  /** A current password that was asked for again. It locks no sign-in, and no sign-in locks it. */
  confirmationsPerAccount: { ...lock, finalFailures: 100 },
  wrongCodesPerAccount: { ...lock, finalFailures: 100 },
  wrongCodesPerAddress: { points: 50, seconds: 15 * minuteSeconds },
} as const satisfies Record<string, WindowRule | RowRule>;

export type LimitName = keyof typeof limitRules;
export type WindowName = {
  [Name in LimitName]: (typeof limitRules)[Name] extends WindowRule ? Name : never;
}[LimitName];
