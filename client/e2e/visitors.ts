import type { TestApp } from '@latchkey/server/testing';
import type { Browser, BrowserContext, BrowserContextOptions, ConsoleMessage, Page } from 'playwright-core';
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

/** A context of the browser, and the page in it that is never closed, so that its process keeps the code of the app. */
interface Profile {
  context: BrowserContext;
  keeper: Page;
}

/**
 * Profiles that no visitor has now, by what they were made with: what the one before had left is cleared, but for what the
 * browser has cached. They are for the app of this worker, as code is cached for its address.
 */
const free = new Map<string, Profile[]>();

/** Runs in each page. A clock that the test moves would bring a way of its own to wait for time to spare: it is not let in. */
function neverIdle(): void {
  Object.defineProperty(window, 'requestIdleCallback', { get: () => () => 0, set: () => undefined });
}

async function makeProfile(visited: TestApp, { isIdle = false, ...options }: VisitorOptions): Promise<Profile> {
  const context = await (await browser()).newContext({
    baseURL: visited.origin,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // What moves is drawn again and again, for nobody to see.
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(45_000);
  if (!isIdle) await context.addInitScript(neverIdle);
  const keeper = await context.newPage();
  await keeper.goto('/robots.txt');
  return { context, keeper };
}

/** A page in the process of the keeper: one that the context itself opens begins in another, which is thrown away. */
async function openPage({ context, keeper }: Profile): Promise<Page> {
  const [page] = await Promise.all([context.waitForEvent('page'), keeper.evaluate(() => void window.open())]);
  return page;
}

async function giveBack({ context, keeper }: Profile, kind: string): Promise<void> {
  await Promise.all(context.pages().map((page) => page !== keeper && page.close()));
  await Promise.all([context.setOffline(false), context.clearCookies(), keeper.evaluate(() => localStorage.clear())]);
  free.set(kind, [...(free.get(kind) ?? []), { context, keeper }]);
}

/**
 * Somebody with a browser of their own: cookies and storage as they left them, and a first page.
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
  const { context, keeper } = profile;
  // A client address of one's own, so that nobody meets the limits of another test.
  await context.setExtraHTTPHeaders(extraHTTPHeaders);
  if (traces) {
    await context.addCookies(traces.cookies);
    const kept = traces.origins.flatMap(({ localStorage }) => localStorage);
    await keeper.evaluate((items) => {
      for (const { name, value } of items) localStorage.setItem(name, value);
    }, kept);
  }
  const defects: string[] = [];
  const watch = (page: Page) => {
    page.on('pageerror', (error) => defects.push(`${page.url()}: ${error.message}`));
  };
  const listen = (message: ConsoleMessage) => {
    const isDefect = message.type() === 'error' || message.type() === 'warning';
    if (isDefect && !expectedConsole.test(message.text())) defects.push(`${message.page()?.url()}: ${message.text()}`);
  };
  context.on('page', watch);
  context.on('console', listen);
  const page = await openPage(profile);

  return {
    context,
    page,
    [Symbol.asyncDispose]: async () => {
      // What was said is there once a page responded. What is cut off by the end says nothing about the app.
      await Promise.all(context.pages().map((open) => open.evaluate(() => undefined).catch(() => undefined)));
      context.off('page', watch);
      context.off('console', listen);
      await (visited === app ? giveBack(profile, kind) : context.close());
      const unexpected = defects.filter((defect) => !expected?.test(defect));
      expect(unexpected, 'no error in the console, no request to elsewhere').toEqual([]);
    },
  };
}

/** Without the address that tells visitors apart: the development inbox opens to nobody who seems to come through a proxy. */
export const onThisMachine = { extraHTTPHeaders: {} };
