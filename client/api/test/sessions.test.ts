import {
  createLatchkeyClient,
  isLatchkeyError,
  memoryStorage,
  type SessionState,
  type Storage,
  webStorage,
} from '@latchkey/client';
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { askForCode, countingClient, signUp } from './people.ts';

let app: TestApp;
/** Another, whose clock is moved. */
let own: TestApp;
beforeAll(async () => {
  app = await createTestApp();
  own = await createTestApp();
});
afterAll(async () => {
  await own[Symbol.asyncDispose]();
  await app[Symbol.asyncDispose]();
});
afterEach(() => void vi.useRealTimers());

const codeOfCall = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => (isLatchkeyError(error) ? error.code : String(error)),
  );

/** A storage that takes its time, as that of a phone. */
function slowStorage(): Storage & { values: Map<string, string> } {
  const values = new Map<string, string>();
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    values,
    get: (key) => turn().then(() => values.get(key)),
    set: (key, value) => turn().then(() => void values.set(key, value)),
    remove: (key) => turn().then(() => void values.delete(key)),
  };
}

describe('the access token', () => {
  it('is renewed once when it is refused, however many calls wait, and each call is sent again once', async () => {
    const { latchkey, sent, count } = countingClient(own);
    await signUp(latchkey, own);
    own.clock.advance(700);
    sent.length = 0;
    await Promise.all(Array.from({ length: 25 }, () => latchkey.session.list.query()));
    expect(count('auth.refresh')).toBe(1);
    expect(count('session.list')).toBe(50);
  });

  it('is renewed ahead of its end, before anything is refused', async () => {
    const { latchkey, sent } = countingClient(app);
    await signUp(latchkey, app);
    sent.length = 0;
    // The clock of this machine; that of the app stands still.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 - 20_000 });
    await latchkey.user.me.query();
    expect(sent).toEqual(['auth.refresh', 'user.me']);
  });
});

describe('a changed password', () => {
  const change = { password: 'a brand new passphrase', confirmPassword: 'a brand new passphrase' };

  it('brings other tokens: the client goes on with them and keeps them, and a copy of those before is dead', async () => {
    const storage = memoryStorage();
    const latchkey = createLatchkeyClient({ url: app.url, storage });
    const { username, password: currentPassword } = await signUp(latchkey, app);
    const copy = memoryStorage();
    await copy.set('latchkey.tokens', `${await storage.get('latchkey.tokens')}`);
    await latchkey.user.changePassword.mutate({ currentPassword, ...change });
    expect(await latchkey.user.me.query()).toMatchObject({ username });
    expect(await createLatchkeyClient({ url: app.url, storage }).user.me.query()).toMatchObject({ username });
    expect(await codeOfCall(createLatchkeyClient({ url: app.url, storage: copy }).user.me.query())).toBe(
      'SESSION_EXPIRED',
    );
  });

  it('signs nobody out who calls and renews meanwhile', async () => {
    const reasons: SessionState[] = [];
    const latchkey = createLatchkeyClient({ url: own.url, onChange: (state) => reasons.push(state) });
    const { password: currentPassword } = await signUp(latchkey, own);
    own.clock.advance(700);
    const calls = await Promise.all([
      ...Array.from({ length: 5 }, () => codeOfCall(latchkey.user.me.query())),
      codeOfCall(latchkey.user.changePassword.mutate({ currentPassword, ...change })),
      ...Array.from({ length: 5 }, () => codeOfCall(latchkey.session.list.query())),
    ]);
    expect(new Set(calls)).toEqual(new Set(['ok']));
    expect(reasons.map(({ status }) => status)).not.toContain('signed-out');
  });
});

describe('the device token', () => {
  it('is kept beside the tokens, also after a sign-out, and opens the door of its device while the name is locked', async () => {
    const storage = memoryStorage();
    const first = createLatchkeyClient({ url: app.url, storage });
    const { username, password } = await signUp(first, app);
    await first.auth.logout.mutate({});
    const stranger = createLatchkeyClient({ url: app.url });
    const guess = () => codeOfCall(stranger.auth.login.mutate({ username, password: 'not the password' }));
    for (let guesses = 0; guesses < 10; guesses += 1) expect(await guess()).toBe('INVALID_CREDENTIALS');
    expect(await codeOfCall(stranger.auth.login.mutate({ username, password }))).toBe('RATE_LIMITED');
    const next = createLatchkeyClient({ url: app.url, storage });
    expect(await codeOfCall(next.auth.login.mutate({ username, password }))).toBe('ok');
  });
});

