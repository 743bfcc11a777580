import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { signIn } from '../../server/test/flows.ts';
import { app } from './app.ts';
import { openVisitor } from './visitors.ts';
import { account, button, codeField, fillSignIn, goTo, heading, linkTo, newestCode, openSignedIn } from './world.ts';

const newPassword = 'a kettle and seven drums in it';

async function choosePassword(page: Page, password: string, submit: string) {
  await page.getByLabel('New password').fill(password);
  await page.getByLabel('Repeat the password').fill(password);
  await button(page, submit).click();
}

describe.concurrent('a forgotten password', () => {
  it('is reset with the link of the mail; every device is signed out and the new password works', async () => {
    await using visitor = await openSignedIn(app, { path: '/forgot-password' });
    const { page, person } = visitor;
    await page.getByLabel('E-mail').fill(person.email);
    await button(page, 'Send the link').click();
    await heading(page, 'Look into your mail').waitFor();
    await page.getByText(`If ${person.email} belongs to an account`).waitFor();

    await page.goto(await linkTo(app, person.email, '/reset-password#token='));
    await heading(page, 'Choose a new password').waitFor();
    // The secret leaves the address bar at once, and the history with it.
    expect(new URL(page.url()).hash).toBe('');
    await page.reload();
    // The strength says why while it is typed: the form takes the next password when it was refused.
    const refused = page.waitForResponse('**/trpc/auth.resetPassword*');
    await choosePassword(page, 'password123', 'Save the new password');
    await refused;
    await page.locator('button[aria-busy=true]').waitFor({ state: 'detached' });
    await page.getByText('This password is on lists that attackers try first.').waitFor();
    await choosePassword(page, newPassword, 'Save the new password');
    await page.getByText('Your new password is set, and all devices were signed out.').waitFor();
    await fillSignIn(page, person.username, newPassword);
    await page.waitForURL('**/code');
  });

  it('offers a new link where the old one is used, wrong or missing', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    await page.goto('/reset-password#token=wrong');
    // Said on arrival, before anything is typed.
    await heading(page, 'This link no longer works').waitFor();
    await app.call('auth.requestPasswordReset', { email: person.email });
    const link = await linkTo(app, person.email, '/reset-password#token=');
    // A good one, opened in the same tab, takes its place though only the fragment changes.
    await page.goto(link);
    await choosePassword(page, newPassword, 'Save the new password');
    await page.waitForURL('**/sign-in');
    await goTo(page, link);
    await heading(page, 'This link no longer works').waitFor();
    expect(new URL(page.url()).hash).toBe('');
    await page.getByRole('link', { name: 'Ask for a new link' }).click();
    await page.waitForURL('**/forgot-password');
    await goTo(page, '/reset-password');
    await heading(page, 'This link no longer works').waitFor();
  });

  it('has the address that password managers look for', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/.well-known/change-password');
    await page.waitForURL('**/sign-in?next=%2Faccount%2Fpassword');
    await page.getByText('Please sign in to see this page.').waitFor();
  });
});

describe.concurrent('"that was not me"', () => {
  it('says what happens and starts a reset', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    await page.goto('/not-me');
    await page.getByText('As soon as you save it, every device is signed out').waitFor();
    await page.getByLabel('E-mail').fill(person.email);
    await button(page, 'Send the link').click();
    expect(await linkTo(app, person.email, '/reset-password#token=')).toContain(app.origin);
  });
});

describe.concurrent('a changed e-mail address', () => {
  it('is confirmed with a code sent to the new one, survives a reload, and is undone from the old one', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/email' });
    const { page, person } = visitor;
    const changed = `new-${person.email}`;
    await page.getByLabel('New e-mail').fill(changed);
    await page.getByLabel('Current password').fill('wrong');
    await button(page, 'Send a code to the new address').click();
    await page.getByText('This is not your current password.').waitFor();
    await page.getByLabel('Current password').fill(person.password);
    await button(page, 'Send a code to the new address').click();
    await page.getByText(`We sent a six-digit code to ${changed}.`).waitFor();
    await page.reload();
    await codeField(page).fill(await newestCode(app, changed));
    await page.getByText(`Your address is now ${changed}.`).waitFor();

    await page.goto(await linkTo(app, person.email, '/undo-email-change#code='));
    await heading(page, 'Take your address back').waitFor();
    expect(new URL(page.url()).hash).toBe('');
    await choosePassword(page, newPassword, 'Restore my address');
    await page.getByText('Your address is restored and your new password is set.').waitFor();
    await signIn(app, { ...person, password: newPassword });
  });

  it('is not changed while the code is wrong, and can be given up', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/email' });
    const { page, person } = visitor;
    const taken = await account(app);
    // An address counts as taken when its owner has shown that it is theirs.
    await signIn(app, taken);
    await page.getByLabel('New e-mail').fill(person.email);
    await page.getByLabel('Current password').fill(person.password);
    await button(page, 'Send a code to the new address').click();
    await page.getByText('This is your address already.').waitFor();
    await page.getByLabel('New e-mail').fill(taken.email);
    await button(page, 'Send a code to the new address').click();
    await page.getByText('There is already an account with this address.').waitFor();
    await page.getByLabel('New e-mail').fill(`new-${person.email}`);
    await button(page, 'Send a code to the new address').click();
    const code = await newestCode(app, `new-${person.email}`);
    await codeField(page).fill(code === '000000' ? '111111' : '000000');
    await page.getByText('You have 4 tries left.').waitFor();
    await button(page, 'Keep my old address').click();
    await page.getByText(`Your codes go to ${person.email}.`).waitFor();
  });

  it('closes a deleted account first, and the old address can have it deleted at once', async () => {
    const person = await account(app);
    const { accessToken: token } = await signIn(app, person);
    const email = `new-${person.email}`;
    const asked = await app.call<{ challengeId: string }>(
      'user.requestEmailChange',
      { email, currentPassword: person.password },
      { token },
    );
    const { challengeId } = asked.data;
    await app.call('user.confirmEmailChange', { challengeId, otp: await newestCode(app, email) }, { token });
    await using visitor = await openSignedIn(app, { path: '/account/delete', person: { ...person, email } });
    const { page } = visitor;
    await page.getByLabel('Current password').fill(person.password);
    await page.getByLabel('I understand').check();
    await button(page, 'Delete my account').click();
    await page.getByText(/Your account is closed until .*20\d\d/).waitFor();

    await page.goto(await linkTo(app, person.email, '/undo-email-change#code='));
    await button(page, 'Give up this way back').click();
    await button(page, 'Yes, for good').click();
    await heading(page, 'This way back is closed').waitFor();
    await app.mail.waitFor(({ to, subject }) => to === email && subject === 'Your account was deleted');
  });

  it('offers a reset where the link to undo it no longer works; that says the same for an address without an account', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/undo-email-change#code=wrong');
    await heading(page, 'This link no longer works').waitFor();
    await page.getByRole('link', { name: 'Reset the password' }).click();
    await page.waitForURL('**/forgot-password');
    await page.getByLabel('E-mail').fill('nobody@example.com');
    await button(page, 'Send the link').click();
    await page.getByText('If nobody@example.com belongs to an account').waitFor();
    await button(page, 'Use another address').click();
    await page.getByLabel('E-mail').waitFor();
  });
});
