import bcrypt from 'bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decoyLike } from '../../src/domain/hashing/schemes.ts';
import { createPasswords, nativeHasher } from '../../src/domain/passwords.ts';
import { openTestDatabase } from '../../src/testing/database.ts';
import { fromNewAddress, newPerson, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { codeOf, enterCode, login, register, signUp, tryPassword } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { stored, storedUser } from '../stored.ts';
import { median, timed, visibleResponse } from './observed.ts';

const wrong = 'not the password of anybody';

/** Of each kind of call whose times are compared by their medians. */
const samples = 13;

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('signing in', () => {
  it('answers unknown names, wrong passwords and disabled accounts with the same bytes', async () => {
    const known = await register(app);
    const disabled = await app.account(undefined, { status: 'disabled' });
    const nobody = newPerson();
    const attempts = [
      { username: nobody.username, password: wrong },
      { username: nobody.email, password: wrong },
      { username: known.username, password: wrong },
      { username: known.email, password: wrong },
      { username: disabled.username, password: wrong },
      { username: disabled.username, password: disabled.password },
      { username: disabled.email, password: disabled.password },
    ];
    const faces = [];
    for (const attempt of attempts) faces.push(await visibleResponse(app, 'auth.login', attempt));
    expect(faces[0]?.status).toBe(401);
    expect(faces[0]?.body).toContain('"message":"Invalid credentials"');
    for (const face of faces) expect(face).toEqual(faces[0]);
    expect(app.mail.list()).toEqual([]);
  });

  it('takes the same time for unknown names, wrong passwords and disabled accounts', async () => {
    await using own = await createTestApp({ env: { BCRYPT_COST: '8' } });
    const { passwordHash } = await storedUser(own, await register(own));
    const known = await atOnce(3, () => own.account());
    const disabled = await atOnce(3, () => own.account(undefined, { status: 'disabled' }));
    await stored(own).users.updateMany({}, { $set: { passwordHash } });
    const times: Record<string, number[]> = { unknown: [], wrong: [], disabled: [] };
    // By turns, so that a slow moment of the machine meets all alike.
    for (let index = 0; index < samples; index += 1) {
      const { username = '' } = known[index % 3] ?? {};
      const { username: out = '', password = '' } = disabled[index % 3] ?? {};
      times.unknown?.push(await timed(() => tryPassword(own, newPerson().username, wrong)));
      times.wrong?.push(await timed(() => tryPassword(own, username, wrong)));
      times.disabled?.push(await timed(() => tryPassword(own, out, password)));
    }
    const medians = Object.values(times).map(median);
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2);
  });

  it('would tell by time who exists if nothing were hashed for unknown names', async () => {
    const passwords = createPasswords({ cost: 6, appraise: () => Promise.reject(new Error('nobody is asked')) });
    const hash = await passwords.hash(strongPassword);
    const decoy = decoyLike(hash, 6);
    const earlyReturn = async (password: string, known: string) =>
      known !== decoy && (await passwords.matches(password, known));
    const ratio = async (matches: typeof earlyReturn) => {
      const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
      for (let index = 0; index < samples; index += 1) {
        times.known.push(await timed(() => matches(wrong, hash)));
        times.unknown.push(await timed(() => matches(wrong, decoy)));
      }
      return median(times.known) / median(times.unknown);
    };
    const ours = await ratio(passwords.matches);
    expect(Math.max(ours, 1 / ours)).toBeLessThan(2);
    expect(await ratio(earlyReturn)).toBeGreaterThan(2);
  });

  it.each([
    ['raised', '5', '7', 7],
    ['lowered', '7', '5', 7],
  ])(
    'computes as much for unknown names as for accounts after BCRYPT_COST was %s',
    async (_kind, before, after, cost) => {
      await using database = await openTestDatabase();
      const shared = { MONGODB_URI: database.uri };
      await using old = await createTestApp({ env: { ...shared, BCRYPT_COST: before } });
      const people = await atOnce(3, () => register(old));
      const computed: number[] = [];
      await using own = await createTestApp({
        env: { ...shared, BCRYPT_COST: after },
        hasher: {
          ...nativeHasher,
          compare: (message, hash) => {
            computed.push(2 ** bcrypt.getRounds(hash));
            return bcrypt.compare(message, hash);
          },
        },
      });
      for (const { username } of [...people, newPerson(), newPerson(), newPerson()]) {
        computed.length = 0;
        expect((await tryPassword(own, username, wrong)).code).toBe('INVALID_CREDENTIALS');
        expect(computed.reduce((sum, work) => sum + work, 0)).toBe(2 ** cost);
      }
    },
  );

  it('draws for unknown names what accounts cost, in the same share, and for each name the same for good', async () => {
    await using database = await openTestDatabase();
    const shared = { MONGODB_URI: database.uri };
    await using dear = await createTestApp({ env: { ...shared, BCRYPT_COST: '6' } });
    const { passwordHash } = await storedUser(dear, await register(dear));
    await atOnce(9, () => dear.account());
    await stored(dear).users.updateMany({}, { $set: { passwordHash } });
    // The kit's people have a hash of cost 4.
    await atOnce(10, () => dear.account());
    const costs: number[] = [];
    await using own = await createTestApp({
      env: { ...shared, RATE_LIMITS: 'off' },
      hasher: {
        ...nativeHasher,
        compare: (message, hash) => {
          costs.push(bcrypt.getRounds(hash));
          return bcrypt.compare(message, hash);
        },
      },
    });
    const names = Array.from({ length: 40 }, () => newPerson().username);
    for (const username of [...names, ...names.slice(0, 8)]) {
      const call = own.caller().auth.login({ username, password: wrong });
      expect(await codeOf(call)).toBe('INVALID_CREDENTIALS');
    }
    expect(costs.splice(40)).toEqual(costs.slice(0, 8));
    const dearOnes = costs.filter((cost) => cost === 6).length;
    expect(costs.filter((cost) => cost === 4)).toHaveLength(40 - dearOnes);
    // Half of forty, give or take four standard deviations.
    expect(Math.abs(dearOnes - 20)).toBeLessThan(13);
  });

  it('works for an account that was never verified, and verifies it', async () => {
    const person = await register(app);
    const { challengeId, code } = await login(app, person);
    const response = await enterCode(app, challengeId, code);
    expect(response.data.user.emailVerified).toBe(true);
  });

  it('a code for an account that is disabled meanwhile opens nothing', async () => {
    const person = await register(app);
    const { challengeId, code } = await login(app, person);
    await stored(app).users.updateOne({ usernameKey: person.username }, { $set: { status: 'disabled' } });
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
  });
});

