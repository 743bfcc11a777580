import { hmac, type Keys, sameMac } from './keys.ts';

/**
 * The secret that a registration gives to the browser it came from. It is the MAC of the account's id, so it stands
 * nowhere at rest; for how long it is good, and whether at all, the account itself says.
 */
export function createRegistrationTokens({ keys }: { keys: Keys }) {
  const { current, all } = keys('registration');
  return {
    issue: (userId: string): string => `${userId}.${hmac(current.key, userId)}`,

    /** Whose registration it was; undefined for what none of our keys made. */
    read(token: string): string | undefined {
      const [userId = '', mac = '', ...rest] = token.split('.');
      const genuine = rest.length === 0 && all.some(({ key }) => sameMac(mac, hmac(key, userId)));
      return genuine ? userId : undefined;
    },
  };
}
