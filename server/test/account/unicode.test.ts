import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromNewAddress, newPerson, type Person, strongPassword } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { register, resetPassword, resetToken, signIn, tryPassword } from '../flows.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

const tryToRegister = (person: Person) =>
  app.call<{ user: { username: string; email: string } }>(
    'auth.register',
    { ...person, confirmPassword: person.password },
    { headers: fromNewAddress() },
  );
const fullWidth = (text: string) =>
  [...text].map((letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join('');

/** Signs in with the password alone; what comes after is the same for every password. */
const accepts = async (person: Person, password: string) =>
  (await tryPassword(app, person.username, password)).status === 200;

describe('twins of a name', () => {
  it.each([
    ['upper case', (name: string) => name.toUpperCase()],
    ['full width', fullWidth],
    ['the Kelvin sign for k', (name: string) => name.replace('k', '\u212a')],
    ['mathematical letters', (name: string) => name.replace('e', '\u{1d41e}')],
    ['a ligature', (name: string) => name.replace('fi', '\ufb01')],
  ])('in %s are taken, and sign in as the same account', async (_kind, twin) => {
    const { username } = newPerson();
    const person = await register(app, { username: `kelvin-fi-${username}` });
    const name = twin(person.username);
    expect(name).not.toBe(person.username);
    const response = await tryToRegister(newPerson({ username: name }));
    expect([response.status, response.code]).toEqual([409, 'USERNAME_TAKEN']);
    expect((await tryPassword(app, name, person.password)).status).toBe(200);
  });

  it.each([
    ['zero-width space', '\u200b'],
    ['zero-width joiner', '\u200d'],
    ['word joiner', '\u2060'],
    ['byte order mark', '\ufeff'],
    ['soft hyphen', '\u00ad'],
    ['right-to-left override', '\u202e'],
    ['combining accent', '\u0301'],
    ['Cyrillic a', '\u0430'],
    ['variation selector', '\ufe0f'],
    ['tag letter', '\u{e0061}'],
    ['null', '\u0000'],
    ['line break', '\n'],
  ])('with a %s are refused', async (_kind, sign) => {
    const { username } = newPerson();
    const response = await tryToRegister(newPerson({ username: `${username}${sign}x` }));
    expect(response.code).toBe('VALIDATION');
    expect(Object.keys(response.error.data.fieldErrors ?? {})).toEqual(['username']);
  });

  it('are kept in the form that everybody can type', async () => {
    const { username } = newPerson();
    const response = await tryToRegister(newPerson({ username: fullWidth(username) }));
    expect(response.data.user.username).toBe(username);
  });
});

describe('twins of an address', () => {
  it.each([
    ['upper case', (email: string) => email.toUpperCase()],
    ['full width', fullWidth],
    ['the Kelvin sign for k', (email: string) => email.replace('k', '\u212a')],
    ['spaces around', (email: string) => `  ${email}\t`],
  ])('in %s are taken, sign in as the same account and reset it', async (_kind, twin) => {
    const { username } = newPerson();
    const person = await register(app, { email: `kelvin-${username}@example.com` });
    const email = twin(person.email);
    const response = await tryToRegister(newPerson({ email }));
    expect([response.status, response.code]).toEqual([409, 'EMAIL_TAKEN']);
    expect((await tryPassword(app, email, person.password)).status).toBe(200);

    const token = await resetToken(app, email);
    // The link goes to the address of the account, not to the one that was typed.
    expect(app.mail.list().find(({ text }) => text.includes(token))?.to).toBe(person.email);
    expect((await resetPassword(app, token, 'a brand new passphrase of mine')).status).toBe(200);
  });

  it.each([
    ['zero-width space', 'a\u200bb@example.com'],
    ['Cyrillic a', '\u0430b@example.com'],
    ['two addresses', 'a@example.com,b@evil.example'],
    ['a display name', 'A <a@example.com>'],
    ['a quoted part', '"a b"@example.com'],
    ['a line break', 'a@example.com\nBcc: b@evil.example'],
    ['a full-width comma', 'a@example.com\uff0cb@evil.example'],
    ['an internationalized host', 'a@ex\u00e4mple.com'],
  ])('with %s are refused', async (_kind, email) => {
    const response = await tryToRegister(newPerson({ email }));
    expect(response.code).toBe('VALIDATION');
    expect(Object.keys(response.error.data.fieldErrors ?? {})).toEqual(['email']);
  });
});

/** Five signs of two code units and four bytes each. */
const keys = '\u{1f511}\u{1f512}\u{1f513}\u{1f50f}\u{1f510}';
/** Five letters with an accent each, written as two signs. */
const accented = 'e\u0301a\u0300o\u0302u\u0308n\u0303';

describe('passwords', () => {
  it('count behind byte 72', async () => {
    const long = 'x'.repeat(72);
    const person = await register(app, { password: `${long}right` });
    expect(await accepts(person, `${long}wrong`)).toBe(false);
    expect(await accepts(person, long)).toBe(false);
    expect(await accepts(person, `${long}right`)).toBe(true);
  });

  it('count behind byte 72 where the bytes are those of one sign', async () => {
    // 18 of 4 bytes each, so that the next begins at byte 73.
    const long = keys.repeat(3) + keys.slice(0, 6);
    const person = await register(app, { password: `${long}\u{1f513}` });
    expect(await accepts(person, `${long}\u{1f512}`)).toBe(false);
    expect(await accepts(person, `${long}\u{1f513}`)).toBe(true);
  });

  it('count behind a zero byte', async () => {
    const person = await register(app, { password: 'before\u0000after the zero' });
    expect(await accepts(person, 'before\u0000something else')).toBe(false);
    expect(await accepts(person, 'before')).toBe(false);
    expect(await accepts(person, 'before\u0000after the zero')).toBe(true);
  });

  it('are the same from a keyboard that composes and one that does not', async () => {
    const composed = 'Pass\u00f6rd \u00e9l\u00e9gant \u1e69';
    const person = await register(app, { password: composed.normalize('NFC') });
    expect(composed.normalize('NFD')).not.toBe(composed.normalize('NFC'));
    expect(await accepts(person, composed.normalize('NFD'))).toBe(true);
    expect(await accepts(person, composed.normalize('NFC'))).toBe(true);
    expect(await accepts(person, 'Passord elegant s')).toBe(false);
  });

  it('are not trimmed and tell cases apart', async () => {
    const person = await register(app, { password: '  Spaces Around  ' });
    for (const wrong of ['Spaces Around', '  Spaces Around', '  spaces around  ']) {
      expect(await accepts(person, wrong)).toBe(false);
    }
    expect(await accepts(person, '  Spaces Around  ')).toBe(true);
  });

  it.each([
    ['7 signs of two code units each', keys + keys.slice(0, 4), false],
    ['8 of them', keys + keys.slice(4), true],
    ['128 of them', keys.repeat(25) + keys.slice(0, 6), true],
    ['129 of them', keys.repeat(25) + keys.slice(0, 8), false],
    ['8 letters that are 4 ligatures', '\ufb01\u0133\ufb02\u01c6', true],
    ['7 letters with 7 accents of their own', accented + accented.slice(0, 4), false],
    ['65 letters with 65 accents of their own', accented.repeat(13), true],
    ['129 letters', 'x'.repeat(129), false],
  ])('are measured in code points after NFKC: %s', async (_kind, password, accepted) => {
    const person = newPerson({ password });
    const response = await tryToRegister(person);
    expect(response.status).toBe(accepted ? 200 : 400);
    if (accepted) expect(await accepts(person, password)).toBe(true);
    else expect(Object.keys(response.error.data.fieldErrors ?? {})).toEqual(['password']);
  });

  it('over 1,024 code units are refused before anything is normalised', async () => {
    // One sign that NFKC turns into 18.
    const response = await tryToRegister(newPerson({ password: '\ufdfa'.repeat(1025) }));
    expect(response.status).toBe(400);
    const signingIn = await tryPassword(app, newPerson().username, '\ufdfa'.repeat(1025));
    expect([signingIn.status, signingIn.code]).toEqual([400, 'VALIDATION']);
  });

  it('in any script sign in to the end', async () => {
    const password = '\u041f\u0430\u0440\u043e\u043b\u044c \u5bc6\u7801 \ud83d\udd11 \u0643\u0644\u0645\u0629';
    const { user } = await signIn(app, await register(app, { password }));
    expect(user.emailVerified).toBe(true);
    expect(password).not.toBe(strongPassword);
  });
});
