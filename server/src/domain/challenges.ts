import { limits } from '@latchkey/shared/limits';
import { AppError, ResendTooSoonError } from '../errors.ts';
import type { ChallengeRecord } from '../infra/challenges-store.ts';
import { randomId } from '../infra/system.ts';
import type { UserRecord } from '../infra/user-record.ts';
import { addSeconds, earlier, minuteSeconds, secondsUntil } from '../time.ts';
import type { Counter } from './limits/failures.ts';
import type { LimitName } from './limits/rate-limits.ts';
import type { Machinery } from './machinery.ts';
import type { CodeMailKind } from './mail/kinds.ts';
import type { CodeMail, MintedCode } from './mail/minters.ts';
import { maskEmail } from './names.ts';
import type { RequestInfo } from './request.ts';
import { hmac, sameMac } from './tokens/keys.ts';

const lifetimeSeconds = 15 * minuteSeconds;

/** The purposes that a mailed code serves, each with its mail and its own count of codes per account. */
const codePurposes = {
  login: { mail: 'login-code', limit: 'codesPerAccount' },
  'email-change': { mail: 'email-change-code', limit: 'emailChangeCodesPerAccount' },
} as const satisfies Record<string, { mail: CodeMailKind; limit: LimitName }>;

export type CodePurpose = keyof typeof codePurposes;
type CodeChallenge = ChallengeRecord & { purpose: CodePurpose };

const isCodeChallenge = (challenge: ChallengeRecord | null): challenge is CodeChallenge =>
  challenge !== null && challenge.purpose in codePurposes;

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

const mailOf = (purpose: CodePurpose, user: UserRecord): CodeMailKind =>
  purpose === 'login' && user.emailVerifiedAt === undefined ? 'first-login-code' : codePurposes[purpose].mail;

/**
 * Codes of 6 digits, mailed and typed back (ASVS 5.0, 6.5 and 6.6): 5 tries, single use, stored as a MAC, minted by the
 * mail worker so that no request handler ever knows one.
 */
export function createChallenges({
  stores: { challenges: store, users },
  outbox,
  rateLimits,
  failures,
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
    const challenge = await store.findUsable(challengeId, now);
    if (!isCodeChallenge(challenge) || challenge.attempts >= limits.otpTries) throw new AppError('CHALLENGE_EXPIRED');
    if (challenge.sends >= limits.otpSends) {
      throw new AppError('RATE_LIMITED', { retryAfterSeconds: secondsUntil(challenge.expiresAt, now) });
    }
    const availableAt = addSeconds(challenge.lastSentAt, limits.otpResendWaitSeconds);
    if (availableAt > now) throw new ResendTooSoonError(availableAt, now);
    return challenge;
  }

  return {
    /** Throws `RATE_LIMITED` where the account has had its codes for now. */
    assertRoom: (purpose: CodePurpose, userId: string): Promise<void> =>
      rateLimits.assertRoom(codePurposes[purpose].limit, userId),

    /** Forgets the account's wrong codes and its share of mailed ones: whoever used them up does not keep its owner out. */
    async clearCounts(userId: string): Promise<void> {
      await failures.clear(['wrongCodesPerAccount', userId]);
      for (const { limit } of Object.values(codePurposes)) await rateLimits.clear(limit, userId);
    },

    /**
     * Makes a challenge and queues its mail.
     * @param user as it was read together with the password hash that was compared
     * @param newEmail the address to confirm, for an e-mail change; otherwise the mail goes to the account's own
     * Throws `RATE_LIMITED` where the account has had its codes for now.
     */
    async start(
      purpose: CodePurpose,
      user: UserRecord,
      { ip }: Pick<RequestInfo, 'ip'>,
      newEmail?: string,
    ): Promise<ChallengeView> {
      await rateLimits.consume(codePurposes[purpose].limit, user._id);
      const now = system.now();
      const challengeId = randomId(system);
      const to = newEmail ?? user.email;
      const expiresAt = addSeconds(now, otpTtlSeconds);
      await store.insert({
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
        ip,
      });
      await outbox.enqueueCode(mailOf(purpose, user), { to, locale: user.locale }, { challengeId, sends: 1 });
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
    async resend(challengeId: string): Promise<Omit<ChallengeView, 'challengeId'>> {
      const now = system.now();
      const challenge = await findResendable(challengeId, now);
      const user = await users.findById(challenge.userId);
      if (user?.status !== 'active' || user.credentialVersion !== challenge.credentialVersion) {
        throw new AppError('CHALLENGE_EXPIRED');
      }
      // Before anything is written: a refused request leaves the challenge as it was.
      await rateLimits.assertRoom(codePurposes[challenge.purpose].limit, user._id);
      const expiresAt = earlier(addSeconds(now, otpTtlSeconds), challenge.endsAt);
      const { sends } = challenge;
      const sentBefore = addSeconds(now, -limits.otpResendWaitSeconds);
      const renewed = await store.renew(challengeId, { sends, maxTries: limits.otpTries, sentBefore, expiresAt, now });
      if (!renewed) {
        // Another request was first: this one is told what whoever comes second is told.
        await findResendable(challengeId, now);
        throw new AppError('CONFLICT');
      }
      await rateLimits.consume(codePurposes[challenge.purpose].limit, user._id);

      const to = challenge.email ?? user.email;
      const kind = mailOf(challenge.purpose, user);
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
    ): Promise<ChallengeRecord> {
      const now = system.now();
      const found = await store.findUsable(challengeId, now);
      if (found?.purpose !== purpose || (userId !== undefined && found.userId !== userId)) {
        throw new AppError('CHALLENGE_EXPIRED');
      }
      const counters: Counter[] = [
        ['wrongCodesPerAccount', found.userId],
        ['wrongCodesPerAddress', request.network],
      ];
      await failures.assertRoom(...counters);

      const owner = { purpose, userId: found.userId, now };
      const challenge = await store.reserveTry(challengeId, { ...owner, maxTries: limits.otpTries });
      if (!challenge) throw new AppError('CHALLENGE_EXPIRED');
      const { codeHash } = challenge;
      const key = codeKeys.find(challenge.keyId)?.key;
      const { result } = await failures.attempt(counters, async () => {
        if (codeHash === undefined || !key || !sameMac(codeHash, hmac(key, challengeId + otp))) return null;
        return { consumed: await store.consume(challengeId, { ...owner, codeHash }) };
      });
      if (!result) {
        await audit.record('code-failed', challenge.userId, request, { purpose });
        throw new AppError('OTP_INVALID', { attemptsLeft: limits.otpTries - challenge.attempts });
      }
      if (!result.consumed) throw new AppError('CHALLENGE_EXPIRED');
      return challenge;
    },

    /**
     * Mints the code that a mail job is about to send, and says for how many minutes, begun ones included, it is valid.
     * Gives undefined when the job is not the newest, its worker was replaced, or the challenge is over.
     */
    async mintCode(purpose: CodePurpose, { challengeId, sends, attempt }: CodeMail): Promise<MintedCode | undefined> {
      const now = system.now();
      const code = String(system.randomInt(10 ** limits.otpDigits)).padStart(limits.otpDigits, '0');
      const { key, kid } = codeKeys.current;
      const codeHash = hmac(key, challengeId + code);
      const challenge = await store.storeCode(challengeId, { purpose, sends, attempt, codeHash, keyId: kid, now });
      return challenge && { code, validMinutes: Math.ceil(secondsUntil(challenge.expiresAt, now) / minuteSeconds) };
    },
  };
}

export type Challenges = ReturnType<typeof createChallenges>;
