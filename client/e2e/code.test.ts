import { createTestApp, type TestApp } from '@latchkey/server/testing';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../server/src/testing/people.ts';
import { tryPassword, wrongCode } from '../../server/test/flows.ts';
import { clockOffsetOf } from '../src/session/challenge.ts';
import { app } from './app.ts';
import { leave, openVisitor } from './visitors.ts';
import { account, button, codeField, eventually, fillSignIn, focusOn, heading, newestCode } from './world.ts';

/** Somebody who has given the right password and waits for the code, in the page as it is after a reload. */
async function beginWaiting(on: TestApp, page: Page) {
  const person = await account(on);
  const { data } = await tryPassword(on, person.username, person.password);
  const pending = { ...data, username: person.username, clockOffsetMilliseconds: clockOffsetOf(data) };
  await page.evaluate((text) => sessionStorage.setItem('latchkey-sign-in', text), JSON.stringify(pending));
  // The browser's clock is moved by the test; until then it runs.
  await page.clock.install();
  await page.goto('/code');
  await codeField(page).waitFor();
  return person;
}

async function openWaiting(on: TestApp = app) {
  const visitor = await openVisitor(on);
  return { ...visitor, person: await beginWaiting(on, visitor.page) };
}

/** The time shown for a code that was just sent, on a slow machine too. */
const fresh = /Valid for (5:00|4:[45]\d)/;

/** The same time passes for the server and for the browser. */
async function pass(on: TestApp, page: Page, seconds: number) {
  on.clock.advance(seconds);
  await page.clock.fastForward(seconds * 1000);
}

describe.concurrent('the code', () => {
  it('survives a reload, is taken from a paste of the whole mail, and sent once without a button', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    await page.goto('/sign-in');
    await fillSignIn(page, person.username, person.password);
    await page.waitForURL('**/code');
    const code = await newestCode(app, person.email);
    await page.reload();
    await page.getByText(`${person.email[0]}***@example.com`).waitFor();
    await codeField(page).waitFor();
    const calls: string[] = [];
    page.on('request', (request) => request.url().includes('verifyOtp') && calls.push(request.url()));
    await page.evaluate((text) => {
      const clipboard = new DataTransfer();
      clipboard.setData('text', text);
      const event = new ClipboardEvent('paste', { clipboardData: clipboard, bubbles: true, cancelable: true });
      document.querySelector('input[name=otp]')?.dispatchEvent(event);
    }, `Your OTP is ${code}. It is valid for 5 minutes.`);
    await page.waitForURL('**/account');
    expect(calls).toHaveLength(1);
  });

  it('is typed digit by digit and over a wrong one, letters are dropped, and password managers recognise the field', async () => {
    await using waiting = await openWaiting();
    const { page, person } = waiting;
    const field = codeField(page);
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code');
    expect(await field.getAttribute('inputmode')).toBe('numeric');
    await focusOn(page, { name: 'otp' });
    const code = await newestCode(app, person.email);
    const wrong = wrongCode(code);
    await page.keyboard.type(`${wrong.slice(0, 3)}x ${wrong.slice(3, 5)}`);
    expect(await field.inputValue()).toBe(wrong.slice(0, 5));
    await page.keyboard.type(wrong.slice(5));
    await page.getByText('You have 4 tries left.').waitFor();
    // Nothing has to be deleted first.
    await eventually(() => page.locator('[data-active]').count(), 6);
    // Complete and other than the last: it is sent by itself.
    await page.keyboard.type(code);
    await page.waitForURL('**/account');
  });

  it('tells how many tries are left, keeps them over a reload, and offers a way back when they are used up', async () => {
    await using waiting = await openWaiting();
    const { page, person } = waiting;
    const code = await newestCode(app, person.email);
    await codeField(page).fill(wrongCode(code));
    await page.getByText('That code is not right. You have 4 tries left.').waitFor();
    // Every box is marked: what is typed next takes the place of all digits.
    await eventually(() => page.locator('[data-active]').count(), 6);
    // A code is sent by itself once: the same again must not cost a try.
    await codeField(page).fill(wrongCode(code));
    const another = [...code].reverse().join('') === code ? '135790' : [...wrongCode(code)].reverse().join('');
    await codeField(page).fill(another === code ? '246801' : another);
    await page.getByText('You have 3 tries left.').waitFor();
    await page.reload();
    await codeField(page).fill(wrongCode(code));
    await page.getByText('You have 2 tries left.').waitFor();
    await button(page, 'Confirm').click();
    await page.getByText('You have 1 try left.').waitFor();
    await button(page, 'Confirm').click();
    await heading(page, 'This code can no longer be used').waitFor();
    await button(page, 'Sign in again').click();
    await page.waitForURL('**/sign-in');
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe(person.username);
  });
});