describe('registering and moving', () => {
  it('tell whether an address is taken, as they must, but not without end', async () => {
    const { email } = await signUp(app);
    const thief = await signUp(app);
    const headers = fromNewAddress();
    const { accessToken: token, password } = thief;
    const moves = await atOnce(12, () =>
      app.call('user.requestEmailChange', { email, currentPassword: password }, { token, headers }),
    );
    expect(tally(moves)).toEqual({ EMAIL_TAKEN: 10, RATE_LIMITED: 2 });
    const registrations = await atOnce(22, () =>
      app.call('auth.register', { ...newPerson({ email }), confirmPassword: strongPassword }, { headers }),
    );
    expect(tally(registrations)).toEqual({ EMAIL_TAKEN: 20, RATE_LIMITED: 2 });
  });
});

describe('asking for a new password', () => {
  async function asksAlike(at: TestApp) {
    const known = await atOnce(12, () => at.account());
    const disabled = await at.account(undefined, { status: 'disabled' });
    const addresses = [newPerson().email, disabled.email, known[0]?.email];
    const faces = [];
    for (const email of addresses) faces.push(await visibleResponse(at, 'auth.requestPasswordReset', { email }));
    expect(faces[0]?.status).toBe(200);
    for (const face of faces) expect(face).toEqual(faces[0]);

    const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (const { email } of known) {
      times.known.push(await timed(() => visibleResponse(at, 'auth.requestPasswordReset', { email })));
      const unknown = newPerson().email;
      times.unknown.push(await timed(() => visibleResponse(at, 'auth.requestPasswordReset', { email: unknown })));
    }
    const medians = Object.values(times).map(median);
    expect(Math.max(...medians) / Math.min(...medians)).toBeLessThan(2);
  }

  it('is answered alike for every address, at the same speed', async () => {
    await asksAlike(app);
  });

  it('is answered alike while the mail server is down', async () => {
    // Nothing listens on the discard port.
    await using own = await createTestApp({
      env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'no-reply@example.com' },
    });
    await asksAlike(own);
    expect(await stored(own).outbox.countDocuments()).toBeGreaterThan(0);
  });

  it('is answered alike past the hourly share of an address, and no further mail is sent', async () => {
    const person = await register(app);
    const known = [];
    const unknown = [];
    const { email } = newPerson();
    for (let index = 0; index < 5; index += 1) {
      known.push(await visibleResponse(app, 'auth.requestPasswordReset', { email: person.email }));
      unknown.push(await visibleResponse(app, 'auth.requestPasswordReset', { email }));
    }
    for (const face of [...known, ...unknown]) expect(face).toEqual(known[0]);
    await expect.poll(() => stored(app).outbox.countDocuments()).toBe(0);
    expect(app.mail.list().filter(({ to }) => to === person.email)).toHaveLength(3);
    expect(app.mail.list().filter(({ to }) => to === email)).toEqual([]);
  });
});
