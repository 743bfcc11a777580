import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson, type Person } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import {
  enterCode,
  login,
  refresh,
  register,
  resetPassword,
  resetToken,
  type SignedIn,
  signIn,
  signUp,
  signUpByCode,
  tryPassword,
} from '../flows.ts';
import { atOnce } from '../parallel.ts';
import { mailsTo, subjectsTo } from '../stored.ts';

const day = 86_400;
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const newPassword = 'a brand new passphrase of mine';
const announcement = 'New sign-in to your account';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const home = { 'user-agent': firefox, 'x-forwarded-for': '203.0.113.10' };
const announcements = async (person: Person) =>
  (await subjectsTo(app, person.email)).filter((subject) => subject === announcement).length;

/** Signs in and gives the cookie that remembers the browser. */
async function signInFrom(person: Person, headers: Record<string, string>, cookies: Record<string, string> = {}) {
  const { challengeId, code } = await login(app, person, { headers });
  const response = await enterCode(app, challengeId, code, { headers, cookies });
  return { 'latchkey-device': `${response.cookies['latchkey-device']?.value}`, ...response.data };
}

const lastMail = async (address: string, subject: string) =>
  (await mailsTo(app, address)).findLast((mail) => mail.subject === subject);

/** Text and HTML both say it. */
async function expectMail(address: string, subject: string, ...words: string[]) {
  const mail = await lastMail(address, subject);
  for (const word of words) {
    expect(mail?.text).toContain(word);
    expect(mail?.html).toContain(word);
  }
  return mail;
}

async function moveTo(owner: SignedIn, email: string) {
  const asked = await app.call<{ challengeId: string }>(
    'user.requestEmailChange',
    { email, currentPassword: owner.password },
    { token: owner.accessToken },
  );
  const mail = await app.mail.waitFor(({ to }) => to === email);
  const otp = /(\d{6})/.exec(mail.text)?.[1];
  const moved = await app.call(
    'user.confirmEmailChange',
    { challengeId: asked.data.challengeId, otp },
    { token: owner.accessToken },
  );
  expect(moved.status).toBe(200);
}

describe('a sign-in from a new device', () => {
  it('is announced, but the first one of an account is not', async () => {
    const person = await register(app);
    await signInFrom(person, home);
    expect(await announcements(person)).toBe(0);
    await signInFrom(person, { 'user-agent': chrome, 'x-forwarded-for': '198.51.100.20' });
    expect(await announcements(person)).toBe(1);
    await expectMail(person.email, announcement, 'Chrome on Windows', '198.51.100.20', `${app.publicUrl}/not-me`);
  });

  it('is not one where the browser or the address range and user agent are known', async () => {
    const person = await register(app);
    const { 'latchkey-device': device } = await signInFrom(person, home);
    await signInFrom(person, { ...home, 'x-forwarded-for': '203.0.113.77' });
    await signInFrom(person, { 'user-agent': chrome, 'x-forwarded-for': '192.0.2.1' }, { 'latchkey-device': device });
    expect(await announcements(person)).toBe(0);
  });

  it('is one with the same user agent from another range, and with another user agent from the same', async () => {
    const person = await register(app);
    await signInFrom(person, home);
    await signInFrom(person, { ...home, 'x-forwarded-for': '198.51.100.10' });
    expect(await announcements(person)).toBe(1);
    await signInFrom(person, { ...home, 'user-agent': chrome });
    expect(await announcements(person)).toBe(2);
  });

  it("is one with another account's cookie, or one that is not ours", async () => {
    const other = await signInFrom(await register(app), home);
    const person = await register(app);
    await signInFrom(person, home);
    const elsewhere = { 'user-agent': chrome, 'x-forwarded-for': '192.0.2.1' };
    await signInFrom(person, elsewhere, { 'latchkey-device': other['latchkey-device'] });
    expect(await announcements(person)).toBe(1);
    const third = { 'user-agent': firefox, 'x-forwarded-for': '192.0.2.200' };
    await signInFrom(person, third, { 'latchkey-device': `${other['latchkey-device']}x` });
    expect(await announcements(person)).toBe(2);
  });

  it('is one again after ninety days without the cookie', async () => {
    const person = await register(app);
    await signInFrom(person, home);
    app.clock.advance(90 * day - 60);
    await signInFrom(person, home);
    expect(await announcements(person)).toBe(0);
    app.clock.advance(90 * day + 60);
    await signInFrom(person, home);
    expect(await announcements(person)).toBe(1);
  });

  it('is not announced before its session is open: a password alone tells nobody anything but the code', async () => {
    const person = await signUpByCode(app);
    await tryPassword(app, person.username, person.password, { headers: { 'user-agent': chrome } });
    expect(await subjectsTo(app, person.email)).toEqual(['Your OTP for Login', 'Your OTP for Login']);
  });
});