describe('a storage', () => {
  it.each([
    ['in memory', memoryStorage],
    ['that takes its time', slowStorage],
  ])('%s keeps the session for the next client, and forgets it at sign-out', async (_, make) => {
    const storage = make();
    const { username } = await signUp(createLatchkeyClient({ url: app.url, storage }), app);
    const next = createLatchkeyClient({ url: app.url, storage });
    expect(next.state.get()).toEqual({ status: 'unknown' });
    expect(await next.state.restore()).toMatchObject({ status: 'signed-in', user: { username } });
    await next.auth.logout.mutate({});
    expect(await createLatchkeyClient({ url: app.url, storage }).state.restore()).toEqual({
      status: 'signed-out',
      reason: 'none',
    });
  });

  it('that two clients share keeps both signed in through any number of renewals', async () => {
    const storage = slowStorage();
    const one = createLatchkeyClient({ url: own.url, storage });
    await signUp(one, own);
    const other = createLatchkeyClient({ url: own.url, storage });
    await other.user.me.query();
    for (let round = 0; round < 4; round += 1) {
      own.clock.advance(700);
      await (round % 2 ? one : other).user.me.query();
      own.clock.advance(700);
      await (round % 2 ? one : other).user.me.query();
    }
    own.clock.advance(700);
    expect(await codeOfCall(one.user.me.query())).toBe('ok');
    expect(await codeOfCall(other.user.me.query())).toBe('ok');
    await one.auth.logout.mutate({});
    expect(await codeOfCall(other.user.me.query())).toBe('UNAUTHENTICATED');
  });

  it('that two clients share keeps the one signed in whose tokens the other replaced', async () => {
    const storage = slowStorage();
    const one = createLatchkeyClient({ url: app.url, storage });
    const { password: currentPassword } = await signUp(one, app);
    const other = createLatchkeyClient({ url: app.url, storage });
    await other.user.me.query();
    const change = { currentPassword, password: 'a brand new passphrase', confirmPassword: 'a brand new passphrase' };
    await one.user.changePassword.mutate(change);
    expect(await codeOfCall(other.user.me.query())).toBe('ok');
    expect(await codeOfCall(one.user.me.query())).toBe('ok');
  });

  it('that fails ends no session: the tokens last as long as the client', async () => {
    const broken = {
      getItem: () => null,
      setItem: () => {
        throw new Error('quota exceeded');
      },
      removeItem: () => {
        throw new Error('quota exceeded');
      },
    };
    const latchkey = createLatchkeyClient({ url: app.url, storage: webStorage(broken) });
    await signUp(latchkey, app);
    expect(await codeOfCall(latchkey.user.me.query())).toBe('ok');
    await latchkey.auth.logout.mutate({});
    expect(await codeOfCall(latchkey.user.me.query())).toBe('UNAUTHENTICATED');
  });
});

describe('the state', () => {
  it('is told when the call that changed it is over, so that a listener can call procedures', async () => {
    const seen: SessionState['status'][] = [];
    const usernames: string[] = [];
    let signedOut = () => {};
    const over = new Promise<void>((resolve) => {
      signedOut = resolve;
    });
    const latchkey = createLatchkeyClient({
      url: app.url,
      onChange(state) {
        seen.push(state.status);
        if (state.status !== 'signed-in') return signedOut();
        void latchkey.user.me.query().then(async (me) => {
          usernames.push(me.username);
          await latchkey.auth.logout.mutate({});
        });
      },
    });
    const { username } = await signUp(latchkey, app);
    await over;
    expect(usernames).toEqual([username]);
    expect(seen.at(-1)).toBe('signed-out');
    expect(latchkey.state.get()).toEqual({ status: 'signed-out', reason: 'signed-out' });
  });

  it('is told from within a renewal that ended the session, and nothing waits for itself', async () => {
    const reasons: unknown[] = [];
    const latchkey = createLatchkeyClient({
      url: own.url,
      onChange(state) {
        if (state.status === 'signed-out') reasons.push(codeOfCall(latchkey.user.me.query()), state.reason);
      },
    });
    await signUp(latchkey, own);
    own.clock.advance(8 * 24 * 3600);
    expect(await codeOfCall(latchkey.user.me.query())).toBe('SESSION_EXPIRED');
    expect(await Promise.all(reasons)).toEqual(['UNAUTHENTICATED', 'expired']);
  });

  it('carries the account as the last call gave it', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    await signUp(latchkey, app);
    await latchkey.user.updateProfile.mutate({ firstName: 'Augusta' });
    expect(latchkey.state.get()).toMatchObject({ status: 'signed-in', user: { firstName: 'Augusta' } });
  });
});

describe('the activity', () => {
  it('comes page after page as far as somebody reads, latest first', async () => {
    const { latchkey, count } = countingClient(app);
    const { challengeId, code } = await askForCode(latchkey, app);
    app.clock.advance(1);
    await latchkey.auth.verifyOtp.mutate({ challengeId, otp: code });
    app.clock.advance(1);
    await latchkey.user.updateProfile.mutate({ firstName: 'Augusta' });
    const all = [];
    for await (const event of latchkey.user.activity({ pageSize: 1 })) all.push(event.type);
    expect(all.slice(0, 2)).toEqual(['profile-updated', 'signed-in']);
    expect(all.slice(2).sort()).toEqual(['code-sent', 'registered']);
    const pages = count('user.listActivity');
    for await (const event of latchkey.user.activity({ pageSize: 1 })) {
      expect(event.type).toBe('profile-updated');
      break;
    }
    expect(count('user.listActivity')).toBe(pages + 1);
  });
});
