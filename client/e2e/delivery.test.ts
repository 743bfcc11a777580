import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { appPaths } from '@latchkey/shared/app-paths';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, codeField, fillSignIn, heading, onThisMachine, openSignedIn, openVisitor } from './world.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('how the app is delivered', () => {
  it('has no script in the page itself, and compressed assets that never change', async () => {
    const page = await fetch(`${app.url}/sign-in`, { headers: { 'accept-encoding': 'br' } });
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/https?:\/\//);
    expect(page.headers.get('content-security-policy')).toMatch(/script-src 'self'(;|$)/);
    const assets = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => `${app.url}${path}`);
    expect(assets.length).toBeGreaterThan(2);
    for (const asset of assets) {
      const answer = await fetch(asset, { headers: { 'accept-encoding': 'br' } });
      await answer.arrayBuffer();
      expect(answer.headers.get('cache-control'), asset).toContain('immutable');
      if (!asset.endsWith('.woff2')) expect(answer.headers.get('content-encoding'), asset).toBe('br');
    }
  });
});

describe('an address that is no page', () => {
  it('is not found by its status too, and the page shows ways on', async () => {
    for (const path of appPaths) expect((await fetch(app.url + path)).status, path).toBe(200);
    expect((await fetch(`${app.url}/account/nothing`)).status).toBe(404);
    await using visitor = await openSignedIn(app, { path: '/account/nothing' });
    const { page } = visitor;
    await heading(page, 'There is nothing here').waitFor();
    // Within the account its navigation stays, under one logo.
    expect(await page.getByRole('banner').count()).toBe(1);
    await page.getByRole('link', { name: 'To your account' }).click();
    await heading(page, 'Hello, Ada').waitFor();
  });
});

describe.concurrent('nothing jumps while a page appears', () => {
  /** The layout shift of a page load, as browsers score it; 0.1 is where it begins to be called bad. */
  const shiftScript = () => {
    const record = { shift: 0 };
    Object.assign(window, { record });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) record.shift += (entry as PerformanceEntry & { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  };
  const readShift = () => (window as unknown as { record: { shift: number } }).record.shift;

  it('on the way in', async () => {
    await using visitor = await openVisitor(app, onThisMachine);
    const { page } = visitor;
    await page.addInitScript(shiftScript);
    for (const [path, title] of [
      ['/', 'One key for your account'],
      ['/sign-in', 'Sign in'],
      ['/register', 'Create your account'],
    ] as const) {
      await page.goto(path);
      await heading(page, title).waitFor();
      expect(await page.evaluate(readShift), path).toBeLessThan(0.02);
    }
    const person = await account(app);
    await page.goto('/sign-in');
    await fillSignIn(page, person.username, person.password);
    await codeField(page).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Open the development inbox' }).waitFor();
    expect(await page.evaluate(readShift), '/code').toBeLessThan(0.02);
  });

  it('in the account, where skeletons keep the place', async () => {
    await using visitor = await openSignedIn(app);
    const { page } = visitor;
    await page.addInitScript(shiftScript);
    for (const [path, text] of [
      ['/account', 'Signed in on 1 device'],
      ['/account/profile', 'Save changes'],
      ['/account/devices', 'This device'],
      ['/account/password', 'Change password'],
    ] as const) {
      await page.goto(path);
      await page.getByText(text, { exact: true }).waitFor();
      expect(await page.evaluate(readShift), path).toBeLessThan(0.05);
    }
  });
});

describe.concurrent('the colours', () => {
  it('follow the system, until somebody chooses; the choice holds from the first paint of the next visit', async () => {
    await using visitor = await openVisitor(app, { colorScheme: 'dark' });
    const { page } = visitor;
    const scheme = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
    await page.goto('/');
    await heading(page, 'One key for your account').waitFor();
    expect(await scheme()).toBe('dark');
    await page.getByRole('button', { name: 'Switch to light colours' }).click();
    expect(await scheme()).toBe('light');
    // Nothing but the small script before the first paint has run when the scripts of the app are held back.
    await page.route('**/assets/*.js', (route) => route.abort());
    await page.goto('/sign-in', { waitUntil: 'domcontentloaded' });
    expect(await scheme()).toBe('light');
  });
});
