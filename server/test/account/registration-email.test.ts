import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { type Challenge, enterCode, login, register, signIn, tryPassword } from '../flows.ts';
import { atOnce, tally } from '../parallel.ts';
import { mailsTo, raise, stored, storedUser } from '../stored.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** A registration with a mistyped address, and the secret that its browser got. */
async function registerMistyped() {
  const person = newPerson();
  const { data } = await app.call<{ registrationToken: string }>(
    'auth.register',
    { ...person, confirmPassword: person.password },
    { headers: fromNewAddress() },
  );
  return { person, registrationToken: data.registrationToken };
}

const change = (registrationToken: string, email: string) =>
  app.call<Challenge>('auth.changeRegistrationEmail', { registrationToken, email }, { headers: fromNewAddress() });

const corrected = ({ email }: Person) => `right-${email}`;

describe('a mistyped address', () => {
  it('is put right by the browser that registered, and the code that comes to the new one signs in', async () => {
    const { person, registrationToken } = await registerMistyped();
    const right = { ...person, email: corrected(person) };
    const { data, status } = await change(registrationToken, right.email);
    expect(status).toBe(200);
    expect(data.sentTo).toBe('r***@example.com');
    const opened = await enterCode(app, data.challengeId, await app.mail.codeFor(right));
    expect(opened.data.user).toMatchObject({ email: right.email, emailVerified: true });
    // Somebody has signed in now: from here on an address changes by its own confirmation.
    expect((await change(registrationToken, person.email)).error.data.app).toEqual({
      code: 'CHALLENGE_EXPIRED',
      details: { resendable: false },
    });
  });

  it('takes no code and no link of the first address with it', async () => {
    const { person, registrationToken } = await registerMistyped();
    const { challengeId, code } = await login(app, person);
    await app.call('auth.requestPasswordReset', { email: person.email }, { headers: fromNewAddress() });
    const mail = await app.mail.waitFor(({ to, text }) => to === person.email && text.includes('#token='));
    const token = /#token=([\w-]+)/.exec(mail.text)?.[1];
    await change(registrationToken, corrected(person));
    expect((await enterCode(app, challengeId, code)).code).toBe('CHALLENGE_EXPIRED');
    expect((await app.call('auth.checkLink', { token }, { headers: fromNewAddress() })).data).toEqual({ valid: false });
    expect((await storedUser(app, person)).emailVerifiedAt).toBeUndefined();
  });

  it('of the first code and a change at the same time, one wins and the other is void', async () => {
    const outcomes = await atOnce(8, async () => {
      const { person, registrationToken } = await registerMistyped();
      const { challengeId, code } = await login(app, person);
      const [opened, changed] = await Promise.all([
        enterCode(app, challengeId, code),
        change(registrationToken, corrected(person)),
      ]);
      const { email, emailVerifiedAt } = await storedUser(app, person);
      return { opened: opened.status === 200, changed: changed.status === 200, email, verified: emailVerifiedAt };
    });
    for (const { opened, changed, email, verified } of outcomes) {
      expect(opened).toBe(!changed);
      // What is verified is the address that the code went to.
      expect([email.startsWith('right-'), verified !== undefined]).toEqual([changed, opened]);
    }
  });

  it('is put right three times at most, however many ask at once', async () => {
    const { person, registrationToken } = await registerMistyped();
    const responses = await atOnce(10, (index) => change(registrationToken, `${index}-${person.email}`));
    expect(tally(responses)).toEqual({ ok: 3, CHALLENGE_EXPIRED: 7 });
    expect(await storedUser(app, person)).toMatchObject({ credentialVersion: 3, emailCorrections: 3 });
  });

  it('is not put right with the address of somebody else, which stays theirs', async () => {
    const other = await register(app);
    const { person, registrationToken } = await registerMistyped();
    expect((await change(registrationToken, other.email.toUpperCase())).code).toBe('EMAIL_TAKEN');
    expect((await storedUser(app, person)).email).toBe(person.email);
    expect((await tryPassword(app, person.username, person.password)).status).toBe(200);
  });

  it('is not put right by a secret that is forged, or of another account, or older than an hour', async () => {
    const { person, registrationToken } = await registerMistyped();
    const { registrationToken: foreign } = await registerMistyped();
    const forged = [`${registrationToken.split('.')[0]}.${foreign.split('.')[1]}`, 'x', '.', `${registrationToken}.`];
    for (const token of forged) expect((await change(token, corrected(person))).code).toBe('CHALLENGE_EXPIRED');
    app.clock.advance(3_600);
    expect((await change(registrationToken, corrected(person))).code).toBe('CHALLENGE_EXPIRED');
    expect((await storedUser(app, person)).email).toBe(person.email);
  });

  it('takes of the mails to its recipient, and a recipient who has had theirs changes nothing', async () => {
    const victim = `victim-${newPerson().email}`;
    const { person, registrationToken } = await registerMistyped();
    await change(registrationToken, victim);
    await stored(app).counters.deleteMany({ _id: /^codesPerRecipient:/, used: { $ne: 1 } });
    await login(app, { ...person, email: victim });
    await raise(app, 'codesPerRecipient', 2, 9);
    await login(app, { ...person, email: victim });
    const another = await registerMistyped();
    await change(registrationToken, person.email);
    expect((await change(another.registrationToken, victim)).code).toBe('RATE_LIMITED');
    expect((await storedUser(app, another.person)).email).toBe(another.person.email);
    expect(await mailsTo(app, victim)).toHaveLength(3);
  });
});

describe('the zone of a registration', () => {
  it('is kept, told, and changed; without one it is UTC', async () => {
    const person = newPerson();
    const zoned = { ...person, confirmPassword: person.password, timeZone: 'Europe/Berlin' };
    await app.call('auth.register', zoned, { headers: fromNewAddress() });
    const { accessToken: token, user } = await signIn(app, person);
    expect(user).toMatchObject({ timeZone: 'Europe/Berlin', locale: 'en', passwordChangedAt: null });
    const moved = await app.call('user.updateProfile', { timeZone: 'Asia/Tokyo' }, { token });
    expect(moved.data).toMatchObject({ timeZone: 'Asia/Tokyo' });
    const refused = await app.call('user.updateProfile', { timeZone: 'Mars/Olympus' }, { token });
    expect(refused.error.data.fieldErrors).toEqual({ timeZone: ['Enter a time zone by its name, as Europe/Berlin.'] });
    const deleted = await app.call('user.deleteAccount', { currentPassword: person.password }, { token });
    expect(deleted.status).toBe(200);
    const { text } = await app.mail.waitFor(({ to, subject }) => to === person.email && /deleted/.test(subject));
    expect(text).toMatch(/When: .+ (GMT\+9|JST)/);
    expect((await signIn(app, await register(app))).user.timeZone).toBe('UTC');
  });
});
