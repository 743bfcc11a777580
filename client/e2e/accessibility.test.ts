import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTestApp } from '@latchkey/server/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { newPerson } from '../../server/src/testing/people.ts';
import { login, signIn, tryPassword } from '../../server/test/flows.ts';
import { stored } from '../../server/test/stored.ts';
import { app } from './app.ts';
import { countHours } from './counted-hours.ts';
import { onThisMachine, openVisitor } from './visitors.ts';
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
  linkTo,
  newestCode,
  openSignedIn,
} from './world.ts';

const require = createRequire(import.meta.url);
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** Written on request, to be looked at: `SCREENSHOTS=1`. */
const screenshots = join(import.meta.dirname, 'screenshots');
if (process.env.SCREENSHOTS) mkdirSync(screenshots, { recursive: true });

async function photograph(page: Page, name: string) {
  if (process.env.SCREENSHOTS) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** The phone is as narrow as WCAG has a page flow into: what fits there fits on every other. */
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 320, height: 640 } };

interface Look {
  device: keyof typeof sizes;
  colorScheme: 'light' | 'dark';
}

/** Both schemes and both sizes; with the screenshots each scheme at each size. */
const brightDesktop: Look = { device: 'desktop', colorScheme: 'light' };
const darkPhone: Look = { device: 'phone', colorScheme: 'dark' };
const looks: Look[] = [
  brightDesktop,
  darkPhone,
  ...(process.env.SCREENSHOTS
    ? ([
        { device: 'phone', colorScheme: 'light' },
        { device: 'desktop', colorScheme: 'dark' },
      ] as const)
    : []),
];

interface Violation {
  id: string;
  nodes: { html: string; failureSummary: string }[];
}

