import { json } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Person } from '../../server/src/testing/people.ts';
import { signIn } from '../../server/test/flows.ts';
import { stored } from '../../server/test/stored.ts';
import { app } from './app.ts';
import { openVisitor } from './visitors.ts';
import { account, button, eventually, focusOn, heading, openSignedIn, signInAs } from './world.ts';

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const phone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1';

/** As a quarter of an hour after the sign-in. */
const forgetConfirmation = ({ username }: Person) =>
  stored(app).users.updateOne({ usernameKey: username }, { $unset: { 'sessions.$[].confirmedAt': '' } });

describe.concurrent('the account', () => {
  it('shows who is signed in, leads to every part, and keeps the zone in which mails tell times', async () => {
    await using visitor = await openSignedIn(app);
    const { page, person } = visitor;
    await heading(page, 'Hello, Ada').waitFor();
    await page.getByText(person.email).waitFor();
    await page.getByText('Signed in on 1 device').waitFor();
    for (const title of ['Profile', 'E-mail', 'Devices', 'Activity', 'Security', 'Preferences']) {
      await page.getByRole('navigation').getByRole('link', { name: title }).click();
      await heading(page, title).waitFor();
      await eventually(() => page.title(), `${title} · Latchkey`);
      await eventually(() => heading(page, title).evaluate((element) => element === document.activeElement), true);
      if (title !== 'Security') continue;
      // What keeps the account safe stands at one place.
      await page.getByText('Not changed since you registered').waitFor();
      await page.getByText(`A code by mail to ${person.email}`).waitFor();
      await page.getByText('Signed in on 1 device').waitFor();
    }
    await button(page, 'Use that of this browser: Europe/Berlin').click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    await page.reload();
    await eventually(() => page.getByLabel('Time zone').inputValue(), 'Europe/Berlin');
    await button(page, 'Account menu').click();
    await page.getByRole('radio', { name: 'Dark' }).first().check();
    await eventually(() => page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark');
    await page.keyboard.press('Escape');
    await focusOn(page, { text: 'Account menu' });
  });

  it('asks in German too: for the password before it gives a file of what is kept, and before a change, with a lock counted down', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile', locale: 'de-DE' });
    const { page, person } = visitor;
    await button(page, 'Meine Daten herunterladen').waitFor();
    await forgetConfirmation(person);
    await button(page, 'Meine Daten herunterladen').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Passwort', { exact: true }).fill(person.password);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.locator('button[type=submit]').click(),
    ]);
    expect(download.suggestedFilename()).toBe(`latchkey-${person.username}.json`);
    expect(await json(await download.createReadStream())).toMatchObject({
      profile: { email: person.email },
      sessions: [{ current: true }],
    });
    await page.getByText('Ihre Daten sind heruntergeladen.').waitFor();

    // Nothing is changed where that is cancelled.
    await forgetConfirmation(person);
    const { caller } = await app.session(person);
    for (let wrong = 0; wrong < 10; wrong += 1) await caller.session.confirm({ password: 'wrong' }).catch(() => {});
    await page.getByLabel('Benutzername').fill(`x${person.username}`);
    await button(page, 'Benutzernamen ändern').click();
    const again = page.getByRole('dialog', { name: 'Bestätigen Sie, dass Sie es sind' });
    await again.getByLabel('Passwort', { exact: true }).fill(person.password);
    await button(page, 'Bestätigen').click();
    await again.getByText(/Zu viele falsche Passwörter.*1[45]:\d\d/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Es wurde nichts geändert: Dafür ist Ihr Passwort nötig.').waitFor();
    await eventually(() => again.count(), 0);
    expect(await page.getByLabel('Benutzername').inputValue()).toBe(`x${person.username}`);
    expect((await app.audit.of(person)).map(({ type }) => type)).not.toContain('username-changed');
  });

  it('changes names; a taken username is told at its field, and at its row what could not be loaded', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile' });
    const { page } = visitor;
    const other = await account(app);
    await page.getByLabel('First name').fill('Augusta');
    await button(page, 'Save changes').click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    const rename = async (username: string) => {
      await page.getByLabel('Username').fill(username);
      await button(page, 'Change username').click();
    };
    await rename(other.username);
    await page.getByText('This username is taken.').waitFor();
    expect(await page.getByText('Saved.', { exact: true }).count()).toBe(0);
    await rename(`x${other.username}`);
    await page.getByText('Changed.', { exact: true }).waitFor();
    // Leaving the field tells it already; one's own name is no news.
    await page.getByLabel('Username').fill(other.username);
    await page.getByLabel('Last name').focus();
    await page.getByText('This username is taken.').waitFor();
    await page.getByLabel('Username').fill(`X${other.username}`);
    await page.getByLabel('Last name').focus();
    await page.getByText('This username is taken.').waitFor({ state: 'hidden' });
    // One sentence at a time: the next attempt takes "changed" off the page, whatever comes of it.
    await rename(other.username);
    await page.getByText('This username is taken.').waitFor();
    await eventually(() => page.getByText('Changed.', { exact: true }).count(), 0);
    const border = await page.getByLabel('Username').evaluate((input) => getComputedStyle(input).borderColor);
    const calm = await page.getByLabel('Last name').evaluate((input) => getComputedStyle(input).borderColor);
    expect(border).not.toBe(calm);
    await rename(`x${other.username}`);
    await page.getByText('Nothing has changed').waitFor();
    await page.route('**/trpc/session.list*', (route) =>
      route.fulfill({
        status: 500,
        json: [{ error: { message: '', code: -32603, data: { code: 'INTERNAL', httpStatus: 500 } } }],
      }),
    );
    await page.getByRole('link', { name: 'Overview' }).click();
    await heading(page, 'Hello, Augusta').waitFor();
    await page.getByText('Could not be loaded.').waitFor();
    await page.unroute('**/trpc/session.list*');
    await button(page, 'Try again').click();
    await page.getByText('Signed in on 1 device').waitFor();
  });

  it('asks for the password before the username is changed, and goes on with what was typed', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile' });
    const { page, person } = visitor;
    await forgetConfirmation(person);
    let calls = 0;
    page.on('request', (request) => {
      if (request.url().includes('user.changeUsername')) calls += 1;
    });
    await page.getByLabel('Username').fill(`x${person.username}`);
    await button(page, 'Change username').click();
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    const password = dialog.getByLabel('Password', { exact: true });
    await password.waitFor();
    await focusOn(page, { name: 'password' });
    await password.fill('wrong');
    await button(page, 'Confirm').click();
    await dialog.getByText('This is not your current password.').waitFor();
    await focusOn(page, { name: 'password' });
    await password.fill(person.password);
    await page.keyboard.press('Enter');
    await page.getByText('Changed.', { exact: true }).waitFor();
    await eventually(() => dialog.count(), 0);
    expect(calls).toBe(2);
    await focusOn(page, { text: 'Change username' });
    const renamed = { username: `x${person.username}` };
    expect((await app.audit.of(renamed)).map(({ type }) => type)).toContain('username-changed');

    // A page that was refused asks by itself, once; whoever cancels that has a button.
    const app403 = { code: 'REAUTHENTICATION_REQUIRED', details: { maxAgeSeconds: 900, methods: ['password'] } };
    const refused = { message: '', code: -32003, data: { code: 'FORBIDDEN', httpStatus: 403, app: app403 } };
    await page.route('**/trpc/session.list*', (route) => route.fulfill({ status: 403, json: [{ error: refused }] }));
    await page.getByRole('navigation').getByRole('link', { name: 'Devices' }).click();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Please confirm your password first.').waitFor();
    await button(page, 'Confirm password').click();
    await password.fill(person.password);
    await page.unroute('**/trpc/session.list*');
    await page.keyboard.press('Enter');
    await page.getByText('You are signed in on this device only.').waitFor();
  });

  it('keeps what was typed over a reload and an ended session, and asks before it is left', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile' });
    const { page, person } = visitor;
    const firstName = page.getByLabel('First name');
    await firstName.fill('Augusta');
    await page.reload();
    await eventually(() => firstName.inputValue(), 'Augusta');
    const { accessToken } = await signIn(app, person);
    await app.call('session.revokeOthers', undefined, { token: accessToken });
    await button(page, 'Save changes').click();
    await page.waitForURL('**/sign-in?next=%2Faccount%2Fprofile');
    await signInAs(app, page, person);
    await eventually(() => firstName.inputValue(), 'Augusta');

    await page.getByRole('link', { name: 'Overview' }).click();
    await button(page, 'Stay on this page').click();
    expect(await firstName.inputValue()).toBe('Augusta');
    await page.getByRole('link', { name: 'Overview' }).click();
    await button(page, 'Leave without saving').click();
    await heading(page, 'Hello, Ada').waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Profile' }).click();
    await eventually(() => firstName.inputValue(), 'Ada');
    // So does every other form, the second of a page too.
    await page.getByLabel('Username').fill('augusta');
    await page.getByRole('link', { name: 'Overview' }).click();
    await button(page, 'Stay on this page').click();
  });

  it('changes the password, which signs out every other device', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/password' });
    const { page, person, context } = visitor;
    const elsewhere = await signIn(app, person);
    const tab = await context.newPage();
    await tab.goto('/account');
    await heading(tab, 'Hello, Ada').waitFor();
    await page.getByLabel('Current password').fill('wrong');
    await page.getByLabel('New password').fill('a kettle and seven drums in it');
    await page.getByLabel('Repeat the password').fill('a kettle and seven drums in it');
    await button(page, 'Change password').click();
    await page.getByText('This is not your current password.').waitFor();
    await page.getByLabel('Current password').fill(person.password);
    await button(page, 'Change password').click();
    await page.getByText('Your password is changed. All other devices were signed out.').waitFor();
    expect(await page.getByLabel('Current password').inputValue()).toBe('');
    expect((await app.call('user.me', undefined, { token: elsewhere.accessToken })).code).toBe('UNAUTHENTICATED');
    // Every tab goes on with the tokens that the change brought, and so does the browser after a reload.
    for (const open of [page, tab]) {
      await open.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
      await open.getByText('Password changed').waitFor();
    }
    await tab.reload();
    await tab.getByText('Password changed').waitFor();
  });

  it('lists the devices, marks this one, ends one or all others, and signs out everywhere', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/devices' });
    const { page, person } = visitor;
    await page.getByText('You are signed in on this device only.').waitFor();
    const devices = page.getByRole('main').getByRole('listitem');
    for (const agent of [firefox, phone, phone]) await signIn(app, person, { headers: { 'user-agent': agent } });
    await page.reload();
    await page.getByText('Firefox on Linux').first().waitFor();
    await eventually(() => devices.count(), 4);
    expect(await devices.filter({ hasText: 'This device' }).count()).toBe(1);
    await page
      .getByText(/Last seen (now|\d+ minutes? ago)/)
      .first()
      .waitFor();

    expect(await devices.getByText('New', { exact: true }).count()).toBe(3);
    await button(page, 'Rename: Firefox on Linux').click();
    await page.getByLabel('Name of this device').fill('The old laptop');
    await button(page, 'Save changes').click();
    await focusOn(page, { text: 'Rename' });
    await page.reload();
    await page.getByText('Details').first().click();
    await button(page, 'End session: The old laptop').click();
    await page.getByText('The session on The old laptop is ended.').waitFor();
    await eventually(() => devices.count(), 3);
    // The button is gone; the focus is on what came of it, not lost.
    await focusOn(page, { text: 'is ended.' });
    await button(page, 'End all other sessions').click();
    await button(page, 'Cancel').click();
    await button(page, 'End all other sessions').click();
    await button(page, 'Yes, end all others').click();
    await page.getByText('2 other sessions were ended.').waitFor();
    expect(await page.getByText('is ended.').count()).toBe(0);
    await eventually(() => devices.count(), 1);

    const elsewhere = await signIn(app, person);
    await button(page, 'Sign out everywhere').click();
    await button(page, 'Yes, sign out everywhere').click();
    await page.getByText('You are signed out.').waitFor();
    expect((await app.call('user.me', undefined, { token: elsewhere.accessToken })).code).toBe('UNAUTHENTICATED');
  });

  it('tells what happened, in words and page by page', async () => {
    const person = await account(app);
    const elsewhere = await signIn(app, person);
    for (let change = 0; change < 21; change += 1) {
      await app.call('user.updateProfile', { firstName: `Ada ${change}` }, { token: elsewhere.accessToken });
    }
    await using visitor = await openSignedIn(app, { path: '/account/activity', person });
    const { page } = visitor;
    await page.getByText('Profile changed').first().waitFor();
    // Behind a page of changes: a kind is asked of the server, not of what is loaded.
    await button(page, 'Sign-ins').click();
    await page.getByText('Signed in', { exact: true }).first().waitFor();
    await button(page, 'All').click();
    const events = page.getByRole('main').getByRole('listitem');
    // A sign-in with its code is one row of the twenty events.
    expect(await events.count()).toBeGreaterThanOrEqual(18);
    await button(page, 'Show more').click();
    await page.getByText('Account created').waitFor();
    await page.getByText('That is everything.').waitFor();
    await focusOn(page, { text: 'That is everything.' });
    await button(page, 'Sign-ins').click();
    // The code and the session of a sign-in are one row, under its day.
    await page.getByRole('heading', { level: 2, name: 'Today' }).waitFor();
    await eventually(() => page.getByText('Sign-in code sent').count(), 0);
    await page
      .getByRole('link', { name: /That was not me: Signed in/ })
      .first()
      .click();
    await heading(page, 'That was not you?').waitFor();
  });

  it('is deleted after the password and a tick, and is gone then', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile' });
    const { page, person } = visitor;
    await page.getByRole('link', { name: 'Delete this account' }).click();
    await page.getByLabel('Current password').fill('wrong');
    await button(page, 'Delete my account').click();
    await page.getByText('Please tick this box to go on.').waitFor();
    await page.getByLabel('I understand').check();
    await button(page, 'Delete my account').click();
    await page.getByText('This is not your current password.').waitFor();
    await page.getByLabel('Current password').fill(person.password);
    await button(page, 'Delete my account').click();
    await page.getByText('Your account is deleted.').waitFor();
    const again = await app.call('auth.login', { username: person.username, password: person.password });
    expect(again.code).toBe('INVALID_CREDENTIALS');
  });

  it('speaks German when asked to, at once, after a reload, and in the mails', async () => {
    await using visitor = await openSignedIn(app);
    const { page, person } = visitor;
    await heading(page, 'Hello, Ada').waitFor();
    const saved = page.waitForResponse((response) => response.url().includes('user.updateProfile'));
    await button(page, 'Account menu').click();
    await page.getByLabel('Language').selectOption('Deutsch');
    await heading(page, 'Hallo, Ada').waitFor();
    await page.getByText('Auf 1 Gerät angemeldet').waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('de');
    await saved;
    await page.reload();
    await heading(page, 'Hallo, Ada').waitFor();
    await button(page, 'Kontomenü').click();
    await button(page, 'Abmelden').click();
    await page.getByText('Sie sind abgemeldet.').waitFor();
    await app.call('auth.login', { username: person.username, password: person.password });
    await app.mail.waitFor(({ to, subject }) => to === person.email && subject === 'Ihr Code für die Anmeldung');
  });

  it('greets a browser that speaks German in German, and translates the errors of the server', async () => {
    await using visitor = await openVisitor(app, { locale: 'de-AT' });
    const { page } = visitor;
    await page.goto('/sign-in');
    await heading(page, 'Anmelden').waitFor();
    await page.getByLabel('Benutzername oder E-Mail').fill('nobody');
    await page.getByLabel('Passwort', { exact: true }).fill('nothing');
    await button(page, 'Weiter').click();
    await page.getByText('Benutzername oder Passwort stimmt nicht.').waitFor();
    await page.getByLabel('Sprache').selectOption('English');
    await page.getByText('That username or password is not right.').waitFor();
  });
});
