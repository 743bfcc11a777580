import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { addSeconds, minuteSeconds } from '../time.ts';
import type { Challenges } from './challenges.ts';
import type { Counter, Share } from './limits/counters.ts';
import type { Machinery } from './machinery.ts';
import type { MintedResetLink } from './mail/minters.ts';
import { canonicalKey } from './names.ts';
import type { RequestInfo } from './request.ts';

const validMinutes = 30;
const maxAlive = 3;
const tokenBytes = 32;

const digest = (token: string) => createHash('sha256').update(token).digest('base64url');

/** Setting a new password by a mailed link (OWASP Forgot Password Cheat Sheet; ASVS 5.0, 6.4.3). */
export function createPasswordReset({
  stores: { users, challenges: store },
  outbox,
  passwords,
  counters,
  attempts,
  audit,
  notices,
  site,
  system,
  devices,
  challenges,
}: Machinery & { challenges: Challenges }) {
  const purpose = 'password-reset';

  /** One more than the share of an address: whoever used that up for the owner leaves them at least one link that works. */
  async function shareAfterDeadLink({ _id: userId, credentialVersion }: UserRecord): Promise<Share> {
    if ((await store.countUsable({ userId, purpose, credentialVersion }, system.now())) > 0) return undefined;
    const [share] = await counters.takeEach(['resetsAfterDeadLink', `${userId} ${credentialVersion}`]);
    return share;
  }

  return {
    /** Queues a mail for the address as typed. Nobody is looked up here, so every address is answered alike. */
    async request({ email }: { email: string }, { ip, userAgent, locale }: RequestInfo): Promise<{ message: string }> {
      await outbox.enqueue(purpose, { to: email, locale }, { ip, userAgent });
      return { message: 'If this address has an account, a link to set a new password is on its way.' };
    },

    /** The shares of an address: of links that are asked for by typing it, and of mails to it. */
    sharesOf(address: string): Counter[] {
      const emailKey = canonicalKey(address);
      return [
        ['resetsPerTypedAddress', emailKey],
        ['mailsPerRecipient', emailKey],
      ];
    },

    /**
     * Mints the link of a reset mail, to the address of the account. Gives undefined where the typed address has no active
     * account, enough links are alive, or the address has had its share of them.
     * @param shares what was taken of those of the address
     */
    async mintLink(
      address: string,
      origin: Pick<RequestInfo, 'ip' | 'userAgent'>,
      [typedShare, mailShare]: Share[],
    ): Promise<MintedResetLink | undefined> {
      const now = system.now();
      const user = await users.findByName({ emailKey: canonicalKey(address) }, now);
      if (user?.status !== 'active') {
        const typed = user ? {} : { nameHash: audit.fingerprint(address) };
        await Promise.all([
          counters.settle({ giveBack: mailShare ?? [] }),
          typedShare && audit.record('password-reset-requested', user?._id, origin, typed),
        ]);
        return undefined;
      }
      const linkShare = typedShare ?? (await shareAfterDeadLink(user));
      if (!linkShare) {
        await counters.settle({ giveBack: mailShare ?? [] });
        return undefined;
      }
      if (!mailShare) {
        await audit.record('mail-share-full', user._id, origin, { template: purpose });
        return undefined;
      }
      const token = system.randomBytes(tokenBytes).toString('base64url');
      const id = digest(token);
      const expiresAt = addSeconds(now, validMinutes * minuteSeconds);
      const { _id: userId, credentialVersion } = user;
      await store.insert({
        _id: id,
        purpose,
        userId,
        credentialVersion,
        attempts: 0,
        sends: 1,
        mailAttempt: 1,
        lastSentAt: now,
        expiresAt,
        endsAt: expiresAt,
        createdAt: now,
        ip: origin.ip,
        shares: [],
      });
      const withdraw = async () => {
        await Promise.all([store.remove(id), counters.settle({ giveBack: [...linkShare, ...mailShare] })]);
      };
      // Counted after the insert: of several workers at once, none can pass the limit.
      if ((await store.countUsable({ userId, purpose, credentialVersion }, now)) > maxAlive) {
        await withdraw();
        return undefined;
      }
      const sent = () => audit.record('password-reset-requested', userId, origin);
      const url = `${site.publicUrl()}/reset-password#token=${token}`;
      return { url, validMinutes, to: user.email, locale: user.locale, withdraw, sent };
    },

    /** Whether a link could still be used; uses nothing up. */
    async isUsable(token: string): Promise<boolean> {
      const challenge = await store.findUsable(digest(token), system.now());
      const user = challenge?.purpose === purpose ? await users.findById(challenge.userId) : null;
      return user?.status === 'active' && user.credentialVersion === challenge?.credentialVersion;
    },

    /**
     * Sets a new password. The update of the account uses the link up, ends every session, and voids every other code
     * and link; a refused password costs nothing. Whoever resets has proved the address, and their browser is known from now on.
     * Throws `RESET_TOKEN_INVALID`, `PASSWORD_TOO_COMMON`, `BUSY`.
     */
    async reset(
      { token, password }: { token: string; password: string },
      request: RequestInfo,
    ): Promise<{ success: true }> {
      const challenge = await store.findUsable(digest(token), system.now());
      const user = challenge?.purpose === purpose ? await users.findById(challenge.userId) : null;
      if (!challenge || user?.status !== 'active' || user.credentialVersion !== challenge.credentialVersion) {
        throw new AppError('RESET_TOKEN_INVALID');
      }
      await passwords.assertStrong(password, user, request);
      const passwordHash = await passwords.hash(password, request);
      const { userId, credentialVersion } = challenge;
      const changed = await users.resetPassword({ userId, credentialVersion, now: system.now() }, passwordHash);
      if (!changed) throw new AppError('RESET_TOKEN_INVALID');
      await counters.settle({ clear: [...attempts.rowsOf(changed, request), ...challenges.countersOf(changed)] });
      await audit.record('password-reset', userId, request);
      await notices.send('password-reset-done', changed, request);
      devices.remember(request, userId);
      return { success: true };
    },
  };
}