async function violations(page: Page): Promise<string[]> {
  // Not a script element: the page's policy refuses those, as it should.
  const { violations: found } = await page.evaluate<{ violations: Violation[] }>(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    resultTypes: ['violations'],
    iframes: false,
    // None of these rules reads style sheets anew, and offline they could not be had.
    preload: false,
  })`);
  return found.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
}

/** Looks at a page in one scheme and size: nothing runs over the edge. */
async function see(page: Page, name: string, { device, colorScheme }: Look) {
  await page.setViewportSize(sizes[device]);
  await page.emulateMedia({ colorScheme });
  const measure = () =>
    page.evaluate(() => ({
      width: window.innerWidth,
      colorScheme: document.documentElement.dataset.mantineColorScheme,
      overflow: Math.max(0, document.documentElement.scrollWidth - window.innerWidth),
    }));
  // Layout follows the size of the window when the page gets to it.
  const expected = { name, width: sizes[device].width, colorScheme, overflow: 0 };
  await eventually(async () => ({ name, ...(await measure()) }), expected);
}

/**
 * Looks at a page on a desktop and a phone, light and dark: axe finds nothing, and nothing runs over the edge. It begins
 * with the look that the page has, and leaves it with the other.
 */
async function inspect(page: Page, name: string) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
  const isOnPhone = page.viewportSize()?.width === sizes.phone.width;
  for (const look of isOnPhone ? looks.toReversed() : looks) {
    const { device, colorScheme } = look;
    await see(page, name, look);
    expect(await violations(page), `${name}, ${device}, ${colorScheme}`).toEqual([]);
    await photograph(page, `${name}-${device}-${colorScheme}`);
  }
}

/** Somebody who runs the server, and has done something of many sorts. */
async function busyAdmin() {
  const admin = await app.account('carla-the-admin', { role: 'admin' });
  const { caller } = await app.session(admin);
  const [bob, zoe] = [await app.account('bob-in-the-record'), await app.account('zoe-in-the-record')];
  const reason = 'Called from the number that we have, and knew the last three invoices.';
  await caller.admin.unlockUser({ userId: bob.id, reason });
  await caller.admin.setUserRole({ userId: bob.id, role: 'admin', reason: 'Takes over in December.' });
  await caller.admin.setUserRole({ userId: bob.id, role: 'user', reason: 'It was the wrong Bob.' });
  await caller.admin.deleteUser({ userId: zoe.id, reason: 'Asked for by mail.' });
  const { path } = await caller.admin.exportAudit({ format: 'csv', userId: bob.id });
  await (await fetch(app.url + path)).text();
  return admin;
}

describe.concurrent('every page is accessible, in both colour schemes, on a desktop and a phone', () => {
  it('the landing page, not-found, that was not me', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/');
    await heading(page, 'One key for your account').waitFor();
    await inspect(page, 'landing');
    await goTo(page, '/nothing/here');
    await heading(page, 'There is nothing here').waitFor();
    await inspect(page, 'not-found');
    await goTo(page, '/not-me');
    await heading(page, 'That was not you?').waitFor();
    await inspect(page, 'not-me');
  });

  it('signing in, its errors, and registering with its errors', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/sign-in?next=/account');
    await heading(page, 'Sign in').waitFor();
    await inspect(page, 'sign-in');
    await fillSignIn(page, 'nobody', 'nothing');
    await page.getByText('That username or password is not right.').waitFor();
    await inspect(page, 'sign-in-refused');
    await goTo(page, '/register');
    await heading(page, 'Create your account').waitFor();
    await inspect(page, 'register');
    const { email } = await account(app);
    await fillRegistration(page, newPerson({ email, username: 'a' }));
    await button(page, 'Create account').click();
    await page.getByText('Use 3 to 32').first().waitFor();
    await inspect(page, 'register-invalid');
    await page.getByLabel('Username').fill(newPerson().username);
    await button(page, 'Create account').click();
    await page.getByText('There is already an account with this address.').waitFor();
    await inspect(page, 'register-taken');
  });

  it('the code: waiting, wrong, dead', async () => {
    await using visitor = await openVisitor(app, onThisMachine);
    const { page } = visitor;
    const person = await account(app);
    await page.goto('/sign-in');
    await fillSignIn(page, person.username, person.password);
    await codeField(page).waitFor();
    const code = await newestCode(app, person.email);
    await page.getByRole('link', { name: 'Open the development inbox' }).waitFor();
    await inspect(page, 'code');
    await codeField(page).fill(code === '000000' ? '111111' : '000000');
    await page.getByText('You have 4 tries left.').waitFor();
    await inspect(page, 'code-wrong');
    for (const left of ['3 tries', '2 tries', '1 try']) {
      await button(page, 'Confirm').click();
      await page.getByText(`You have ${left} left.`).waitFor();
    }
    await button(page, 'Confirm').click();
    await heading(page, 'This code can no longer be used').waitFor();
    await inspect(page, 'code-dead');
  });

  it('the ways back: forgotten password, its links, undoing a changed address', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/forgot-password');
    await heading(page, 'Reset your password').waitFor();
    await inspect(page, 'forgot-password');
    await page.getByLabel('E-mail').fill('somebody@example.com');
    await button(page, 'Send the link').click();
    await heading(page, 'Look into your mail').waitFor();
    await inspect(page, 'forgot-password-sent');
    const { email } = await account(app);
    await app.call('auth.requestPasswordReset', { email });
    await goTo(page, await linkTo(app, email, '/reset-password#token='));
    await heading(page, 'Choose a new password').waitFor();
    await inspect(page, 'reset-password');
    await goTo(page, '/undo-email-change#code=x');
    await heading(page, 'This link no longer works').waitFor();
    await inspect(page, 'undo-email-change-invalid');
  });

  it('the account: overview, profile, password, its end, security, preferences, its menu', async () => {
    await using visitor = await openSignedIn(app);
    const { page } = visitor;
    await page.getByText('Signed in on 1 device').waitFor();
    await inspect(page, 'account');
    await goTo(page, '/account/profile');
    await page.getByLabel('First name').waitFor();
    await page.getByLabel('First name').fill('Augusta');
    await button(page, 'Save changes').click();
    await page.getByText('Saved.', { exact: true }).waitFor();
    await inspect(page, 'profile');
    await stored(app).users.updateOne(
      { usernameKey: visitor.person.username },
      { $unset: { 'sessions.$[].confirmedAt': '' } },
    );
    await page.getByLabel('Username').fill('augusta');
    await button(page, 'Change username').click();
    await page.getByRole('dialog').getByLabel('Password', { exact: true }).waitFor();
    await inspect(page, 'profile-confirm');
    await page.keyboard.press('Escape');
    await page.getByText('Nothing was changed').waitFor();
    await goTo(page, '/account/password');
    await page.getByLabel('Current password').waitFor();
    await inspect(page, 'password');
    await goTo(page, '/account/delete');
    await page.getByLabel('I understand').waitFor();
    await inspect(page, 'delete-account');
    await goTo(page, '/account/security');
    await page.getByText('Account created').waitFor();
    await inspect(page, 'security');
    await goTo(page, '/account/preferences');
    await page.getByLabel('Time zone').waitFor();
    await button(page, 'Account menu').click();
    await inspect(page, 'preferences');
  });

  it('the account: e-mail, devices, activity', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/email' });
    const { page, person } = visitor;
    await page.getByLabel('New e-mail').waitFor();
    await inspect(page, 'email');
    await page.getByLabel('New e-mail').fill(`new-${person.email}`);
    await page.getByLabel('Current password').fill(person.password);
    await button(page, 'Send a code to the new address').click();
    await codeField(page).waitFor();
    await inspect(page, 'email-code');
    const agents = ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'curl/8.5.0'];
    for (const agent of agents) await signIn(app, person, { headers: { 'user-agent': agent } });
    await goTo(page, '/account/devices');
    await button(page, 'End all other sessions').click();
    await inspect(page, 'devices');
    await goTo(page, '/account/activity');
    await page.getByText('That is everything.').waitFor();
    await inspect(page, 'activity');
  });

  it('administration: an attack in the overview, in both languages, its table, and the devices in German', async () => {
    await countHours(app, 8 * 24);
    const person = await app.account(undefined, { role: 'admin' });
    await using visitor = await openSignedIn(app, { person, path: '/admin' });
    const { page } = visitor;
    await page.getByText('As a table').first().click();
    await page.getByRole('columnheader', { name: 'Wrong passwords' }).waitFor();
    await inspect(page, 'admin-overview');
    await using german = await openSignedIn(app, { person, path: '/admin', locale: 'de-DE' });
    await german.page.getByRole('img', { name: 'Anmeldungen, als Balken.' }).waitFor();
    await inspect(german.page, 'admin-overview-german');
    // The same with more bars.
    await goTo(german.page, '/admin?range=30d');
    await german.page
      .getByText(/^Jeder Balken sind \d+ Stunden/)
      .first()
      .waitFor();
    await see(german.page, 'admin-overview-german-30-days', darkPhone);
    expect(await violations(german.page)).toEqual([]);
    // The words of the account are longer in German too.
    await goTo(german.page, '/account/devices');
    await heading(german.page, 'Geräte').waitFor();
    await german.page.getByText('Dieses Gerät', { exact: true }).waitFor();
    await inspect(german.page, 'devices-german');
  });

  it('administration: users, nobody found, a user who is locked and signed in, an action', async () => {
    const admin = await app.account(undefined, { role: 'admin' });
    const person = await app.person();
    for (let attempt = 0; attempt < 10; attempt += 1) await tryPassword(app, person.username, 'wrong');
    await using visitor = await openSignedIn(app, { path: '/admin/users', person: admin });
    const { page } = visitor;
    await page.getByRole('table').waitFor();
    await inspect(page, 'admin-users');
    await page.getByRole('searchbox').fill('nobody-like-that');
    await page.getByText('Nobody is like that.').waitFor();
    await inspect(page, 'admin-users-nobody');
    await goTo(page, `/admin/users/${person.user.id}`);
    await page.getByText('Signing in is locked').waitFor();
    await inspect(page, 'admin-user');
    await button(page, 'Delete the account').click();
    await page.getByRole('dialog').locator('[type="submit"]').click();
    await page.getByText('That is not the username').waitFor();
    await inspect(page, 'admin-user-delete');
  });

  it('administration: the audit with an event that is opened, and with none', async () => {
    const person = await busyAdmin();
    await using visitor = await openSignedIn(app, { path: `/admin/audit?by=${person.id}`, person });
    const { page } = visitor;
    await page.locator('summary', { hasText: '@carla-the-admin unlocked' }).click();
    await page.getByText('Everything they did').waitFor();
    await inspect(page, 'admin-audit');
    await goTo(page, '/admin/audit?user=nobody&from=2026-01-01T00:00:00.000Z&type=signed-in&by=cli');
    await page.getByText('There are no such events.').waitFor();
    await inspect(page, 'admin-audit-none');
  });

  it('the development inbox, empty and with mail', async () => {
    await using own = await createTestApp();
    await using visitor = await openVisitor(own, onThisMachine);
    const { page } = visitor;
    await page.goto('/dev/inbox');
    await page.getByText('No mail yet').waitFor();
    await inspect(page, 'inbox-empty');
    const person = await account(own);
    await login(own, person);
    await page.getByRole('list', { name: 'Mails' }).getByRole('button').first().click();
    await page.frameLocator('iframe').getByText('Your OTP is').first().waitFor();
    await inspect(page, 'inbox');
  });

  it('a server that does not answer, and a browser that is offline', async () => {
    await using visitor = await openSignedIn(app);
    const { page, context } = visitor;
    await heading(page, 'Hello, Ada').waitFor();
    await page.route('**/trpc/auth.refresh', (route) => route.abort());
    await page.reload();
    await heading(page, 'Connecting to your account').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await inspect(page, 'connecting-offline');
  });
});

describe.concurrent('without a mouse', () => {
  it('the whole way from the landing page into the account is walked by keyboard, with the focus always visible', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const { keyboard } = page;
    const person = newPerson();

    /** Moves on with the tab key until what has the focus carries a name. */
    async function tabTo(name: string) {
      for (let steps = 0; steps < 25; steps += 1) {
        await keyboard.press('Tab');
        const { text, outline } = await page.evaluate(() => {
          const element = document.activeElement;
          const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : element?.textContent;
          // A field shows it on the frame around it.
          const shown = element?.closest('.mantine-Input-input') ?? element ?? document.body;
          return { text: label?.trim(), outline: getComputedStyle(shown).outlineStyle !== 'none' };
        });
        if (text !== name) continue;
        expect(outline, `the focus on ${name} is visible`).toBe(true);
        return;
      }
      throw new Error(`The tab key does not reach ${name}`);
    }

    await page.goto('/');
    await heading(page, 'One key for your account').waitFor();
    await keyboard.press('Tab');
    await focusOn(page, { text: 'Skip to the content' });
    await keyboard.press('Enter');
    await tabTo('Create an account');
    await keyboard.press('Enter');
    await heading(page, 'Create your account').waitFor();
    await focusOn(page, { name: 'firstName' });
    for (const [label, value] of [
      ['First name', person.firstName],
      ['Last name', person.lastName],
      ['Username', person.username],
      ['E-mail', person.email],
      ['Password', person.password],
      ['Repeat the password', person.password],
    ] as const) {
      if (label !== 'First name') await tabTo(label);
      await keyboard.type(value);
    }
    await keyboard.press('Enter');
    await codeField(page).waitFor();
    await keyboard.type(await newestCode(app, person.email));
    await heading(page, 'Hello, Ada').waitFor();
    await tabTo('Devices');
    await keyboard.press('Enter');
    await heading(page, 'Devices').waitFor();
    await tabTo('Sign out everywhere');
    await keyboard.press('Enter');
    await focusOn(page, { text: 'Yes, sign out everywhere' });
    await keyboard.press('Escape');
    await focusOn(page, { text: 'Sign out everywhere' });
    await keyboard.press('Enter');
    await keyboard.press('Enter');
    await page.waitForURL('**/sign-in');
  });

  it('nothing moves where the person asked for less motion', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await page.goto('/register');
    await page.getByLabel('Password', { exact: true }).fill('a kettle and seven drums in it');
    await page.getByText('Strong.').waitFor();
    const moving = await page.evaluate(
      () => document.getAnimations().filter(({ playState }) => playState === 'running').length,
    );
    expect(moving).toBe(0);
  });
});
