import type { Outside } from '../outside.ts';
import { createDevices } from './devices.ts';
import { createKeys } from './keys.ts';
import { createRefreshCookie } from './refresh-cookie.ts';
import { createRegistrationTokens } from './registration-tokens.ts';
import { createTokens } from './tokens.ts';

/** The room of what callers carry to be known again, and of the keys that make it genuine. */
export function createCredentials({ secrets, site, system, rules }: Outside) {
  const keys = createKeys(secrets);
  const tokens = createTokens({ keys, system, accessTtlSeconds: rules.accessTtlSeconds });
  return {
    keys,
    tokens,
    devices: createDevices({ tokens, keys, site, system }),
    registrationTokens: createRegistrationTokens({ keys }),
    refreshCookie: createRefreshCookie({ site, system }),
  };
}

export type Credentials = ReturnType<typeof createCredentials>;
