import type { TestProject } from 'vitest/node';
import { build } from '../../server/test/build.ts';
import { launch } from './browser.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address at which the browser of the run listens; every test takes a context of its own in it. */
    browserEndpoint: string;
  }
}

/** Builds the app as it is delivered, and starts the one browser of the run. */
export default async function provideBrowser(project: TestProject) {
  const [browser] = await Promise.all([launch(), build('client')]);
  project.provide('browserEndpoint', browser.wsEndpoint());
  return () => browser.close();
}
