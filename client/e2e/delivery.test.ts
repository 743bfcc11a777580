import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApp, type TestApp } from '../../server/test/test-app.ts';
import { account, codeField, fillSignIn, heading, openSignedIn, openVisitor } from './world.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
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
    await using visitor = await openVisitor(app);
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
