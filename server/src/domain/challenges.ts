import { limits } from '@latchkey/shared/limits';
import { AppError, ResendTooSoonError } from '../errors.ts';
import type { ChallengeRecord } from '../infra/stores/challenges-store.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId } from '../infra/system.ts';
import { addSeconds, daySeconds, earlier, minuteSeconds, secondsUntil } from '../time.ts';
import { type Counter, networkCounters } from './limits/counters.ts';
import type { Machinery } from './machinery.ts';
import type { CodeMailKind } from './mail/kinds.ts';
import type { CodeMail, MintedCode } from './mail/minters.ts';
import { canonicalKey, maskEmail } from './names.ts';
import type { RequestInfo } from './request.ts';
import { hmac, sameMac } from './tokens/keys.ts';

const lifetimeSeconds = 15 * minuteSeconds;

/** The purposes that a mailed code serves. */
export type CodePurpose = 'login' | 'email-change';
type CodeChallenge = ChallengeRecord & { purpose: CodePurpose };

const isCodeChallenge = (challenge: ChallengeRecord | null): challenge is CodeChallenge =>
  challenge?.purpose === 'login' || challenge?.purpose === 'email-change';

/** A code as the person typed it back, and the challenge that it is for. */
export interface TypedCode {
  challengeId: string;
  otp: string;
}

/** A challenge as the person is told about it. Times are ISO strings. */
export interface ChallengeView {
  challengeId: string;
  sentTo: string;
  expiresAt: string;
  resendAvailableAt: string | null;
}

/** A challenge whose code was right: what the flow goes on with, and what it settles once that is done. */
export interface RedeemedChallenge extends Pick<ChallengeRecord, 'userId' | 'credentialVersion' | 'email'> {
  /** What the wrong guess that it was not had been counted as, and what its mails took of every share. */
  counted: string[];
}

/** The challenge was used, is over or had too many tries; where it is `resendable`, only the time of its code is over. */
const over = (resendable = false) => new AppError('CHALLENGE_EXPIRED', { resendable });

/** A newcomer cannot use up the mails of those who have been here for longer than this. */
const newcomerSeconds = daySeconds;

function mailOf(purpose: CodePurpose, { emailVerifiedAt, createdAt }: UserRecord, now: Date): CodeMailKind {
  if (purpose === 'email-change') return 'email-change-code';
  const isNewcomer = emailVerifiedAt === undefined || addSeconds(createdAt, newcomerSeconds) > now;
  return isNewcomer ? 'first-login-code' : 'login-code';
}

/** The event that a code was asked for by. */
const codeEvents = { login: 'code-sent', 'email-change': 'email-change-requested' } as const;

/** The shares that a code takes of the mails to its recipient. */
const sharesOf = (recipientKey: string): Counter[] => [
  ['codesPerRecipient', recipientKey],
  ['mailsPerRecipient', recipientKey],
];

/**
 * Codes of 6 digits, mailed and typed back (ASVS 5.0, 6.5 and 6.6): 5 tries, single use, stored as a MAC, minted by the
 * mail worker so that no request handler ever knows one.
 */
