import { createTestApp } from '@latchkey/server/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { stored } from '../../server/test/stored.ts';
import { app } from './app.ts';
import { countHours } from './counted-hours.ts';
import { button, codeField, focusOn, goTo, heading, newestCode, openSignedIn, signOut } from './world.ts';

/** Somebody who runs the server, in their browser. */
const openAdmin = async (path: string, options = {}) =>
  openSignedIn(app, { path, person: await app.account(undefined, { role: 'admin' }), ...options });

const rows = (page: Page) => page.getByRole('table', { name: 'Users' }).getByRole('row');

/** Fills in why, in the dialog that is open, and sends it. */
async function giveReason(page: Page, reason: string) {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.locator('[type="submit"]').click();
}

/** Answers the dialog that asks whether it is still the same person. */
async function confirmPassword(page: Page, password: string) {
  const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
  await dialog.getByLabel('Password', { exact: true }).fill(password);
  await dialog.getByRole('button', { name: 'Confirm', exact: true }).click();
}

describe.concurrent('administration', () => {
  it('begins with whether somebody attacks, in plain words, and draws the range of its address', async () => {
    await using attacked = await createTestApp({ now: new Date('2026-03-10T09:00:00.000Z') });
    await countHours(attacked, 8 * 24);
    const person = await attacked.account(undefined, { role: 'admin' });
    await using visitor = await openSignedIn(attacked, { path: '/admin', person });
    const { page } = visitor;
    const main = page.getByRole('main');
    await main.getByText('More failures than usual: 312 failed sign-ins in the last hour, usually about 4.').waitFor();
    await page.getByRole('link', { name: '7 days' }).click();
    await page.waitForURL('**/admin?range=7d');
    await main.getByRole('img', { name: 'Sign-ins, as bars.' }).waitFor();
    await page.reload();
    await main.getByText('Each bar is 3 hours').waitFor();

    await stored(attacked).hourlyCounts.updateMany(
      {},
      { $unset: { 'counts.failedPasswords': '', 'counts.locks': '' } },
    );
    await button(page, 'Refresh').click();
    await main.getByText('Quiet. The last hour is like this time of day on the days before.').waitFor();

    attacked.clock.advance('16m');
    await button(page, 'Refresh').click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await button(page, 'Confirm password').click();
    await confirmPassword(page, person.password);
    await button(page, 'Confirm password').waitFor({ state: 'detached' });
    await main.getByText('As of 10:16').waitFor();

    // Another page asks by itself, and once.
    attacked.clock.advance('16m');
    await page.getByRole('link', { name: 'Users' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await button(page, 'Confirm password').waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await confirmPassword(page, person.password);
    await main.getByRole('listitem').first().waitFor();
  });

  it('is reached by the menu of those who run the server, and finds somebody while one types', async () => {
    const eve = await app.person('evelyn-the-tall');
    await eve.caller.user.updateProfile({ firstName: 'Evelyn', lastName: 'Tallis' });
    await using visitor = await openAdmin('/account');
    const { page } = visitor;
    await button(page, 'Account menu').click();
    await page.getByRole('link', { name: 'Administration' }).click();
    await heading(page, 'Overview').waitFor();
    await page.getByRole('link', { name: 'Users' }).click();
    await heading(page, 'Users').waitFor();
    const asked: string[] = [];
    page.on('request', (request) => request.url().includes('admin.listUsers') && asked.push(request.url()));
    // The first question is never answered: it is given up for the next.
    await page.route(/admin\.listUsers.*evelyn%22/, () => {});
    const givenUp = page.waitForEvent('requestfailed', (request) => request.url().includes('evelyn%22'));
    const field = page.getByRole('searchbox', { name: 'Find by username, e-mail or name' });
    const sent = page.waitForRequest(/admin\.listUsers.*evelyn%22/);
    await field.pressSequentially('evelyn');
    await sent;
    await field.pressSequentially('-the');
    await givenUp;
    await page.waitForURL((url) => url.searchParams.get('q') === 'evelyn-the');
    const link = page.getByRole('link', { name: 'Evelyn Tallis' });
    await link.waitFor();
    await rows(page).nth(2).waitFor({ state: 'detached' });
    // Typing asks once it pauses, not with each letter.
    expect(asked.length).toBeLessThan(10);
    // By keyboard alone: the row leads to the user, and back to what was found.
    await link.focus();
    await page.keyboard.press('Enter');
    await heading(page, 'Evelyn Tallis').waitFor();
    await page.getByRole('link', { name: 'All users' }).click();
    await link.waitFor();
    expect(await field.inputValue()).toBe('evelyn-the');
    await field.fill('nobody-like-that');
    await page.getByText('Nobody is like that.').waitFor();
    await button(page, 'Show everybody').first().click();
    await rows(page).first().waitFor();
    expect(await field.inputValue()).toBe('');
  });

  it('keeps filters in the address and goes through pages, back as well, also after a reload', async () => {
    for (let number = 0; number < 45; number += 1) await app.account(`shut-out-${number}`, { status: 'disabled' });
    await using visitor = await openAdmin('/admin/users?q=shut-out&status=disabled');
    const { page } = visitor;
    const shown = async () => (await rows(page).allInnerTexts()).slice(1);
    await rows(page).nth(20).waitFor();
    const first = await shown();
    await button(page, 'Next').click();
    await page.getByText('Page 2').waitFor();
    await page.reload();
    await page.getByText('Page 2').waitFor();
    await button(page, 'Next').click();
    await page.getByText('Page 3').waitFor();
    await rows(page).nth(6).waitFor({ state: 'detached' });
    expect((await shown()).some((row) => first.includes(row))).toBe(false);
    await button(page, 'Previous').click();
    await page.getByText('Page 2').waitFor();
    await button(page, 'Previous').click();
    await page.getByText('Page 1').waitFor();
    await page.locator('[aria-busy="false"]').waitFor();
    expect(await shown()).toEqual(first);
    await page.getByLabel('State').selectOption('Active');
    await page.getByText('Nobody is like that.').waitFor();
    await page.waitForURL((url) => url.search === '?q=shut-out&status=active');
  });

  it('disables somebody with a reason, whose session is out then, after the password was confirmed', async () => {
    const mallory = await app.person();
    await using visitor = await openAdmin(`/admin/users/${mallory.user.id}`);
    const { page, person } = visitor;
    await heading(page, 'Ada Lovelace').waitFor();
    // As a quarter of an hour later.
    await stored(app).users.updateOne({ username: person.username }, { $unset: { 'sessions.0.confirmedAt': 1 } });
    await page.getByRole('button', { name: 'Disable' }).click();
    await page.getByRole('dialog').locator('[type="submit"]').click();
    await page.getByText('This field is required.').waitFor();
    expect((await mallory.caller.user.me()).username).toBe(mallory.username);
    await giveReason(page, 'sent spam');
    await confirmPassword(page, person.password);
    await page.getByText(`@${mallory.username} is disabled, and every session was ended.`).waitFor();
    await focusOn(page, { text: 'is disabled' });
    expect((await app.call('user.me', undefined, { token: mallory.accessToken })).code).toBe('UNAUTHENTICATED');
    await page.getByText(/^An administrator disabled this account.*: “sent spam”$/).waitFor();
    await page.getByText('Signed in nowhere.').waitFor();
    await page.getByRole('button', { name: 'Enable again' }).waitFor();
  });

  it('says what an action on oneself does, and refuses to take the last administrator away', async () => {
    await using alone = await createTestApp();
    const person = await alone.account(undefined, { role: 'admin' });
    await using visitor = await openSignedIn(alone, { path: `/admin/users/${person.id}`, person });
    const { page } = visitor;
    await page.getByRole('button', { name: 'Withdraw administration' }).click();
    await page.getByText('This is your own account: you lose administration at once').waitFor();
    await giveReason(page, 'a holiday');
    await page.getByText('This is the last administrator.').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByText('Administrator', { exact: true }).waitFor();
  });

  it('moves somebody to a new address with the code that its owner tells, and deletes whom it is sure of', async () => {
    const bob = await app.person();
    await using visitor = await openAdmin(`/admin/users/${bob.user.id}`);
    const { page } = visitor;
    const address = `${bob.username}@elsewhere.example`;
    await button(page, 'E-mail: Change').click();
    await page.getByLabel('New e-mail').fill(address);
    await giveReason(page, 'lost the mailbox');
    await codeField(page).waitFor();
    await page.reload();
    await button(page, 'Enter code').click();
    await codeField(page).fill(await newestCode(app, address));
    await page.getByText(`The address is now ${address}`).waitFor();
    const waiting = () =>
      page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.includes('email-change')));
    expect(await waiting()).toEqual([]);
    await button(page, 'E-mail: Change').click();
    await page.getByLabel('New e-mail').fill(`second-${address}`);
    await giveReason(page, 'mistyped');
    await button(page, 'Enter it later').click();
    expect(await waiting()).toHaveLength(1);
    await page.getByRole('button', { name: 'Delete the account' }).click();
    await page.getByLabel('Type the username').fill('somebody');
    await giveReason(page, 'asked for it');
    await page.getByText('That is not the username of this account.').waitFor();
    await page.getByLabel('Type the username').fill(bob.username);
    await giveReason(page, 'asked for it');
    await page.getByText(`@${bob.username} was deleted, or closed`).waitFor();
    // The old address can undo its change for seven days: until then the account is closed only.
    await page.getByText('It stays closed').waitFor();
    await signOut(page);
    await page.getByText('You are signed out.').waitFor();
    expect(await waiting()).toEqual([]);
  });

  it('shows cards on a phone, with exact times, and filters when they are asked for', async () => {
    const { user } = await app.person('only-on-phones');
    const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    await using visitor = await openAdmin('/admin/users?q=only-on', phone);
    const { page } = visitor;
    const card = rows(page).nth(1);
    await card.getByText(/\d{4}, \d{2}:\d{2}/).waitFor();
    expect(await page.getByLabel('State').isVisible()).toBe(false);
    await button(page, 'Filters').tap();
    await page.getByLabel('E-mail address').selectOption('Confirmed');
    await button(page, 'Filters (1)').waitFor();
    await card.tap();
    await page.waitForURL(`**/admin/users/${user.id}`);
  });

  it('is not there for anybody else', async () => {
    await using visitor = await openSignedIn(app, { path: '/admin/users' });
    const { page } = visitor;
    await heading(page, 'There is nothing here').waitFor();
    await goTo(page, '/account');
    await button(page, 'Account menu').click();
    await page.getByRole('link', { name: 'All preferences' }).waitFor();
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  });

  it('tells what happened to somebody, who did it and why, and leads on from there', async () => {
    const bert = await app.person('bert-in-the-audit');
    const admin = await app.account('adele-of-the-audit', { role: 'admin' });
    const { caller } = await app.session(admin);
    await caller.admin.unlockUser({ userId: bert.user.id, reason: 'He called.' });
    await using visitor = await openSignedIn(app, { path: '/admin', person: admin });
    const { page } = visitor;
    await page.getByRole('link', { name: 'Audit' }).click();
    await heading(page, 'Audit').waitFor();
    await page.getByRole('searchbox', { name: 'Account' }).fill('bert-in');
    await button(page, /^@bert-in-the-audit/).click();
    await page.waitForURL((url) => url.searchParams.get('user') === bert.user.id);
    await button(page, 'Account: @bert-in-the-audit. Remove this filter').waitFor();
    const events = page.getByRole('main').getByRole('listitem');
    await events.nth(1).waitFor();
    await page.getByLabel('Kind').selectOption({ label: 'Account unlocked' });
    await events.nth(1).waitFor({ state: 'detached' });
    const event = events.first();
    expect(await event.textContent()).toContain('@adele-of-the-audit unlocked the account of @bert-in-the-audit');
    expect(await event.textContent()).toContain('“He called.”');
    await event.locator('summary').click();
    await event.getByText('account-unlocked').waitFor();
    await event.getByRole('link', { name: 'Everything they did' }).click();
    await page.waitForURL((url) => url.search === `?by=${admin.id}`);
    await event.getByRole('link', { name: '@bert-in-the-audit' }).first().click();
    await page.waitForURL(`**/admin/users/${bert.user.id}`);
  });

  it('saves what is shown as a file, once whoever asks has confirmed it', async () => {
    const admin = await app.account('alma-of-the-audit', { role: 'admin' });
    const bess = await app.person('bess-in-the-audit');
    await using visitor = await openSignedIn(app, { path: `/admin/audit?user=${bess.user.id}`, person: admin });
    const { page } = visitor;
    await page.getByText('@bess-in-the-audit signed in', { exact: true }).waitFor();
    const longAgo = { 'sessions.$[].confirmedAt': new Date(0) };
    await stored(app).users.updateOne({ _id: admin.id }, { $set: longAgo });
    await button(page, 'Export: CSV').click();
    const dialog = page.getByRole('dialog', { name: 'Confirm that it is you' });
    await dialog.getByLabel('Password', { exact: true }).fill(admin.password);
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    expect(file.suggestedFilename()).toMatch(/^audit-.+\.csv$/);
    const text = Buffer.concat(await (await file.createReadStream()).toArray()).toString();
    expect(text).toMatch(/^at,type,.*\r\n[^\r]*signed-in[^\r]*\r\n$/);
    await page.getByText('The download has begun.').waitFor();
  });
});
