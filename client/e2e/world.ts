import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { TestApp } from '@latchkey/server/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import { codeIn } from '../../server/src/testing/mail.ts';
import { fromNewAddress, type Person } from '../../server/src/testing/people.ts';
import { register } from '../../server/test/flows.ts';
import { launch } from './browser.ts';

/**
 * The browser's own line about a response that the app expects: a refused call is no defect of the page. A name that is not
 * found is one: it is that of a place elsewhere, of which the page's policy or else the browser says so.
 */
const expectedConsole =
  /^Failed to load resource: (the server responded with a status of \d+|net::ERR_(?!NAME_NOT_RESOLVED))/;

const args = [
  // What is elsewhere is not there: a page that asks for it says so in its console.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  // A page lives for seconds here: nothing runs long enough to be worth optimising.
  '--js-flags=--no-opt',
];

let started: Promise<Browser> | undefined;

/** The browser of this worker: every test takes a context of its own in it. */
const browser = () => {
  started ??= launch(inject('browser'), args);
  return started;
};

interface VisitorOptions extends BrowserContextOptions {
  /** The browser finds time for what the app puts off until nothing else is to do: the code of every page that may come next. */
  isIdle?: boolean;
}

/**
 * Somebody with a browser of their own: a context with its cookies and storage, and a first page.
 * @param expected what the console may say in this test
 */
export async function openVisitor(
  app: TestApp,
  { isIdle = false, ...options }: VisitorOptions = {},
  expected?: RegExp,
) {
  const context = await (await browser()).newContext({
    baseURL: app.origin,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // What moves is drawn again and again, for nobody to see.
    reducedMotion: 'reduce',
    // A client address of one's own, so that nobody meets the limits of another test.
    extraHTTPHeaders: fromNewAddress(),
    ...options,
  });
  context.setDefaultTimeout(45_000);
  if (!isIdle) await context.addInitScript(() => Object.assign(window, { requestIdleCallback: () => 0 }));
  const defects: string[] = [];
  context.on('page', (page) => {
    page.on('pageerror', (error) => defects.push(`${page.url()}: ${error.message}`));
  });
  context.on('console', (message) => {
    const isDefect = message.type() === 'error' || message.type() === 'warning';
    if (isDefect && !expectedConsole.test(message.text())) defects.push(`${message.page()?.url()}: ${message.text()}`);
  });
  const page = await context.newPage();

  return {
    context,
    page,
    [Symbol.asyncDispose]: async () => {
      // What was said is there once a page responded. What is cut off by the end says nothing about the app.
      await Promise.all(context.pages().map((open) => open.evaluate(() => undefined).catch(() => undefined)));
      const unexpected = defects.filter((defect) => !expected?.test(defect));
      await context.close();
      expect(unexpected, 'no error in the console, no request to elsewhere').toEqual([]);
    },
  };
}

/** Without the address that tells visitors apart: the development inbox opens to nobody who seems to come through a proxy. */
export const onThisMachine = { extraHTTPHeaders: {} };

/** The code of the newest mail to somebody, waited for. */
export async function newestCode(app: TestApp, email: string, besides: string[] = []): Promise<string> {
  const mail = await app.mail.waitFor(
    ({ to, text }) => to === email && /\b\d{6}\b/.test(text) && !besides.includes(digitsIn(text)),
  );
  return digitsIn(mail.text);
}

/** The newest link of a mail to somebody that leads to a page, waited for. */
export async function linkTo(app: TestApp, address: string, path: string): Promise<string> {
  const mail = await app.mail.waitFor(({ to, text }) => to === address && text.includes(path));
  const link = new RegExp(`https?://\\S+${path}\\S+`).exec(mail.text)?.[0];
  if (!link) throw new Error(`no link to ${path} in ${mail.text}`);
  return link;
}

/** Both the code of a sign-in and that of a changed address. */
const digitsIn = (text: string): string => codeIn(text) || (/\b(\d{6})\b/.exec(text)?.[1] ?? '');

const eventuallyMilliseconds = 30_000;

/**
 * Waits until what is read of a page is as expected: what a click sets off is there a moment later. Tests that run side by
 * side cannot use `expect.poll` of all.
 */
export async function eventually<Value>(read: () => Promise<Value>, expected: Value): Promise<void> {
  const deadline = performance.now() + eventuallyMilliseconds;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (performance.now() > deadline) expect(value).toEqual(expected);
    await pause(20);
  }
}

/** Waits until what has the focus has this name, as fields have, or says this. */
export const focusOn = (page: Page, sought: { name: string } | { text: string }) =>
  eventually(
    () =>
      page.evaluate((wanted) => {
        const element = document.activeElement;
        if ('name' in wanted) return element?.getAttribute('name') === wanted.name;
        return element !== document.body && element?.textContent?.includes(wanted.text);
      }, sought),
    true,
  );

export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
export const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name });
export const codeField = (page: Page) => page.getByLabel('Six-digit code');

export async function fillRegistration(page: Page, person: Person) {
  await page.getByLabel('First name').fill(person.firstName);
  await page.getByLabel('Last name').fill(person.lastName);
  await page.getByLabel('Username').fill(person.username);
  await page.getByLabel('E-mail').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByLabel('Repeat the password').fill(person.password);
}

export async function fillSignIn(page: Page, name: string, password: string) {
  await page.getByLabel('Username or e-mail').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await button(page, 'Continue').click();
}

/** Signs in through the pages; ends on the account. */
export async function signInAs(app: TestApp, page: Page, person: Person) {
  const seen = app.mail.list().map(({ text }) => digitsIn(text)) ?? [];
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
  await fillSignIn(page, person.username, person.password);
  await page.waitForURL('**/code');
  await codeField(page).fill(await newestCode(app, person.email, seen));
  await page.waitForURL((url) => url.pathname.startsWith('/account'));
}

/** Signs out by the menu of the account, once the page is there. */
export async function signOut(page: Page) {
  await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
  await button(page, 'Account menu').click();
  await button(page, 'Sign out').click();
}

/** An account that is there already, made without a browser. */
export const account = register;

/** An account, and a browser that is signed in to it, as after a visit before: the cookie is there, no page is open yet. */
export async function openSignedIn(app: TestApp, { path = '/account', ...options }: SignedInOptions = {}) {
  const person = options.person ?? (await account(app));
  const visitor = await openVisitor(app, { ...options, storageState: await signedInState(app, person) });
  await visitor.page.goto(path);
  return { ...visitor, person };
}

interface SignedInOptions extends VisitorOptions {
  path?: string;
  person?: Person;
}

async function signedInState(
  app: TestApp,
  person: Person,
): Promise<NonNullable<BrowserContextOptions['storageState']>> {
  return {
    cookies: app.cookiesFor(await app.session(person)),
    origins: [{ origin: app.origin, localStorage: [{ name: 'latchkey-session', value: 'a visit before' }] }],
  };
}
