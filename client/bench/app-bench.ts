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

/** Runs in the page: notes what moved, when the page has what is waited for, and when that is the app's. */
function observe(selector: string) {
  const record = { usable: 0, running: 0, shift: 0 };
  Object.assign(window, { record });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) record.shift += (entry as PerformanceEntry & { value: number }).value;
  }).observe({ type: 'layout-shift', buffered: true });
  const timer = setInterval(() => {
    if (!document.querySelector(selector)) return;
    record.usable ||= performance.now();
    if (document.querySelector('[data-drawn]')) return;
    record.running = performance.now();
    clearInterval(timer);
  }, 10);
}

/** One first visit, with nothing in the cache, until the page has what the selector looks for. */
async function visit(browser: Browser, options: BrowserContextOptions, path: string, selector: string) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en-GB', ...options });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', fast3g);
  await session.send('Emulation.setCPUThrottlingRate', { rate: cpuSlowdown });
  await page.addInitScript(observe, selector);
  let requests = 0;
  page.on('request', () => {
    requests += 1;
  });
  await page.goto(path, { waitUntil: 'commit' });
  await page.waitForFunction(() => (window as unknown as { record: { running: number } }).record.running > 0);
  const counted = requests;
  // What is there is on the screen a frame later.
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  const reading = await page.evaluate(() => {
    const { record } = window as unknown as { record: { usable: number; running: number; shift: number } };
    return { ...record, painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0 };
  });
  await context.close();
  return {
    paintedMilliseconds: reading.painted,
    usableMilliseconds: reading.usable,
    runningMilliseconds: reading.running,
    requests: counted,
    shift: reading.shift,
  } satisfies Reading;
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

async function signedIn(app: TestApp): Promise<BrowserContextOptions> {
  const person = await app.account();
  return {
    storageState: {
      cookies: app.cookiesFor(await app.session(person)),
      origins: [{ origin: app.origin, localStorage: [{ name: 'latchkey-session', value: 'a visit before' }] }],
    },
  };
}

const app = await createTestApp();
const browser = await launch(await findBrowser());
const baseURL = app.origin;
process.stdout.write(`Fast 3G, processor ${cpuSlowdown} times slower, empty cache, median of ${runs}:\n`);
await measure('sign-in', () => visit(browser, { baseURL }, '/sign-in', 'input[name=username]:focus'));
await measure('account', async () => visit(browser, { baseURL, ...(await signedIn(app)) }, '/account', 'main h1'));
await browser.close();
await app[Symbol.asyncDispose]();
