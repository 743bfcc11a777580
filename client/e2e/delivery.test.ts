import { createHash } from 'node:crypto';
import { appPaths } from '@latchkey/shared/app-paths';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { app } from './app.ts';
import { onThisMachine, openVisitor } from './visitors.ts';
import { account, codeField, fillSignIn, goTo, heading, openSignedIn } from './world.ts';

describe('how the app is delivered', () => {
  it('has one script in the page itself, allowed by its hash, and compressed assets that never change', async () => {
    const page = await fetch(`${app.url}/sign-in`, { headers: { 'accept-encoding': 'br' } });
    const html = await page.text();
    const [script, ...more] = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)];
    expect(more).toEqual([]);
    // What is seen first has been sent, and can be shown, before the pages that follow it are there.
    const order = ['<style>', '<template id="outline account">', '<script>', '<template id="/ en">'];
    const places = order.map((text) => html.indexOf(text));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
    // So are the styles that hold for it, and hardly any other.
    const [first = '', all = ''] = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, styles]) => styles);
    for (const [, name] of html.slice(places[1], places[2]).matchAll(/class="([\w-]+)"/g)) {
      expect(first.includes(`.${name}`), name).toBe(all.includes(`.${name}`));
    }
    expect(first.length).toBeLessThan(all.length / 10);
    expect(html).not.toMatch(/https?:\/\//);
    const hash = createHash('sha256')
      .update(script?.[1] ?? '')
      .digest('base64');
    expect(page.headers.get('content-security-policy')).toContain(`;script-src 'self' 'sha256-${hash}';`);
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
    await using _ = await page.addInitScript(shiftScript);
    for (const [path, title] of [
      ['/', 'One key for your account'],
      ['/register', 'Create your account'],
      ['/sign-in', 'Sign in'],
    ] as const) {
      await page.goto(path);
      await heading(page, title).waitFor();
      expect(await page.evaluate(readShift), path).toBeLessThan(0.02);
    }
    const person = await account(app);
    await fillSignIn(page, person.username, person.password);
    await codeField(page).waitFor();
    await page.reload();
    await page.getByRole('link', { name: 'Open the development inbox' }).waitFor();
    expect(await page.evaluate(readShift), '/code').toBeLessThan(0.02);
  });

  it('in the account, where skeletons keep the place', async () => {
    await using visitor = await openSignedIn(app, { path: '/robots.txt' });
    const { page, person } = visitor;
    await using _ = await page.addInitScript(shiftScript);
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
    // What is said of a form comes after it: neither a refusal nor a success moves the fields.
    const before = await page.evaluate(readShift);
    await page.getByLabel('Current password').fill(person.password);
    await page.getByLabel('New password').fill(`${person.password} and more`);
    await page.getByLabel('Repeat the password').fill(`${person.password} and more`);
    await page.getByLabel('Repeat the password').press('Enter');
    await page.getByText('Your password is changed.').waitFor();
    expect((await page.evaluate(readShift)) - before).toBeLessThan(0.01);

    await goTo(page, '/account/profile');
    await page.getByText('Save changes', { exact: true }).waitFor();
    const unsaved = await page.evaluate(readShift);
    await page.getByLabel('First name').fill('Grace');
    await page.getByLabel('First name').press('Enter');
    await page.getByText('Saved.', { exact: true }).waitFor();
    expect((await page.evaluate(readShift)) - unsaved).toBeLessThan(0.01);
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
    expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(246, 248, 246)');
  });
});

describe.concurrent('a page whose app is still on its way', () => {
  /** Holds the scripts of the app back until the function that it gives is called. */
  async function holdScripts(page: Page) {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/assets/*.js', async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    return release;
  }

  it('takes name and password, and sends them when the app is there', async () => {
    await using visitor = await openVisitor(app, { locale: 'de-DE', colorScheme: 'dark' });
    const { page } = visitor;
    const person = await account(app);
    const release = await holdScripts(page);
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await heading(page, 'Anmelden').waitFor();
    expect(await page.locator(':focus').getAttribute('name')).toBe('username');
    await page.keyboard.type(person.username);
    await page.getByLabel('Passwort', { exact: true }).fill(person.password);
    await page.keyboard.press('Enter');
    release();
    await page.waitForURL('**/code');
    expect(page.url()).not.toContain(person.username);
  });

  it('keeps what was typed, the field in use and the link that was pressed', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const release = await holdScripts(page);
    await page.goto('/sign-in', { waitUntil: 'commit' });
    await page.getByLabel('Username or e-mail').fill('ada@example.com');
    await page.getByRole('link', { name: 'Forgot your password?' }).click();
    release();
    await heading(page, 'Reset your password').waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).toBe('ada@example.com');
  });

  it('shows the account to whoever was signed in, and goes where a link led when the app is there', async () => {
    await using visitor = await openSignedIn(app);
    const { page } = visitor;
    await page.getByText('Signed in on 1 device').waitFor();
    const shown = await page.locator('main').textContent();
    const release = await holdScripts(page);
    const requests: string[] = [];
    page.on('request', (request) => requests.push(new URL(request.url()).pathname));
    await page.reload({ waitUntil: 'commit' });
    await page.getByText('Signed in on 1 device').waitFor();
    expect(await page.locator('[data-drawn] main').textContent()).toBe(shown);
    await page.getByRole('link', { name: 'Devices: Manage' }).click();
    release();
    await page.getByText('This device', { exact: true }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/account/devices');
    // The styles of every page are in the page itself; what was asked for early is not asked for twice.
    expect(requests.filter((path) => path.endsWith('.css'))).toEqual([]);
    const calls = ['/trpc/auth.refresh', '/trpc/session.list'];
    expect(requests.filter((path) => path.startsWith('/trpc/'))).toEqual(calls);
  });

  it('shows the frame of the account, and asks anew what a server of the version before does not understand', async () => {
    await using visitor = await openSignedIn(app, { path: '/account/profile' });
    const { page } = visitor;
    await page.getByLabel('First name').waitFor();
    const release = await holdScripts(page);
    const calls: string[] = [];
    await page.route('**/trpc/**', async (route) => {
      calls.push(route.request().postData() ?? '');
      await (calls.length === 1 ? route.fulfill({ status: 400, json: {} }) : route.continue());
    });
    await page.reload({ waitUntil: 'commit' });
    await page.getByRole('navigation').getByText('Devices').waitFor();
    expect(await page.locator('main h1').count()).toBe(0);
    release();
    await page.getByLabel('First name').waitFor();
    expect(calls.slice(0, 2)).toEqual(['{"withUser":true}', '{}']);
  });
});
