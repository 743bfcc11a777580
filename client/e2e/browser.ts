import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { chromium } from './playwright.ts';

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const systemBrowser = systemBrowsers.find((path) => existsSync(path));

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  // With RenderDocument every load of a page makes a frame of its own, and in it one more of the contexts in which a driver
  // runs than the load before: the tenth makes a dozen.
  '--disable-features=SpareRendererForSitePerProcess,RenderDocument',
  '--disable-site-isolation-trials',
  '--process-per-site',
  '--font-render-hinting=none',
];

/**
 * The headless Chromium from the package registry: it brings its own libraries, so that a fresh machine needs no system
 * package, and is two to three times faster than a system's browser with its whole user interface.
 */
async function unpackBundled(): Promise<BrowserOfRun> {
  // It unpacks the libraries where it believes to be in its usual surroundings.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x';
  const { default: bundled } = await import('@sparticuz/chromium');
  return {
    executablePath: await bundled.executablePath(),
    args: [...args, '--headless=shell', '--no-zygote', '--in-process-gpu'],
    env: { LD_LIBRARY_PATH: join(tmpdir(), 'al2023', 'lib'), FONTCONFIG_PATH: join(tmpdir(), 'fonts') },
  };
}

/** How a browser is started, found once for all workers of a run. */
export interface BrowserOfRun {
  executablePath: string;
  args: string[];
  env: Record<string, string>;
}

/** `TEST_CHROMIUM` is the path of a browser. Without it: the bundled one where it runs, else the system's. */
export async function findBrowser(): Promise<BrowserOfRun> {
  const hasBundled = process.platform === 'linux' && process.arch === 'x64';
  const executablePath = process.env.TEST_CHROMIUM ?? (hasBundled ? undefined : systemBrowser);
  return executablePath ? { executablePath, args, env: {} } : unpackBundled();
}

/** Starts a browser that ends with this process. */
export const launch = (found: BrowserOfRun, moreArgs: readonly string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: found.executablePath,
    args: [...found.args, ...moreArgs],
    env: { ...process.env, ...found.env },
  });
