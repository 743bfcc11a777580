import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { TestApp } from '@latchkey/server/testing';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { codeIn } from '../../server/src/testing/mail.ts';
import type { Person } from '../../server/src/testing/people.ts';
import { register } from '../../server/test/flows.ts';
import { openVisitor, type Traces, type VisitorOptions } from './visitors.ts';

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

/** Goes to a page as the links of the app lead there, without loading the app anew; it has run in this page already. */
export const goTo = (page: Page, path: string) => page.evaluate((to) => history.pushState({}, '', to), path);

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
  const { person: _, ...own } = options;
  const visitor = await openVisitor(app, own, undefined, await signedInState(app, person));
  await visitor.page.goto(path);
  return { ...visitor, person };
}

interface SignedInOptions extends VisitorOptions {
  path?: string;
  person?: Person;
}

async function signedInState(app: TestApp, person: Person): Promise<Traces> {
  return {
    cookies: app.cookiesFor(await app.session(person)),
    origins: [{ origin: app.origin, localStorage: [{ name: 'latchkey-session', value: 'a visit before' }] }],
  };
}
