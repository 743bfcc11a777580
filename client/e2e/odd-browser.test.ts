import { describe, expect, it } from 'vitest';
import { newPerson } from '../../server/src/testing/people.ts';
import { app } from './app.ts';
import { openVisitor } from './visitors.ts';
import { button, codeField, fillRegistration, heading, newestCode } from './world.ts';

/** Runs in the page before its own scripts: a browser as some people have it. */
function makeOdd(): void {
  const give = (target: object, name: string, get: () => unknown) =>
    Object.defineProperty(target, name, { configurable: true, get });
  const deny = () => {
    throw new DOMException('The operation is insecure.', 'SecurityError');
  };
  // Chromium reports this where LANG is unset.
  give(Navigator.prototype, 'language', () => 'en-US@posix');
  give(Navigator.prototype, 'languages', () => ['en-US@posix']);
  give(window, 'localStorage', deny);
  give(window, 'sessionStorage', deny);
  give(Document.prototype, 'cookie', deny);
  give(
    Intl,
    'RelativeTimeFormat',
    () =>
      class {
        constructor() {
          throw new RangeError('Incorrect locale information provided');
        }
      },
  );
  setTimeout(() => {
    throw new Error('an extension fails');
  });
}

describe.concurrent('a browser of odd settings', () => {
  it('gets from the landing page to an account and through its pages', async () => {
    await using visitor = await openVisitor(app, {}, /an extension fails/);
    const { page, context } = visitor;
    await using _ = await page.addInitScript(makeOdd);
    // Cookies are blocked: what the server sets is gone before it could be sent.
    page.on('response', () => void context.clearCookies().catch(() => undefined));
    const person = newPerson();
    await page.goto('/');
    await heading(page, 'One key for your account').waitFor();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await fillRegistration(page, person);
    await button(page, 'Create account').click();
    await page.waitForURL('**/code');
    await codeField(page).fill(await newestCode(app, person.email));
    await page.waitForURL('**/account');
    await heading(page, `Hello, ${person.firstName}`).waitFor();
    for (const name of ['Devices', 'Activity']) {
      await page.getByRole('link', { name, exact: true }).first().click();
      await heading(page, name).waitFor();
    }
  });

  it.each([
    ['en-US@posix', 'en'],
    ['de_DE.UTF-8', 'de'],
    ['', 'en'],
  ])('whose language is %j sees the landing page in a language of ours', async (language, shown) => {
    await using visitor = await openVisitor(app);
    await using _ = await visitor.page.addInitScript((given) => {
      for (const [name, value] of Object.entries({ language: given, languages: [given] })) {
        Object.defineProperty(Navigator.prototype, name, { configurable: true, get: () => value });
      }
    }, language);
    await visitor.page.goto('/');
    await visitor.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await visitor.page.evaluate(() => document.documentElement.lang)).toBe(shown);
  });
});

describe.concurrent('an app that cannot start', () => {
  it.each([
    ['before anything is drawn', 'BroadcastChannel'],
    ['while it is drawn', 'matchMedia'],
  ] as const)('says so, and offers to try again: %s', async (_when, missing) => {
    await using visitor = await openVisitor(app, {}, /./);
    const { page } = visitor;
    await using _ = await page.addInitScript((name) => {
      Object.defineProperty(window, name, {
        get: () => {
          throw new Error(`there is no ${name}`);
        },
      });
    }, missing);
    await page.goto('/');
    await heading(page, 'Something went wrong').waitFor();
    await page.getByText(`there is no ${missing}`).waitFor();
    await button(page, 'Load the page again').click();
    await heading(page, 'Something went wrong').waitFor();
  });
});
