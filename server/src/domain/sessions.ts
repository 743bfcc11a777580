import type { Tokens as SessionTokens, User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { SessionRecord, TokenDelivery, UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId } from '../infra/system.ts';
import { addSeconds, daySeconds, earlier } from '../time.ts';
import { isLive } from './live-sessions.ts';
import type { Machinery } from './machinery.ts';
import type { RequestInfo } from './request.ts';
import { toUser } from './to-user.ts';
import type { AccessClaims, RefreshClaims } from './tokens/tokens.ts';

/** A response that was lost on its way may be asked for again for this long, whatever has been seen since. */
const graceSeconds = 10;
/** Each failed rotation means that a parallel call was first; its successor is given in the next round. */
const maxRounds = 5;

/** Somebody who is signed in: the account as it was read for this call, and the session of the call. */
export interface Viewer {
  user: UserRecord;
  session: SessionRecord;
}

/** A refresh token that stays the same is worth more to a thief: a session that has one ends after a day without it. */
const keptTokenIdleSeconds = daySeconds;

const sessionOf = (user: UserRecord | null, sessionId: string) =>
  user?.sessions.find((session) => session._id === sessionId);

/**
 * Sessions with refresh rotation by generation (RFC 9700, 4.14.2): the session holds the number of the current token,
 * never a token. Presenting an older one than the grace allows ends the session.
 */
export function createSessions({
  stores: { users },
  tokens,
  refreshCookie,
  devices,
  attempts,
  counters,
  audit,
  notices,
  system,
  rules,
}: Machinery) {
  /** Tokens of a session's generation. In cookie mode the refresh token leaves in the cookie only. */
  function issue(
    userId: string,
    session: Pick<SessionRecord, '_id' | 'generation' | 'idleExpiresAt' | 'expiresAt'>,
    delivery: TokenDelivery,
    request: RequestInfo,
  ): SessionTokens {
    const claims = { userId, sessionId: session._id, generation: session.generation };
    const endsAt = earlier(session.idleExpiresAt, session.expiresAt);
    const access = tokens.signAccess(claims, endsAt);
    // A token that stays the same says when the session ends at the latest, not when it would end unused.
    const refreshToken = tokens.signRefresh(claims, delivery === 'rest' ? session.expiresAt : endsAt);
    if (delivery === 'cookie') refreshCookie.set(request, refreshToken, endsAt);
    return {
      accessToken: access.token,
      accessTokenExpiresAt: access.expiresAt.toISOString(),
      ...(delivery !== 'cookie' && { refreshToken }),
      refreshTokenExpiresAt: endsAt.toISOString(),
    };
  }

  /** When a session ends if its refresh token is not used any more. */
  function idleEndOf({ delivery, expiresAt }: Pick<SessionRecord, 'delivery' | 'expiresAt'>, now: Date): Date {
    const idle = rules.sessionIdleSeconds;
    return earlier(addSeconds(now, delivery === 'rest' ? Math.min(keptTokenIdleSeconds, idle) : idle), expiresAt);
  }

  /** Ends the session of an old token. Of several calls that bring one, the one that ended the session raises the alarm. */
  async function endReused(user: UserRecord, session: SessionRecord, request: RequestInfo): Promise<never> {
    if (await users.endSession(user._id, session._id)) {
      await audit.record('refresh-reused', user._id, request, { sessionId: session._id });
      await notices.send('session-reuse', user, { ip: session.ip, userAgent: session.userAgent });
    }
    throw new AppError('SESSION_REUSED');
  }

  async function rotate(
    claims: RefreshClaims,
    found: UserRecord | null,
    delivery: TokenDelivery,
    request: RequestInfo,
  ): Promise<SessionTokens> {
    const { userId, sessionId, generation } = claims;
    for (let round = 0; round < maxRounds; round += 1) {
      const now = system.now();
      const user = round === 0 ? found : await users.findById(userId);
      const session = sessionOf(user, sessionId);
      if (!user || !session || user.status !== 'active' || !isLive(session, now) || generation > session.generation) {
        throw new AppError('SESSION_EXPIRED');
      }
      if (generation < session.generation) {
        const inGrace = now <= addSeconds(session.rotatedAt, graceSeconds) || !session.seen;
        if (generation < session.generation - 1 || !inGrace) return endReused(user, session, request);
        return issue(userId, session, delivery, request);
      }
      const keepsToken = session.delivery === 'rest';
      // Nobody there would be given the successor, and the token come again would look stolen.
      if (request.rest && !keepsToken) throw new AppError('SESSION_EXPIRED');
      const idleExpiresAt = idleEndOf(session, now);
      const next = { idleExpiresAt, ip: request.ip, userAgent: request.userAgent };
      if (keepsToken) {
        if (await users.prolongSession({ ...claims, now }, next)) {
          return issue(userId, { ...session, idleExpiresAt }, 'rest', request);
        }
      } else if (await users.rotateSession({ ...claims, now }, next)) {
        return issue(userId, { ...session, idleExpiresAt, generation: generation + 1 }, delivery, request);
      }
    }
    throw new AppError('CONFLICT');
  }

  /** The session that a sign-out means: that of the body's token, else of the cookie, else of the bearer. */
  function claimsToEnd(refreshToken: string | undefined, request: RequestInfo): AccessClaims | undefined {
    const token = refreshToken ?? refreshCookie.get(request);
    const claims = token === undefined ? undefined : tokens.verifyRefresh(token);
    return claims ?? (request.bearer === undefined ? undefined : tokens.verifyAccessEvenExpired(request.bearer));
  }

  function beginSession(
    now: Date,
    delivery: TokenDelivery,
    { ip, userAgent }: Pick<RequestInfo, 'ip' | 'userAgent'>,
  ): SessionRecord {
    const expiresAt = addSeconds(now, rules.sessionMaxSeconds);
    return {
      _id: randomId(system),
      generation: 0,
      seen: true,
      rotatedAt: now,
      createdAt: now,
      lastSeenAt: now,
      idleExpiresAt: idleEndOf({ delivery, expiresAt }, now),
      expiresAt,
      ip,
      userAgent,
      // Whoever signs in has shown the password a moment ago.
      confirmedAt: now,
      delivery,
    };
  }

  /** The session that the cookie holds, by its own account. */
  function heldByCookie(request: RequestInfo): RefreshClaims | undefined {
    const token = refreshCookie.get(request);
    return token === undefined ? undefined : tokens.verifyRefresh(token);
  }

  /** Tells the owner of a new device, ends the rows of failures, and remembers the device. Gives its token. */
  async function noteSignIn(
    before: UserRecord,
    browser: string,
    { counted, sessionId }: { counted: string[]; sessionId: string },
    request: RequestInfo,
  ): Promise<string> {
    const device = devices.find(request, before._id);
    const isNew = before.lastLoginAt !== undefined && !device && !devices.knows(before, browser);
    const forgettable = devices.forgettable(before);
    await Promise.all([
      audit.record('signed-in', before._id, request, { sessionId }),
      counters.settle({ giveBack: counted, clear: attempts.rowsOf(before, request) }),
      isNew && notices.send('new-device', before, request),
      forgettable.length > 0 && users.forgetBrowsers(before._id, forgettable),
    ]);
    return devices.remember(request, before._id);
  }

  return {
    /** The session that the cookie of a request holds, while it is there: a sign-in by cookie takes its place. */
    async heldBy(request: RequestInfo): Promise<AccessClaims | undefined> {
      const claims = heldByCookie(request);
      const user = claims ? await users.findById(claims.userId) : null;
      return claims && sessionOf(user, claims.sessionId) && claims;
    },

    /**
     * The gate through which every sign-in passes, once its codes and passwords have been shown: opens a session and
     * leaves behind what a sign-in leaves.
     * @param proof the account, the version of its credentials that was read before they were shown, and the counters
     *   that showing them had counted in, which are given back
     * @param held a session in whose place it is opened, if it is one of the same account and still there
     * Throws `CHALLENGE_EXPIRED` where the credentials have changed since, or the account is not active.
     */
    async open(
      { userId, credentialVersion, counted }: { userId: string; credentialVersion: number; counted: string[] },
      delivery: TokenDelivery,
      request: RequestInfo,
      held?: AccessClaims,
    ): Promise<{ user: UserRecord; tokens: SessionTokens & { deviceToken?: string } }> {
      const now = system.now();
      const session = beginSession(now, delivery, request);
      const proof = { userId, credentialVersion, browser: devices.browserOf(request), now };
      const before =
        (held?.userId === userId && (await users.replaceSession(proof, session, held.sessionId))) ||
        (await users.openSession(proof, session));
      if (!before) {
        await counters.settle({ giveBack: counted });
        throw new AppError('CHALLENGE_EXPIRED', { resendable: false });
      }
      const deviceToken = await noteSignIn(before, proof.browser, { counted, sessionId: session._id }, request);
      const user = { ...before, emailVerifiedAt: before.emailVerifiedAt ?? now, lastLoginAt: now };
      const issued = issue(userId, session, delivery, request);
      return { user, tokens: { ...issued, ...(delivery === 'body' && { deviceToken }) } };
    },

    /**
     * A session to stand in the place of the viewer's: its new id makes every token of the old one worthless, and it lives
     * no longer than the old one would have. `issue` gives its tokens, delivered as those of the old one were.
     * Throws `BAD_ORIGIN` where a page that is not ours would have the cookie set.
     */
    successorOf(
      { user, session: own }: Viewer,
      request: RequestInfo,
    ): { session: SessionRecord; issue: () => SessionTokens } {
      const inCookie = own.delivery === 'cookie' || heldByCookie(request)?.sessionId === own._id;
      if (inCookie) refreshCookie.assertOwnOrigin(request);
      const delivery = inCookie ? 'cookie' : (own.delivery ?? 'body');
      const begun = beginSession(system.now(), delivery, request);
      const { createdAt, expiresAt } = own;
      const session = {
        ...own,
        ...begun,
        createdAt,
        expiresAt,
        idleExpiresAt: earlier(begun.idleExpiresAt, expiresAt),
      };
      return { session, issue: () => issue(user._id, session, delivery, request) };
    },

    /**
     * Finds who calls with a bearer token: one read, which also finds that the session is there, unexpired, and the account
     * active. Throws `UNAUTHENTICATED`.
     */
    async authenticate(request: RequestInfo): Promise<Viewer> {
      const claims = request.bearer === undefined ? undefined : tokens.verifyAccess(request.bearer);
      if (!claims) throw new AppError('UNAUTHENTICATED');
      const user = await users.findSignedIn(claims.userId, claims.sessionId, system.now());
      const session = sessionOf(user, claims.sessionId);
      if (!user || !session) throw new AppError('UNAUTHENTICATED');
      if (!session.seen && claims.generation === session.generation) {
        await users.markSeen(user._id, session._id, session.generation);
      }
      return { user, session };
    },

    /**
     * Gives the successor of a refresh token. Without one in the body the cookie is read, for our own pages only.
     * @param withUser whether the account is given, too
     * Throws `SESSION_EXPIRED`, `SESSION_REUSED`, `BAD_ORIGIN`, `RATE_LIMITED`. No failure touches the cookie.
     */
    async refresh(
      { refreshToken, withUser }: { refreshToken?: string | undefined; withUser?: boolean | undefined },
      request: RequestInfo,
    ): Promise<SessionTokens & { user?: User }> {
      const delivery = refreshToken === undefined ? 'cookie' : 'body';
      const token = refreshToken ?? refreshCookie.take(request);
      const claims = token === undefined ? undefined : tokens.verifyRefresh(token);
      if (!claims) throw new AppError('SESSION_EXPIRED');
      const [user] = await Promise.all([
        users.findById(claims.userId),
        counters.consume(['refreshesPerSession', claims.sessionId]),
      ]);
      const successor = await rotate(claims, user, delivery, request);
      return withUser && user ? { ...successor, user: toUser(user) } : successor;
    },

    /** Says whether an access token, or the refresh token of a session, could be used now. Throws `SESSION_EXPIRED`. */
    async check({ token }: { token: string }): Promise<{ success: true }> {
      const access = tokens.verifyAccess(token);
      const claims = access ?? tokens.verifyRefresh(token);
      const user = claims ? await users.findSignedIn(claims.userId, claims.sessionId, system.now()) : null;
      const session = claims && sessionOf(user, claims.sessionId);
      if (!session || (!access && claims.generation !== session.generation)) throw new AppError('SESSION_EXPIRED');
      return { success: true };
    },

    /** Signs out. Doing so twice, or with nothing to end, succeeds as well. Throws `BAD_ORIGIN`. */
    async logout(
      { refreshToken }: { refreshToken?: string | undefined },
      request: RequestInfo,
    ): Promise<{ success: true }> {
      const byCookie = refreshToken === undefined && refreshCookie.isConcerned(request);
      if (byCookie) refreshCookie.assertOwnOrigin(request);
      const claims = claimsToEnd(refreshToken, request);
      if (claims && (await users.endSession(claims.userId, claims.sessionId))) {
        await audit.record('signed-out', claims.userId, request, { sessionId: claims.sessionId });
      }
      if (byCookie) refreshCookie.clear(request);
      return { success: true };
    },
  };
}

export type Sessions = ReturnType<typeof createSessions>;
