import type { TestProject } from 'vitest/node';
import { build } from '../../server/test/build.ts';
import { type BrowserOfRun, findBrowser } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    browser: BrowserOfRun;
  }
}

/** Builds the app as it is delivered, and finds the browser that each worker starts for all its tests. */
export default async function provideBrowser(project: TestProject) {
  const [browser] = await Promise.all([findBrowser(), build('client')]);
  project.provide('browser', browser);
}
