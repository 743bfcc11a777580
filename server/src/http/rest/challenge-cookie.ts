import { canonicalKey } from '../../domain/names.ts';
import type { RequestInfo } from '../../domain/request.ts';
import type { Site } from '../../domain/site.ts';
import { hmac, type Keys, sameMac } from '../../domain/tokens/keys.ts';
import { minuteSeconds } from '../../time.ts';

const path = '/api/';
const maxAgeSeconds = 15 * minuteSeconds;

/**
 * The cookie that binds a code to the client that gave the password: it holds the challenge, and a MAC of it and of the
 * name as it was typed. Whoever knows a name and guesses codes has no challenge to try them on.
 */
export function createChallengeCookie({ keys, site }: { keys: Keys; site: Site }) {
  const { current, all } = keys('rest-challenge');
  const name = () => (site.secure ? '__Secure-latchkey-challenge' : 'latchkey-challenge');
  const messageOf = (challengeId: string, username: string) => `${challengeId} ${canonicalKey(username)}`;
  const write = (request: RequestInfo, value: string, seconds: number) =>
    request.cookies.set(name(), value, { maxAgeSeconds: seconds, sameSite: 'strict', secure: site.secure, path });

  return {
    set(request: RequestInfo, challengeId: string, username: string): void {
      write(request, `${challengeId}.${hmac(current.key, messageOf(challengeId, username))}`, maxAgeSeconds);
    },

    /** The challenge that was made for this name; undefined where the cookie holds none of it. */
    find(request: RequestInfo, username: string): string | undefined {
      const [, challengeId, mac] = /^([\w-]+)\.([\w-]+)$/.exec(request.cookies.get(name()) ?? '') ?? [];
      if (challengeId === undefined || mac === undefined) return undefined;
      const isOurs = all.some(({ key }) => sameMac(mac, hmac(key, messageOf(challengeId, username))));
      return isOurs ? challengeId : undefined;
    },

    clear: (request: RequestInfo): void => write(request, '', 0),
  };
}

export type ChallengeCookie = ReturnType<typeof createChallengeCookie>;
