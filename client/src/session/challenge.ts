import { limits } from '@latchkey/shared/limits';

export interface RequestedEmail {
  email: string;
  reason: string;
}

/** A code that is being waited for. It outlives a reload in session storage; the code itself is never kept. */
export interface PendingChallenge {
  challengeId: string;
  sentTo: string;
  expiresAt: string;
  resendAvailableAt: string | null;
  /** The lead of the server's clock over the one here. */
  clockOffsetMilliseconds: number;
  triesLeft?: number | undefined;
  /** The name typed at sign-in, for the way back when the challenge died. */
  username?: string | undefined;
  /** Right after registering: the secret to put the address right with, and the address as it was typed. */
  registration?: { token: string; email: string } | undefined;
  /** The new address of one's own, as it was typed here. */
  newEmail?: string | undefined;
  /** Where those who run the server change the address of somebody: to which one, and why. */
  change?: RequestedEmail | undefined;
  /** The path of this app to go to after signing in. */
  next?: string | undefined;
}

/** The server's description of a code that it sent. */
export type ServerChallenge = Pick<PendingChallenge, 'sentTo' | 'expiresAt' | 'resendAvailableAt'>;

/** What a code is for; behind `of` the id of the account whose address somebody else changes. */
export type ChallengeKind = 'sign-in' | 'email-change' | `email-change-of-${string}`;

const prefix = 'latchkey-';

/** The clock's difference: the server lets a resend wait for a fixed time from its own now. */
export function clockOffsetOf({ resendAvailableAt }: ServerChallenge, otherwise = 0): number {
  if (resendAvailableAt === null) return otherwise;
  return Date.parse(resendAvailableAt) - limits.otpResendWaitSeconds * 1000 - Date.now();
}

/** The challenge after a resend: new times, the tries as they were. */
export function renewed(challenge: PendingChallenge, response: ServerChallenge): PendingChallenge {
  const { sentTo, expiresAt, resendAvailableAt } = response;
  const clockOffsetMilliseconds = clockOffsetOf(response, challenge.clockOffsetMilliseconds);
  return { ...challenge, sentTo, expiresAt, resendAvailableAt, clockOffsetMilliseconds };
}

function isChallenge(value: unknown): value is PendingChallenge {
  const candidate = value as Partial<PendingChallenge> | null;
  return typeof candidate?.challengeId === 'string' && typeof candidate.expiresAt === 'string';
}

/** Holds what session storage cannot when it is switched off, until the page is loaded again. */
const memory = new Map<ChallengeKind, PendingChallenge>();

export function readChallenge(kind: ChallengeKind): PendingChallenge | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(prefix + kind) ?? 'null');
    return isChallenge(value) ? value : undefined;
  } catch {
    return memory.get(kind);
  }
}

export function writeChallenge(kind: ChallengeKind, challenge: PendingChallenge | undefined) {
  if (challenge) memory.set(kind, challenge);
  else memory.delete(kind);
  try {
    if (challenge) sessionStorage.setItem(prefix + kind, JSON.stringify(challenge));
    else sessionStorage.removeItem(prefix + kind);
  } catch {
    // Reading falls back to memory.
  }
}

/** Forgets the codes that only whoever is signed in can use. */
export function forgetEmailChanges() {
  for (const kind of memory.keys()) if (kind !== 'sign-in') memory.delete(kind);
  try {
    for (const key of Object.keys(sessionStorage)) {
      if (key.startsWith(`${prefix}email-change`)) sessionStorage.removeItem(key);
    }
  } catch {
    // Without storage memory held them all.
  }
}