describe('the owner is told', () => {
  it('that the password was changed, and from where', async () => {
    const owner = await signUp(app);
    await app.call(
      'user.changePassword',
      { currentPassword: owner.password, password: newPassword, confirmPassword: newPassword },
      { token: owner.accessToken, headers: home },
    );
    await expectMail(
      owner.email,
      'Your password was changed',
      owner.username,
      'Firefox on Linux',
      '203.0.113.10',
      'UTC',
      `${app.publicUrl}/not-me`,
    );
  });

  it('that the password was reset, once', async () => {
    const owner = await register(app);
    await resetPassword(app, await resetToken(app, owner.email), newPassword);
    await expectMail(owner.email, 'Your password was reset', owner.username, `${app.publicUrl}/not-me`);
  });

  it('that the address was changed: at the new one, and at the old one with the way back and half of the new', async () => {
    const owner = await signUp(app);
    const email = newPerson().email;
    await moveTo(owner, email);
    await expectMail(email, 'Your e-mail address was changed', owner.username, `${app.publicUrl}/not-me`);
    const notice = await expectMail(
      owner.email,
      'The e-mail address of your account was changed',
      `${email[0]}***@example.com`,
      `${app.publicUrl}/undo-email-change#code=`,
      `${app.publicUrl}/not-me`,
      '7 days',
    );
    expect(`${notice?.text}${notice?.html}`).not.toContain(email);
  });

  it('that an old refresh token was used, once for many replays', async () => {
    const owner = await signUpByCode(app, { headers: home });
    let { refreshToken } = owner;
    for (let index = 0; index < 2; index += 1) ({ refreshToken } = (await refresh(app, refreshToken)).data);
    await atOnce(5, () => refresh(app, owner.refreshToken));
    expect((await subjectsTo(app, owner.email)).filter((subject) => subject.includes('ended a session'))).toHaveLength(
      1,
    );
    await expectMail(owner.email, 'We ended a session of your account', owner.username, `${app.publicUrl}/not-me`);
  });

  it('that the username was changed, with both names', async () => {
    const owner = await signUp(app);
    const username = `${owner.username}-2`;
    await app.call('user.changeUsername', { username }, { token: owner.accessToken });
    await expectMail(owner.email, 'Your username was changed', owner.username, username, `${app.publicUrl}/not-me`);
  });

  it('that the account was deleted', async () => {
    const owner = await signUp(app);
    await app.call('user.deleteAccount', { currentPassword: owner.password }, { token: owner.accessToken });
    await expectMail(owner.email, 'Your account was deleted', owner.username, `${app.publicUrl}/register`);
  });

  it('nothing where nothing happened', async () => {
    const owner = await signUpByCode(app);
    await app.call(
      'user.changePassword',
      { currentPassword: 'wrong', password: newPassword, confirmPassword: newPassword },
      { token: owner.accessToken },
    );
    await app.call('user.deleteAccount', { currentPassword: 'wrong' }, { token: owner.accessToken });
    await app.call('user.updateProfile', { firstName: 'Grace' }, { token: owner.accessToken });
    await resetPassword(app, 'no such token', newPassword);
    expect(await subjectsTo(app, owner.email)).toEqual(['Your OTP for Login']);
  });

  it('with a link that has a token in one kind of mail only', async () => {
    const owner = await signUp(app);
    const email = newPerson().email;
    await moveTo(owner, email);
    await resetToken(app, email);
    const mails = [...(await mailsTo(app, owner.email)), ...(await mailsTo(app, email))];
    const withToken = mails.filter(({ text, html }) => `${text}${html}`.includes('token='));
    expect(withToken.map(({ subject }) => subject)).toEqual(['Choose a new password']);
  });
});

describe('in German', () => {
  it('whoever registered in German gets every mail in German, also where an English browser asks', async () => {
    const person = newPerson();
    await app.call(
      'auth.register',
      { ...person, confirmPassword: person.password },
      { headers: { ...fromNewAddress(), 'accept-language': 'de-CH,de;q=0.9,en;q=0.5' } },
    );
    const challenge = await tryPassword(app, person.username, person.password, {
      headers: { 'accept-language': 'en' },
    });
    const mail = await app.mail.waitFor(({ to }) => to === person.email);
    expect(mail.subject).toBe('Ihr Code für die Anmeldung');
    const code = /Ihr Einmalcode ist (\d{6})\./.exec(mail.text)?.[1] ?? '';
    const session = await enterCode(app, challenge.data.challengeId, code);
    await resetToken(app, person.email);
    await app.call(
      'user.deleteAccount',
      { currentPassword: person.password },
      { token: session.data.accessToken, headers: { 'accept-language': 'en' } },
    );
    expect(await subjectsTo(app, person.email)).toEqual([
      'Ihr Code für die Anmeldung',
      'Neues Passwort wählen',
      'Ihr Konto wurde gelöscht',
    ]);
  });

  it('whoever chooses another language in the profile gets the next mail in it', async () => {
    const owner = await signUpByCode(app);
    await app.call('user.updateProfile', { locale: 'de' }, { token: owner.accessToken });
    await tryPassword(app, owner.username, owner.password);
    expect(await subjectsTo(app, owner.email)).toEqual(['Your OTP for Login', 'Ihr Code für die Anmeldung']);
    expect(await signIn(app, await register(app))).toBeDefined();
  });
});
