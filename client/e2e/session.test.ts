import { createTestApp } from '@latchkey/server/testing';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { app } from './app.ts';
import { account, button, goTo, heading, openSignedIn, signInAs, signOut } from './world.ts';

/** The overview with nothing under way: a call that the clock overtakes would end the session before it is left. */
async function overviewOf(page: Page): Promise<void> {
  await heading(page, 'Hello, Ada').waitFor();
  await page.getByText('Signed in on 1 device').waitFor();
}

/** Counts the calls of one procedure that a page sends. */
function countCalls(pages: Page[], procedure: string): () => number {
  let calls = 0;
  for (const page of pages) {
    page.on('request', (request) => {
      if (request.url().includes(procedure)) calls += 1;
    });
  }
  return () => calls;
}

const refused = (code: string, details = {}) => ({
  status: code === 'RATE_LIMITED' ? 429 : 503,
  contentType: 'application/json',
  body: JSON.stringify({
    error: { message: code, code: -32029, data: { code, httpStatus: 503, app: { code, details } } },
  }),
});

describe.concurrent('several tabs', () => {
  it('follow each other: a sign-out and a sign-in in one are one in all, and no account is shown to the next person', async () => {
    await using visitor = await openSignedIn(app);
    const { page: first, context } = visitor;
    const second = await context.newPage();
    await second.goto('/account');
    await heading(second, 'Hello, Ada').waitFor();
    await second.getByRole('navigation').getByRole('link', { name: 'Devices' }).click();
    await heading(second, 'Devices').waitFor();
    await signOut(first);
    await second.waitForURL('**/sign-in');
    await second.getByText('You are signed out.').waitFor();

    await signInAs(app, first, await account(app, { firstName: 'Grace' }));
    await second.waitForURL('**/account');
    await heading(second, 'Hello, Grace').waitFor();
    expect(await second.getByText('Hello, Ada').count()).toBe(0);
  });

  it('refresh once between them, and one after the other when they start together', async () => {
    await using own = await createTestApp();
    await using visitor = await openSignedIn(own, { path: '/robots.txt' });
    const { page: first, context } = visitor;
    const pages = [first, await context.newPage(), await context.newPage()];
    await Promise.all(pages.map((page) => page.goto('/account')));
    await Promise.all(pages.map(overviewOf));

    own.clock.advance(700);
    const refreshes = countCalls(pages, 'auth.refresh');
    // Every tab finds out at the same moment that its token has expired.
    await Promise.all(
      pages.map((page) => page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click()),
    );
    await Promise.all(pages.map((page) => page.getByText('Signed in', { exact: true }).first().waitFor()));
    expect(refreshes()).toBe(1);
  });
});

describe.concurrent('a session', () => {
  it('outlives a reload on every page, and no wrong page flashes meanwhile', async () => {
    await using visitor = await openSignedIn(app, { path: '/robots.txt' });
    const { page } = visitor;
    await using _ = await page.addInitScript(() => {
      const seen: string[] = [];
      Object.assign(window, { seen });
      new MutationObserver(() => {
        const title = document.querySelector('h1')?.textContent;
        if (title && seen.at(-1) !== title) seen.push(title);
      }).observe(document, { subtree: true, childList: true, characterData: true });
    });
    for (const [path, title] of [
      ['/account/profile', 'Profile'],
      ['/account/devices', 'Devices'],
      ['/sign-in', 'Hello, Ada'],
    ] as const) {
      await page.goto(path);
      await heading(page, title).waitFor();
      const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen);
      expect(seen.filter((text) => text !== 'Overview')).toEqual([title]);
    }
  });

  it('that has ended leads to the sign-in and back to where one was; one that an old token ended says why', async () => {
    await using own = await createTestApp();
    await using visitor = await openSignedIn(own);
    const { page, person, context } = visitor;
    await overviewOf(page);
    own.clock.advance(8 * 24 * 3600);
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
    await page.waitForURL('**/sign-in?next=%2Faccount%2Factivity');
    await page.getByText('Your session has ended. Sign in again and you are back where you were.').waitFor();
    await signInAs(own, page, person);
    await page.waitForURL('**/account/activity');

    await page.getByRole('navigation').getByRole('link', { name: 'Overview' }).click();
    await overviewOf(page);
    const stolen = await context.cookies();
    for (let rotation = 0; rotation < 2; rotation += 1) {
      own.clock.advance(700);
      await page.reload();
      await overviewOf(page);
    }
    own.clock.advance(700);
    await context.addCookies(stolen);
    await page.reload();
    await page.getByText('For your safety this session was ended').waitFor();
  });

  it('goes on to a path of this app only', async () => {
    await using visitor = await openSignedIn(app, { path: '/sign-in?next=https://evil.example/' });
    const { page } = visitor;
    await page.waitForURL('**/account');
    for (const next of ['//evil.example', '/\\evil.example', 'javascript:alert(1)']) {
      await goTo(page, `/sign-in?next=${encodeURIComponent(next)}`);
      await page.waitForURL(`${app.origin}/account`);
    }
    await goTo(page, '/sign-in?next=/account/activity');
    await page.waitForURL('**/account/activity');
  });

  it('is neither lost nor left without the server: where it does not answer or is busy the page waits, and goes on by itself', async () => {
    await using visitor = await openSignedIn(app);
    const { page } = visitor;
    await heading(page, 'Hello, Ada').waitFor();
    let answer: 'abort' | 'busy' | 'limited' = 'abort';
    await page.route('**/trpc/auth.refresh', (route) => {
      if (answer === 'abort') return route.abort('connectionrefused');
      return route.fulfill(
        answer === 'busy'
          ? refused('BUSY', { retryAfterSeconds: 1 })
          : refused('RATE_LIMITED', { retryAfterSeconds: 1 }),
      );
    });
    await page.reload();
    await heading(page, 'Connecting to your account').waitFor();
    answer = 'busy';
    await button(page, 'Try again').click();
    answer = 'limited';
    await page.waitForResponse((response) => response.status() === 429);
    expect(new URL(page.url()).pathname).toBe('/account');
    await page.unroute('**/trpc/auth.refresh');
    await heading(page, 'Hello, Ada').waitFor();

    // Nor is it said to be over while the server has not heard of it.
    await page.route('**/trpc/auth.logout', (route) => route.abort('connectionrefused'));
    await signOut(page);
    await page.getByText('We could not reach the server.').waitFor();
    await page.unroute('**/trpc/auth.logout');
    await signOut(page);
    await page.getByText('You are signed out.').waitFor();
  });
});
