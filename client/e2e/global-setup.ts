import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserServer, chromium } from 'playwright-core';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the browser of the run listens; every test takes a context of its own in it. */
    browserEndpoint: string;
  }
}

const systemBrowsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--font-render-hinting=none',
];

/** The Chromium from the package registry brings its own libraries: a fresh machine needs no system package. */
async function launchBundled(): Promise<BrowserServer> {
  // It unpacks the libraries where it believes to be in its usual surroundings.
  process.env.AWS_EXECUTION_ENV ??= 'AWS_Lambda_nodejs22.x';
  const { default: bundled } = await import('@sparticuz/chromium');
  const executablePath = await bundled.executablePath();
  const libraries = join(tmpdir(), 'al2023', 'lib');
  return chromium.launchServer({
    executablePath,
    args: [...args, '--headless=shell', '--no-zygote', '--in-process-gpu'],
    env: { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(tmpdir(), 'fonts') },
  });
}

/** `TEST_CHROMIUM` is the path of a browser, or `bundled`. */
function launch(): Promise<BrowserServer> {
  const wanted = process.env.TEST_CHROMIUM ?? systemBrowsers.find((path) => existsSync(path)) ?? 'bundled';
  return wanted === 'bundled' ? launchBundled() : chromium.launchServer({ executablePath: wanted, args });
}

/** Builds the app as it is delivered, and starts the one browser of the run. */
export default async function provideBrowser(project: TestProject) {
  const [browser] = await Promise.all([
    launch(),
    build({ configFile: join(import.meta.dirname, '../vite.config.ts'), logLevel: 'warn' }),
  ]);
  project.provide('browserEndpoint', browser.wsEndpoint());
  return () => browser.close();
}
