import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSystem } from '../../infra/system.ts';
import { createKeys, hmac, type KeyUse, sameMac } from './keys.ts';
import { createTokens } from './tokens.ts';

const uses = [
  'access-token',
  'refresh-token',
  'device-token',
  'one-time-code',
  'email-undo',
  'registration',
  'audit-chain',
  'audit-name',
  'rate-limit',
] as const satisfies KeyUse[];
const secret = () => randomBytes(32).toString('hex');
const [oldSecret, newSecret] = [secret(), secret()];

describe('keys', () => {
  it('are the same for the same secret and use, and differ for every other', () => {
    const seen = new Map<string, string>();
    for (const [name, value] of Object.entries({ oldSecret, newSecret })) {
      for (const use of uses) {
        const { key, kid } = createKeys([value])(use).current;
        expect(createKeys([value])(use).current.kid).toBe(kid);
        expect(key.equals(createKeys([value])(use).current.key)).toBe(true);
        for (const material of [key.export().toString('hex'), kid]) {
          expect(seen.get(material)).toBeUndefined();
          seen.set(material, `${name} ${use}`);
        }
      }
    }
    expect(seen.size).toBe(2 * 2 * uses.length);
  });

  it('have 256 bits, and an id that tells nothing of them', () => {
    const { key, kid } = createKeys([oldSecret])('access-token').current;
    expect(key.export()).toHaveLength(32);
    expect(key.export().toString('base64url')).not.toContain(kid);
    expect(oldSecret).not.toContain(kid);
  });

  it('sign with the first secret and are found by their id under each', () => {
    const keys = createKeys([newSecret, oldSecret])('one-time-code');
    const old = createKeys([oldSecret])('one-time-code').current;
    expect(keys.current.kid).toBe(createKeys([newSecret])('one-time-code').current.kid);
    expect(keys.find(old.kid)?.key.equals(old.key)).toBe(true);
    expect(keys.all.map(({ kid }) => kid)).toEqual([keys.current.kid, old.kid]);
    for (const stranger of ['', undefined, null, 0, '__proto__', createKeys([oldSecret])('email-undo').current.kid]) {
      expect(keys.find(stranger)).toBeUndefined();
    }
  });

  it('need a secret', () => {
    expect(() => createKeys([])).toThrow(TypeError);
  });

  it('make MACs that compare equal only where they are', () => {
    const { key } = createKeys([oldSecret])('one-time-code').current;
    const mac = hmac(key, 'message');
    expect(mac).toHaveLength(43);
    expect(sameMac(mac, hmac(key, 'message'))).toBe(true);
    for (const other of [hmac(key, 'messagf'), mac.slice(1), `${mac}a`, '', `${mac.slice(0, -1)}=`]) {
      expect(sameMac(mac, other)).toBe(false);
    }
  });
});

describe('rotating the secrets', () => {
  // A token holds whole seconds.
  const startedAt = new Date(Math.floor(Date.now() / 1000) * 1000);
  const system = { ...createSystem(), now: () => startedAt };
  const tokensOf = (...secrets: string[]) => createTokens({ keys: createKeys(secrets), system, accessTtlSeconds: 600 });
  const claims = { userId: 'user', sessionId: 'session', generation: 3 };
  const device = { userId: 'user', deviceId: 'device', at: startedAt };
  const inADay = new Date(system.now().getTime() + 86_400_000);

  function allOf(tokens: ReturnType<typeof createTokens>) {
    return {
      access: tokens.signAccess(claims, inADay).token,
      refresh: tokens.signRefresh(claims, inADay),
      device: tokens.signDevice(device, []).token,
    };
  }
  const read = (
    tokens: ReturnType<typeof createTokens>,
    { access, refresh, device: deviceToken }: ReturnType<typeof allOf>,
  ) => [tokens.verifyAccess(access), tokens.verifyRefresh(refresh), tokens.verifyDevice(deviceToken)[0]];

  it('keeps every token valid through each step of it, and ends them when the old secret is dropped', () => {
    const before = allOf(tokensOf(oldSecret));
    const accepted = [claims, claims, device];
    expect(read(tokensOf(oldSecret), before)).toEqual(accepted);
    expect(read(tokensOf(oldSecret, newSecret), before)).toEqual(accepted);
    expect(read(tokensOf(newSecret, oldSecret), before)).toEqual(accepted);
    expect(read(tokensOf(newSecret), before)).toEqual([undefined, undefined, undefined]);
  });

  it('lets an instance that has not moved on yet verify what the next one signs', () => {
    const ahead = allOf(tokensOf(newSecret, oldSecret));
    expect(read(tokensOf(oldSecret, newSecret), ahead)).toEqual([claims, claims, device]);
    expect(read(tokensOf(oldSecret), ahead)).toEqual([undefined, undefined, undefined]);
  });

  it('names the key in each token, another for each kind', () => {
    const kids = Object.values(allOf(tokensOf(newSecret, oldSecret))).map(
      (token) => JSON.parse(Buffer.from(`${token.split('.')[0]}`, 'base64url').toString()).kid,
    );
    expect(new Set(kids).size).toBe(3);
    expect(kids[0]).toBe(createKeys([newSecret])('access-token').current.kid);
  });

  it('takes no token for one of another kind', () => {
    const tokens = tokensOf(oldSecret);
    const { access, refresh, device: deviceToken } = allOf(tokens);
    expect(read(tokens, { access: refresh, refresh: deviceToken, device: access })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(read(tokens, { access: deviceToken, refresh: access, device: refresh })).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