export function createChallenges({
  stores: { challenges: store, users },
  outbox,
  counters,
  attempts,
  audit,
  keys,
  system,
  rules: { otpTtlSeconds },
}: Machinery) {
  const codeKeys = keys('one-time-code');
  const resendAt = (sends: number, lastSentAt: Date) =>
    sends < limits.otpSends ? addSeconds(lastSentAt, limits.otpResendWaitSeconds).toISOString() : null;

  /** The challenge, if one more mail may be asked for. Throws what `resend` throws. */
  async function findResendable(challengeId: string, now: Date): Promise<CodeChallenge> {
    const challenge = await store.findOpen(challengeId, now);
    if (!isCodeChallenge(challenge) || challenge.attempts >= limits.otpTries) throw over();
    if (challenge.sends >= limits.otpSends) {
      if (challenge.expiresAt <= now) throw over();
      throw new AppError('RATE_LIMITED', { retryAfterSeconds: secondsUntil(challenge.expiresAt, now) });
    }
    const availableAt = addSeconds(challenge.lastSentAt, limits.otpResendWaitSeconds);
    if (availableAt > now) throw new ResendTooSoonError(availableAt, now);
    return challenge;
  }

  /** Whether a code has expired and nothing else: another can be asked for. */
  async function isResendable(
    challengeId: string,
    { purpose, userId }: { purpose: CodePurpose; userId: string | undefined },
    now: Date,
  ): Promise<boolean> {
    const challenge = await store.findOpen(challengeId, now);
    if (challenge?.purpose !== purpose || (userId !== undefined && challenge.userId !== userId)) return false;
    const { attempts, sends, expiresAt } = challenge;
    if (attempts >= limits.otpTries || sends >= limits.otpSends || expiresAt > now) return false;
    const user = await users.findById(challenge.userId);
    return user?.status === 'active' && user.credentialVersion === challenge.credentialVersion;
  }

  /** All shares of one more code. An address that never answered with one counts against the network that asks, too. */
  function allSharesOf(
    purpose: CodePurpose,
    to: string,
    user: UserRecord,
    request: Pick<RequestInfo, 'network' | 'wideNetwork'>,
  ): Counter[] {
    const shares = sharesOf(canonicalKey(to));
    if (purpose === 'email-change') shares.push(['emailChangeCodesPerAccount', user._id]);
    if (purpose === 'email-change' || user.emailVerifiedAt === undefined)
      shares.push(...networkCounters('firstMailsPerNetwork', request));
    return shares;
  }

  return {
    sharesOf,

    /** The counters of codes and mails of an account: whoever used them up does not keep its owner out. */
    countersOf: ({ _id, emailKey }: UserRecord): Counter[] => [
      ...sharesOf(emailKey),
      ['emailChangeCodesPerAccount', _id],
    ],

    /** Throws `RATE_LIMITED` where the account's own address has had its codes for now; counts nothing. */
    assertRoom: (user: UserRecord, request: Pick<RequestInfo, 'network' | 'wideNetwork'>): Promise<void> =>
      counters.assertRoom(...allSharesOf('login', user.email, user, request)),

    /**
     * Makes a challenge and queues its mail.
     * @param user as it was read together with the password hash that was compared
     * @param newEmail the address to confirm, for an e-mail change; otherwise the mail goes to the account's own
     * @param particulars what the record of the event has beside it, as who asked for it where that is somebody else
     * Throws `RATE_LIMITED` where the recipient has had their codes for now.
     */
    async start(
      purpose: CodePurpose,
      user: UserRecord,
      request: RequestInfo,
      newEmail?: string,
      particulars: Record<string, string> = {},
    ): Promise<ChallengeView> {
      const to = newEmail ?? user.email;
      const shares = allSharesOf(purpose, to, user, request);
      const now = system.now();
      const challengeId = randomId(system);
      const expiresAt = addSeconds(now, otpTtlSeconds);
      const challenge: ChallengeRecord = {
        _id: challengeId,
        purpose,
        userId: user._id,
        credentialVersion: user.credentialVersion,
        ...(newEmail !== undefined && { email: newEmail }),
        attempts: 0,
        sends: 1,
        mailAttempt: 0,
        lastSentAt: now,
        expiresAt,
        endsAt: addSeconds(now, Math.max(lifetimeSeconds, otpTtlSeconds)),
        createdAt: now,
        ip: request.ip,
        shares: counters.idsOf(...shares),
      };
      const [taken, inserted] = await Promise.allSettled([counters.consume(...shares), store.insert(challenge)]);
      if (taken.status === 'rejected') {
        await store.remove(challengeId);
        throw taken.reason;
      }
      if (inserted.status === 'rejected') throw inserted.reason;
      await Promise.all([
        outbox.enqueueCode(mailOf(purpose, user, now), { to, locale: user.locale }, { challengeId, sends: 1 }),
        audit.record(codeEvents[purpose], user._id, request, particulars),
      ]);
      return {
        challengeId,
        sentTo: maskEmail(to),
        expiresAt: expiresAt.toISOString(),
        resendAvailableAt: resendAt(1, now),
      };
    },

    /**
     * Queues another mail with another code; the tries are not refilled.
     * Throws `CHALLENGE_EXPIRED`, `RESEND_TOO_SOON`, `RATE_LIMITED`.
     */
    async resend(
      { challengeId }: { challengeId: string },
      request: Pick<RequestInfo, 'network' | 'wideNetwork'>,
    ): Promise<Omit<ChallengeView, 'challengeId'>> {
      const now = system.now();
      const challenge = await findResendable(challengeId, now);
      const user = await users.findById(challenge.userId);
      if (user?.status !== 'active' || user.credentialVersion !== challenge.credentialVersion) {
        throw over();
      }
      const to = challenge.email ?? user.email;
      // Before anything is written: a refused request leaves the challenge as it was.
      const shares = allSharesOf(challenge.purpose, to, user, request);
      await counters.assertRoom(...shares);
      const expiresAt = earlier(addSeconds(now, otpTtlSeconds), challenge.endsAt);
      const { sends } = challenge;
      const sentBefore = addSeconds(now, -limits.otpResendWaitSeconds);
      const condition = { sends, maxTries: limits.otpTries, sentBefore, now };
      if (!(await store.renew(challengeId, condition, { expiresAt, shares: counters.idsOf(...shares) }))) {
        // Another request was first: this one is told what whoever comes second is told.
        await findResendable(challengeId, now);
        throw new AppError('CONFLICT');
      }
      await counters.consume(...shares);
      const kind = mailOf(challenge.purpose, user, now);
      await outbox.enqueueCode(kind, { to, locale: user.locale }, { challengeId, sends: sends + 1 });
      return {
        sentTo: maskEmail(to),
        expiresAt: expiresAt.toISOString(),
        resendAvailableAt: resendAt(sends + 1, now),
      };
    },

    /**
     * Uses a challenge up with its code. A try is reserved before the compare and the code consumed after it, so that of
     * any number of parallel right answers exactly one gets the challenge.
     * @param userId whose challenge it must be, where somebody is signed in
     * Throws `OTP_INVALID` with the tries left, `CHALLENGE_EXPIRED`, `RATE_LIMITED`.
     */
    async redeem(
      purpose: CodePurpose,
      { challengeId, otp }: TypedCode,
      request: RequestInfo,
      userId?: string,
    ): Promise<RedeemedChallenge> {
      const now = system.now();
      const condition = { purpose, ...(userId !== undefined && { userId }), now };
      const challenge = await store.reserveTry(challengeId, { ...condition, maxTries: limits.otpTries });
      if (!challenge) throw over(await isResendable(challengeId, { purpose, userId }, now));
      const { codeHash, credentialVersion, email, shares } = challenge;
      const owner = challenge.userId;
      const key = codeKeys.find(challenge.keyId)?.key;
      const failures: Counter[] = [
        ['wrongCodesPerAccount', owner],
        ...attempts.networksOf('wrongCodesPerAddress', owner, request),
      ];
      const { result, locked, counted } = await counters
        .attempt({ failures }, () =>
          codeHash !== undefined && key && sameMac(codeHash, hmac(key, challengeId + otp)) ? codeHash : null,
        )
        .catch(async (error: unknown) => {
          // Nothing was compared, so the try is not used up either.
          await store.giveBackTry(challengeId);
          throw error;
        });
      if (result === null) {
        await audit.record(locked ? 'sign-in-locked' : 'code-failed', owner, request, { purpose });
        throw new AppError('OTP_INVALID', { attemptsLeft: limits.otpTries - challenge.attempts });
      }
      if (!(await store.consume(challengeId, { ...condition, codeHash: result }))) {
        await counters.settle({ giveBack: counted });
        throw over();
      }
      return {
        userId: owner,
        credentialVersion,
        ...(email !== undefined && { email }),
        counted: [...counted, ...(shares ?? [])],
      };
    },

    /**
     * Mints the code that a mail job is about to send, and says for how many minutes, begun ones included, it is valid.
     * Gives undefined when the job is not the newest, its worker was replaced, or the challenge is over.
     */
    async mintCode(
      purpose: CodePurpose,
      { challengeId, sends, attempt, shares }: CodeMail,
    ): Promise<MintedCode | undefined> {
      const now = system.now();
      const code = String(system.randomInt(10 ** limits.otpDigits)).padStart(limits.otpDigits, '0');
      const { key, kid } = codeKeys.current;
      const codeHash = hmac(key, challengeId + code);
      const minted = { purpose, sends, attempt, codeHash, keyId: kid, now, shares };
      const challenge = await store.storeCode(challengeId, minted);
      return challenge && { code, validMinutes: Math.ceil(secondsUntil(challenge.expiresAt, now) / minuteSeconds) };
    },
  };
}

export type Challenges = ReturnType<typeof createChallenges>;
