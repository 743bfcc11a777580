import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserServer, chromium } from 'playwright-core';

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const systemBrowser = systemBrowsers.find((path) => existsSync(path));

const args = [
  // What is elsewhere is not there: a page that asks for it says so in its console.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  // A page lives for seconds here: nothing runs long enough to be worth optimising.
  '--js-flags=--no-opt',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-features=SpareRendererForSitePerProcess',
  '--disable-site-isolation-trials',
  '--process-per-site',
  '--font-render-hinting=none',
];

/**
 * The headless Chromium from the package registry: it brings its own libraries, so that a fresh machine needs no system
 * package, and is two to three times faster than a system's browser with its whole user interface.
 */
async function launchBundled(): Promise<BrowserServer> {
  // It unpacks the libraries where it believes to be in its usual surroundings.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x';
  const { default: bundled } = await import('@sparticuz/chromium');
  const executablePath = await bundled.executablePath();
  return chromium.launchServer({
    executablePath,
    args: [...args, '--headless=shell', '--no-zygote', '--in-process-gpu'],
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(tmpdir(), 'al2023', 'lib'),
      FONTCONFIG_PATH: join(tmpdir(), 'fonts'),
    },
  });
}

/** `TEST_CHROMIUM` is the path of a browser. Without it: the bundled one where it runs, else the system's. */
export function launch(): Promise<BrowserServer> {
  const hasBundled = process.platform === 'linux' && process.arch === 'x64';
  const executablePath = process.env.TEST_CHROMIUM ?? (hasBundled ? undefined : systemBrowser);
  return executablePath ? chromium.launchServer({ executablePath, args }) : launchBundled();
}
