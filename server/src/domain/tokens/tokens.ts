import jsonwebtoken, { type JwtPayload } from 'jsonwebtoken';
import { randomId, type System } from '../../infra/system.ts';
import { addSeconds, daySeconds, earlier } from '../../time.ts';
import type { Keys, KeyUse } from './keys.ts';

const issuer = 'latchkey';
const leewaySeconds = 30;
/** Instances whose clocks are apart by less than this take each other's tokens. */
const aheadSeconds = 60;
/** Each comes with every call for some minutes. */
const rememberedTokens = 10_000;
const deviceTtlSeconds = 365 * daySeconds;

export interface AccessClaims {
  userId: string;
  sessionId: string;
  generation: number;
}

export type RefreshClaims = AccessClaims;

/** An account that a device is known to. */
export interface DeviceClaims {
  userId: string;
  deviceId: string;
  /** Since when, to the second: it is known for a year. */
  at: Date;
}

const seconds = (date: Date) => Math.floor(date.getTime() / 1000);

/**
 * Signs and verifies the JWTs of Latchkey: HS256 and nothing else, an explicit `typ` per kind (RFC 8725, 3.11; RFC 9068),
 * a key per kind. Verifying gives the claims, or undefined for anything that is not a valid token of that kind.
 */
export function createTokens({
  keys,
  system,
  accessTtlSeconds,
}: {
  keys: Keys;
  system: System;
  accessTtlSeconds: number;
}) {
  /** @param remembered so many tokens whose signature was right are not looked at again: it stays right */
  function tokenKind(use: KeyUse, typ: string, remembered = 0) {
    const { current, find } = keys(use);
    const audience = `${issuer}/${use}`;
    const genuine = new Map<string, JwtPayload>();

    /** What is signed, if that was done by one of the keys and for this use; when is another question. */
    function read(token: string): JwtPayload | undefined {
      const kid = jsonwebtoken.decode(token, { complete: true })?.header.kid;
      const known = find(kid);
      if (!known) return undefined;
      const { header, payload } = jsonwebtoken.verify(token, known.key, {
        algorithms: ['HS256'],
        issuer,
        audience,
        clockTimestamp: seconds(system.now()),
        ignoreExpiration: true,
        complete: true,
      });
      return header.typ === typ && typeof payload !== 'string' ? payload : undefined;
    }

    function readOnce(token: string): JwtPayload | undefined {
      const before = genuine.get(token);
      if (before || remembered === 0) return before ?? read(token);
      const payload = read(token);
      if (!payload) return undefined;
      genuine.set(token, payload);
      if (genuine.size > remembered) for (const [oldest] of genuine) if (genuine.delete(oldest)) break;
      return payload;
    }

    return {
      sign: (subject: string, claims: Record<string, unknown>, expiresAt: Date): string =>
        jsonwebtoken.sign({ ...claims, iat: seconds(system.now()), exp: seconds(expiresAt) }, current.key, {
          algorithm: 'HS256',
          header: { alg: 'HS256', typ, kid: current.kid },
          subject,
          issuer,
          audience,
        }),

      /** @param evenExpired accepts a token whose `exp` has passed, for calls that end something */
      verify(token: string, { evenExpired = false } = {}): Record<string, unknown> | undefined {
        const now = seconds(system.now());
        try {
          const payload = readOnce(token);
          if (typeof payload?.exp !== 'number' || typeof payload.iat !== 'number') return undefined;
          if (payload.iat > now + aheadSeconds) return undefined;
          if (!evenExpired && now >= payload.exp + leewaySeconds) return undefined;
          return payload;
        } catch {
          return undefined;
        }
      },
    };
  }

  const access = tokenKind('access-token', 'at+jwt', rememberedTokens);
  const refresh = tokenKind('refresh-token', 'rt+jwt');
  const device = tokenKind('device-token', 'device+jwt');

  const sessionClaims = (payload: Record<string, unknown> | undefined): AccessClaims | undefined =>
    typeof payload?.sub === 'string' &&
    typeof payload.sid === 'string' &&
    typeof payload.gen === 'number' &&
    Number.isInteger(payload.gen)
      ? { userId: payload.sub, sessionId: payload.sid, generation: payload.gen }
      : undefined;

  const deviceClaims = ({ sub, did, iat }: Record<string, unknown>): DeviceClaims[] =>
    typeof sub === 'string' && typeof did === 'string' && typeof iat === 'number'
      ? [{ userId: sub, deviceId: did, at: new Date(iat * 1000) }]
      : [];

  return {
    /** An access token, at most as long-lived as its session. */
    signAccess({ userId, sessionId, generation }: AccessClaims, sessionEndsAt: Date) {
      const expiresAt = earlier(addSeconds(system.now(), accessTtlSeconds), sessionEndsAt);
      return {
        token: access.sign(userId, { sid: sessionId, gen: generation, jti: randomId(system) }, expiresAt),
        expiresAt,
      };
    },
    verifyAccess: (token: string): AccessClaims | undefined => sessionClaims(access.verify(token)),
    /** For signing out, which is possible with an access token that has expired. */
    verifyAccessEvenExpired: (token: string): AccessClaims | undefined =>
      sessionClaims(access.verify(token, { evenExpired: true })),

    signRefresh: ({ userId, sessionId, generation }: RefreshClaims, expiresAt: Date): string =>
      refresh.sign(userId, { sid: sessionId, gen: generation }, expiresAt),
    /** Of any age: whether its session is over, the session itself tells. */
    verifyRefresh: (token: string): RefreshClaims | undefined =>
      sessionClaims(refresh.verify(token, { evenExpired: true })),

    /** The account that the device is known to from now on is the subject, so that earlier versions know it too. */
    signDevice({ userId, deviceId }: Omit<DeviceClaims, 'at'>, others: readonly DeviceClaims[]) {
      const expiresAt = addSeconds(system.now(), deviceTtlSeconds);
      const more = others.map((other) => ({ sub: other.userId, did: other.deviceId, iat: seconds(other.at) }));
      const token = device.sign(userId, { did: deviceId, ...(more.length > 0 && { more }) }, expiresAt);
      return { token, ttlSeconds: deviceTtlSeconds };
    },
    /** The accounts that a device is known to, the latest first; none for anything that is no valid token of a device. */
    verifyDevice(token: string): DeviceClaims[] {
      const payload = device.verify(token);
      if (!payload) return [];
      const since = addSeconds(system.now(), -deviceTtlSeconds);
      return [payload, ...(Array.isArray(payload.more) ? payload.more : [])]
        .flatMap(deviceClaims)
        .filter(({ at }) => at > since);
    },
  };
}

export type Tokens = ReturnType<typeof createTokens>;
