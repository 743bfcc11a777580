import type { TestApp } from '@latchkey/server/testing';
import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page, WebError } from 'playwright-core';
import { expect, inject } from 'vitest';
import { fromNewAddress } from '../../server/src/testing/people.ts';
import { app } from './app.ts';
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

export interface VisitorOptions extends Omit<BrowserContextOptions, 'storageState'> {
  /** The browser finds time for what the app puts off until nothing else is to do: the code of every page that may come next. */
  isIdle?: boolean;
}

export type Traces = Exclude<NonNullable<BrowserContextOptions['storageState']>, string>;

/** A context of the browser, and the page in it that is kept: its process keeps the code of the app. */
interface Profile {
  context: BrowserContext;
  page: Page;
}

/** A page of the app's address without the app: where storage is reached while nothing of the app runs. */
const restingPlace = '/robots.txt';
const viewport = { width: 1280, height: 800 };

/**
 * Profiles that no visitor has now, by what they were made with: what the one before had left is cleared, but for what the
 * browser has cached and the history of the page. They are for the app of this worker, as code is cached for its address.
 */
const free = new Map<string, Profile[]>();

/** Runs in each page. A clock that the test moves would bring a way of its own to wait for time to spare: it is not let in. */
function neverIdle(): void {
  Object.defineProperty(window, 'requestIdleCallback', { get: () => () => 0, set: () => undefined });
}

async function makeProfile(visited: TestApp, { isIdle = false, ...options }: VisitorOptions): Promise<Profile> {
  const context = await (await browser()).newContext({
    baseURL: visited.origin,
    viewport,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // What moves is drawn again and again, for nobody to see.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(45_000);
  if (!isIdle) await context.addInitScript(neverIdle);
  const page = await context.newPage();
  await page.goto(restingPlace);
  return { context, page };
}

/** Leaves the app as if nobody had been there. It is left first, as it could write once more. */
export async function leave({ context, page }: Profile): Promise<void> {
  await page.goto(restingPlace);
  await page.evaluate(() => {
    localStorage.clear();
    sessionStorage.clear();
  });
  await context.clearCookies();
}

/** A page that is made costs as much of the processor as all that a short test does in it: the next visitor gets this one. */
async function giveBack({ context, page }: Profile, kind: string, made: VisitorOptions): Promise<void> {
  for (const event of ['request', 'requestfailed', 'response']) page.removeAllListeners(event);
  await Promise.all(context.pages().map((other) => other !== page && other.close()));
  await Promise.all([context.setOffline(false), page.unrouteAll({ behavior: 'ignoreErrors' })]);
  await leave({ context, page });
  await page.mouse.move(0, 0);
  await page.setViewportSize(made.viewport ?? viewport);
  await page.emulateMedia({ colorScheme: made.colorScheme ?? 'light' });
  free.set(kind, [...(free.get(kind) ?? []), { context, page }]);
}

/**
 * Somebody with a browser of their own: cookies and storage as they left them, and a first page. What a test has run before
 * the scripts of that page, by `page.addInitScript`, it takes back at its end.
 * @param expected what the console may say in this test
 * @param traces what a visit before has left in the browser
 */
export async function openVisitor(
  visited: TestApp,
  { extraHTTPHeaders = fromNewAddress(), ...options }: VisitorOptions = {},
  expected?: RegExp,
  traces?: Traces,
) {
  const kind = JSON.stringify(options);
  const profile = (visited === app && free.get(kind)?.pop()) || (await makeProfile(visited, options));
  const { context, page } = profile;
  // A client address of one's own, so that nobody meets the limits of another test.
  await context.setExtraHTTPHeaders(extraHTTPHeaders);
  if (traces) {
    await context.addCookies(traces.cookies);
    const kept = traces.origins.flatMap(({ localStorage }) => localStorage);
    await page.evaluate((items) => {
      for (const { name, value } of items) localStorage.setItem(name, value);
    }, kept);
  }
  const defects: string[] = [];
  const watch = (event: WebError) => {
    defects.push(`${event.page()?.url()}: ${event.error().message}`);
  };
  const listen = (message: ConsoleMessage) => {
    const isDefect = message.type() === 'error' || message.type() === 'warning';
    if (isDefect && !expectedConsole.test(message.text())) defects.push(`${message.page()?.url()}: ${message.text()}`);
  };
  context.on('weberror', watch);
  context.on('console', listen);

  return {
    context,
    page,
    [Symbol.asyncDispose]: async () => {
      // What was said is there once a page responded. What is cut off by the end says nothing about the app.
      await Promise.all(context.pages().map((open) => open.evaluate(() => undefined).catch(() => undefined)));
      context.off('weberror', watch);
      context.off('console', listen);
      await (visited === app ? giveBack(profile, kind, options) : context.close());
      const unexpected = defects.filter((defect) => !expected?.test(defect));
      expect(unexpected, 'no error in the console, no request to elsewhere').toEqual([]);
    },
  };
}

/** Without the address that tells visitors apart: the development inbox opens to nobody who seems to come through a proxy. */
export const onThisMachine = { extraHTTPHeaders: {} };
