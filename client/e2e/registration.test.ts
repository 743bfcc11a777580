import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { newPerson } from '../../server/src/testing/people.ts';
import { app } from './app.ts';
import { openVisitor } from './visitors.ts';
import {
  account,
  button,
  codeField,
  eventually,
  fillRegistration,
  fillSignIn,
  focusOn,
  goTo,
  heading,
  newestCode,
  signOut,
} from './world.ts';

/** What password managers read of a form. */
const kindsOfFields = (page: Page) =>
  page.locator('input').evaluateAll((inputs) => inputs.map((input) => input.getAttribute('autocomplete')));

describe.concurrent('registering and signing in', () => {
  it('goes from the landing page to the account without the password being asked for twice, and out again', async () => {
    await using visitor = await openVisitor(app, { reducedMotion: 'no-preference' });
    const { page } = visitor;
    const person = newPerson();
    await page.goto('/');
    await heading(page, 'One key for your account').waitFor();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await heading(page, 'Create your account').waitFor();
    const mistyped = `x${person.email}`;
    await fillRegistration(page, { ...person, email: mistyped });
    await button(page, 'Create account').click();

    await page.waitForURL('**/code');
    await page.getByText(`We sent a six-digit code to ${mistyped}.`).waitFor();
    await button(page, 'Wrong address? Change it').click();
    await page.getByLabel('E-mail').fill(person.email);
    await button(page, 'Send the code there').click();
    await page.getByText(`We sent a six-digit code to ${person.email}.`).waitFor();
    await page.reload();
    await page.getByText(`We sent a six-digit code to ${person.email}.`).waitFor();
    await codeField(page).fill(await newestCode(app, person.email));
    await page.waitForURL('**/account');
    await heading(page, `Hello, ${person.firstName}`).waitFor();
    expect(await page.evaluate(() => document.cookie)).toBe('');

    await signOut(page);
    await page.waitForURL('**/sign-in');
    await page.getByText('You are signed out.').waitFor();
    await page.goto('/account');
    await page.waitForURL('**/sign-in?next=%2Faccount');
  });

  it('says at each field what is wrong, before anything is sent, and leaves what a password manager needs', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const calls: string[] = [];
    page.on('request', (request) => request.url().includes('/trpc/') && calls.push(request.url()));
    await page.goto('/register');
    await heading(page, 'Create your account').waitFor();
    const kinds = ['given-name', 'family-name', 'username', 'email', 'new-password', 'new-password'];
    expect(await kindsOfFields(page)).toEqual(kinds);
    await button(page, 'Create account').click();
    await page.getByText('This field is required.').first().waitFor();
    await focusOn(page, { name: 'firstName' });

    await fillRegistration(page, newPerson({ username: '-ada', email: 'ada@', firstName: '<b>', password: 'short' }));
    await page.getByLabel('Repeat the password').fill('other');
    await button(page, 'Create account').click();
    for (const text of [
      'Use 3 to 32 letters, digits, dots, dashes or underscores, with a letter or digit first and last.',
      'Enter a valid e-mail address.',
      'Use 1 to 60 characters, without < or > or invisible control characters.',
      'Use at least 8 characters.',
      'Both passwords must match',
    ]) {
      await page.getByText(text, { exact: true }).waitFor();
    }
    expect(await page.getByLabel('Username').getAttribute('aria-invalid')).toBe('true');
    expect(calls).toEqual([]);
  });

  it('checks a field when it is left, and carries a name that was typed to the reset and back', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/register');
    await heading(page, 'Create your account').waitFor();
    await focusOn(page, { name: 'firstName' });
    // The whole form is seen at once on a small desktop.
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(800);
    await page.getByLabel('Username').fill('-ada');
    await page.getByLabel('E-mail').focus();
    await page.getByText('with a letter or digit first and last.').waitFor();
    // The error takes the place of the hint.
    const hint = page.getByText('3 to 32 letters, digits, dots, dashes or underscores.', { exact: true });
    await eventually(() => hint.count(), 0);

    await goTo(page, '/sign-in');
    await page.getByLabel('Username or e-mail').fill('ada@gmail.com');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    await page.waitForURL('**/forgot-password');
    expect(await page.getByLabel('E-mail').inputValue()).toBe('ada@gmail.com');
    await button(page, 'Send the link').click();
    await page.getByRole('link', { name: 'Open Gmail' }).waitFor();
    await page.getByRole('link', { name: 'Back to sign-in' }).click();
    await page.waitForURL('**/sign-in');
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe('ada@gmail.com');
    await focusOn(page, { name: 'password' });
  });

  it('explains the strength of a password while it is typed, and shows it on request', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/register');
    const password = page.getByLabel('Password', { exact: true });
    await page.getByText('At least 8 characters.').waitFor();
    await password.fill('abc');
    await page.getByText('5 more characters are needed.').waitFor();
    await password.fill('abcdefg');
    await page.getByText('1 more character is needed.').waitFor();
    await password.fill('12345678');
    await page.getByText('This password is on lists that attackers try first.').waitFor();
    await page.getByLabel('Username').fill('lovelace');
    await password.fill('lovelace1');
    await page.getByText('Weak: common words').waitFor();
    await password.fill('aaaaaaaaaaaaaaaaaaaa');
    await page.getByText('Weak: common words').waitFor();
    await password.fill('xk2#9fLq');
    await page.getByText('Fair.').waitFor();
    await password.fill('kettle drum seven');
    await page.getByText('Strong.').waitFor();
    expect(await password.getAttribute('type')).toBe('password');
    await button(page, 'Show password').first().click();
    expect(await password.getAttribute('type')).toBe('text');
  });

  it('puts what the server refuses at its field: a taken username, a common password', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const taken = await account(app);
    await page.goto('/register');
    // A taken username is told when its field is left, and by the server in any case.
    await page.getByLabel('Username').fill(taken.username);
    await page.getByLabel('E-mail').focus();
    await page.getByText('This username is taken.').waitFor();
    await fillRegistration(page, newPerson({ username: taken.username }));
    await button(page, 'Create account').click();
    await page.getByText('This username is taken.').waitFor();
    await focusOn(page, { name: 'username' });

    await fillRegistration(page, newPerson({ password: 'password123' }));
    // The strength says why while it is typed: the form takes the next password when it was refused.
    const refused = page.waitForResponse('**/trpc/auth.register*');
    await button(page, 'Create account').click();
    await refused;
    await page.locator('button[aria-busy=true]').waitFor({ state: 'detached' });
    await page.getByText('This password is on lists that attackers try first.').waitFor();
    const person = newPerson();
    await fillRegistration(page, { ...person, password: person.username });
    await button(page, 'Create account').click();
    await page.getByText('Your password must not be your username.').waitFor();
  });

  it('offers sign-in and a reset for an address that has an account, and carries the address over', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const { email } = await account(app);
    await page.goto('/register');
    await fillRegistration(page, newPerson({ email }));
    await button(page, 'Create account').click();
    await page.getByText('There is already an account with this address.').waitFor();
    await page.getByRole('link', { name: 'Sign in with it' }).click();
    await page.waitForURL('**/sign-in');
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe(email);

    await page.goBack();
    await fillRegistration(page, newPerson({ email }));
    await button(page, 'Create account').click();
    await page.getByRole('link', { name: 'I forgot the password' }).click();
    await page.waitForURL('**/forgot-password');
    expect(await page.getByLabel('E-mail').inputValue()).toBe(email);
  });

  it('registers once, however fast the button is clicked, and finds its own account when the answer was lost on the way', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    let calls = 0;
    await page.route('**/trpc/auth.register*', async (route) => {
      calls += 1;
      await route.fetch();
      await route.abort('connectionreset');
    });
    await page.goto('/register');
    await fillRegistration(page, newPerson());
    await button(page, 'Create account').dblclick();
    await page.getByText('We could not reach the server.').waitFor();
    expect(calls).toBe(1);
    await page.unroute('**/trpc/auth.register*');
    await button(page, 'Create account').click();
    await page.waitForURL('**/code');
  });

  it('signs in with the e-mail address too; asks for what is missing, and answers a wrong password and an unknown name alike', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    await page.goto('/sign-in');
    await heading(page, 'Sign in').waitFor();
    expect(await kindsOfFields(page)).toEqual(['username', 'current-password']);
    await button(page, 'Continue').click();
    await page.getByText('This field is required.').first().waitFor();
    await focusOn(page, { name: 'username' });
    await fillSignIn(page, person.username, 'not the password');
    await page.getByText('That username or password is not right.').waitFor();
    // The password is typed over at once.
    await focusOn(page, { name: 'password' });
    await fillSignIn(page, 'nobody-at-all', 'not the password');
    await page.getByText('That username or password is not right.').waitFor();
    await fillSignIn(page, person.email.toUpperCase(), person.password);
    await page.getByText(`We sent a six-digit code to ${person.email.toUpperCase()}.`).waitFor();
  });
});