describe('the time of a code', () => {
  // One browser, on an app of its own whose clock goes on from test to test.
  let own: TestApp;
  let visitor: Awaited<ReturnType<typeof openVisitor>>;
  let page: Page;
  let person: Person;

  beforeAll(async () => {
    own = await createTestApp();
    visitor = await openVisitor(own);
    page = visitor.page;
  });

  beforeEach(async () => {
    await leave(visitor);
    person = await beginWaiting(own, page);
  });

  afterAll(async () => {
    await visitor[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  it('is counted down; a new one can be asked for after 30 seconds, and only the newest mail counts', async () => {
    const first = await newestCode(own, person.email);
    await page.getByText(fresh).waitFor();
    const resend = button(page, /New code in 0:\d\d|Send a new code/);
    expect(await resend.getAttribute('aria-disabled')).toBe('true');

    await pass(own, page, 31);
    await button(page, 'Send a new code').click();
    await page.getByText('A new code is on its way. Only the newest mail counts.').waitFor();
    await page.getByText(fresh).waitFor();
    expect(await page.locator('[data-active]').evaluateAll((boxes) => boxes.map((box) => box.textContent))).toEqual([
      '',
    ]);
    const second = await newestCode(own, person.email, [first]);
    await codeField(page).fill(first);
    await page.getByText('You have 4 tries left.').waitFor();
    await codeField(page).fill(second);
    await page.waitForURL('**/account');
  });

  it('ends: the page says so by itself, and a new code opens the account all the same, until that is over too', async () => {
    const first = await newestCode(own, person.email);
    await pass(own, page, 301);
    await page.getByText('This code has expired. Ask for a new one below.').first().waitFor();
    await button(page, 'Send a new code').click();
    await page.getByText(fresh).waitFor();
    await newestCode(own, person.email, [first]);
    await pass(own, page, 600);
    await button(page, 'Send a new code').click();
    await heading(page, 'This code can no longer be used').waitFor();
    await button(page, 'Sign in again').click();
    await page.waitForURL('**/sign-in');
  });

  it('says after the last resend that one has to start over', async () => {
    for (let sends = 0; sends < 3; sends += 1) {
      await pass(own, page, 31);
      await button(page, 'Send a new code').click();
      await page.getByText(fresh).waitFor();
    }
    await page.getByText('No more codes can be sent for this sign-in.').waitFor();
  });

  it('is over when the server says so, whatever the clock of the browser shows', async () => {
    const code = await newestCode(own, person.email);
    own.clock.advance(301);
    await codeField(page).fill(code);
    await page.getByText('This code has expired. Ask for a new one below.').first().waitFor();
    await pass(own, page, 31);
    await button(page, 'Send a new code').click();
    await codeField(page).fill(await newestCode(own, person.email, [code]));
    await page.waitForURL('**/account');
  });
});

describe('mail that is sent for real, by a server that is dead', () => {
  it('leaves nobody without a word: the page says what to do when no mail comes, and that there is no development inbox', async () => {
    await using own = await createTestApp({
      env: { SMTP_URL: 'smtp://127.0.0.1:9', MAIL_FROM: 'latchkey@example.com' },
    });
    await using waiting = await openWaiting(own);
    const { page } = waiting;
    await page.getByRole('heading', { name: 'No mail yet?' }).waitFor();
    await page.getByText('look into your spam folder').waitFor();
    expect(await page.getByRole('link', { name: 'Open the development inbox' }).count()).toBe(0);
    await pass(own, page, 31);
    await button(page, 'Send a new code').click();
    await page.getByText('A new code is on its way.').waitFor();
    await button(page, 'Use another account').click();
    await page.waitForURL('**/sign-in');
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe('');
    await page.goto('/code');
    await page.waitForURL('**/sign-in');
    await page.goto('/dev/inbox');
    await heading(page, 'There is no development inbox here').waitFor();
  });
});
