/**
 * How long the first visit takes on a slow phone: Chromium's "Fast 3G" and a processor four times slower. Of some runs
 * the median is printed. Needs a build: `vite build`.
 */
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { findBrowser, launch } from '../e2e/browser.ts';

const runs = 5;
const cpuSlowdown = 4;
/** Of the browser's own developer tools, in bytes per second and milliseconds. */
const fast3g = {
  offline: false,
  downloadThroughput: ((1.6 * 1024 * 1024) / 8) * 0.9,
  uploadThroughput: ((750 * 1024) / 8) * 0.9,
  latency: 150 * 3.75,
};

interface Reading {
  paintedMilliseconds: number;
  usableMilliseconds: number;
  /** Until the app is in the place of what the page showed before. */
  runningMilliseconds: number;
  requests: number;
  shift: number;
}

/** When a page can be used: it has what the selector looks for, and says what only the server can tell it. */
interface Use {
  selector: string;
  says: string[];
}

/** Runs in the page: notes what moved, when the page can be used, and when that is by the app. */
function observe({ selector, says }: Use) {
  // A browser that has known its connection for a moment calls it so; held back by its tools, it does not know.
  const { connection } = navigator as unknown as { connection: object };
  Object.defineProperty(Object.getPrototypeOf(connection), 'effectiveType', { value: '3g' });
  const record = { painted: 0, usable: 0, running: 0, shift: 0 };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) record.shift += (entry as PerformanceEntry & { value: number }).value;
  }).observe({ type: 'layout-shift', buffered: true });
  const timer = setInterval(() => {
    const isUsable =
      document.querySelector(selector) && says.every((text) => document.body.textContent?.includes(text));
    if (isUsable) record.usable ||= performance.now();
    if (isUsable && !document.querySelector('[data-drawn]')) record.running ||= performance.now();
    // What is there is on the screen a frame later.
    record.painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
    if (!record.running || !record.painted) return;
    clearInterval(timer);
    (window as unknown as { report: (text: string) => void }).report(JSON.stringify(record));
  }, 10);
}

interface Visit {
  options: BrowserContextOptions;
  /** A page of another site, from which the visit comes. */
  elsewhere: string;
  path: string;
  use: Use;
}

/** One first visit, with nothing in the cache, until the app runs. Nothing else is asked of the page until then. */
async function visit(browser: Browser, { options, elsewhere, path, use }: Visit): Promise<Reading> {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', fast3g);
  await session.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
  await session.send('Runtime.enable');
  await session.send('Runtime.addBinding', { name: 'report' });
  // As whoever follows a link comes: a browser begins a process for the next site while it waits for its response.
  await page.goto(elsewhere);
  await page.addInitScript(observe, use);
  let requests = 0;
  page.on('request', () => {
    requests += 1;
  });
  const reported = new Promise<string>((resolve) => {
    session.on('Runtime.bindingCalled', ({ payload }) => resolve(payload));
  });
  await page.goto(path, { waitUntil: 'commit' });
  const { painted, usable, running, shift } = JSON.parse(await reported);
  const counted = requests;
  await context.close();
  return {
    paintedMilliseconds: painted,
    usableMilliseconds: usable,
    runningMilliseconds: running,
    requests: counted,
    shift,
  };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

async function measure(name: string, once: () => Promise<Reading>) {
  const readings: Reading[] = [];
  for (let run = 0; run < runs; run += 1) readings.push(await once());
  const of = (key: keyof Reading) => median(readings.map((reading) => reading[key]));
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  process.stdout.write(
    `${name}: painted ${seconds(of('paintedMilliseconds'))}, usable ${seconds(of('usableMilliseconds'))}, ` +
      `running ${seconds(of('runningMilliseconds'))}, ` +
      `${of('requests')} requests, layout shift ${of('shift').toFixed(4)}\n`,
  );
}

async function visitAccount(browser: Browser, app: TestApp, elsewhere: string): Promise<Reading> {
  const person = await app.account();
  const options = {
    baseURL: app.origin,
    storageState: {
      cookies: app.cookiesFor(await app.session(person)),
      origins: [{ origin: app.origin, localStorage: [{ name: 'latchkey-session', value: 'a visit before' }] }],
    },
  };
  const says = [`Hello, ${person.firstName}`, person.email];
  return visit(browser, { options, elsewhere, path: '/account', use: { selector: 'main h1', says } });
}

const app = await createTestApp();
// The same server, under a name that makes it another site.
const elsewhere = `${app.url}/robots.txt`;
const browser = await launch(await findBrowser());
const use = { selector: 'input[name=username]:focus', says: [] };
process.stdout.write(`Fast 3G, processor ${cpuSlowdown} times slower, empty cache, median of ${runs}:\n`);
await measure('sign-in', () => visit(browser, { options: { baseURL: app.origin }, elsewhere, path: '/sign-in', use }));
await measure('account', () => visitAccount(browser, app, elsewhere));
await browser.close();
await app[Symbol.asyncDispose]();
