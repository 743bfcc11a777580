import { describe, expect, it } from 'vitest';
import { app } from './app.ts';
import { openVisitor } from './visitors.ts';
import { account, button, fillSignIn, heading, openSignedIn } from './world.ts';

/** The answer of a server that has had enough, to a batch of one call. */
const refusal = (code: 'RATE_LIMITED' | 'BUSY', retryAfterSeconds: number) => {
  const status = code === 'BUSY' ? 503 : 429;
  const data = { code, httpStatus: status, app: { code, details: { retryAfterSeconds } } };
  return { status, json: [{ error: { message: '', code: -32029, data } }] };
};

describe.concurrent('a bad connection', () => {
  it('offline: a banner says so, nothing typed is lost, and what waits is sent when it is back; slow: the button says so', async () => {
    await using visitor = await openVisitor(app);
    const { page, context } = visitor;
    const person = await account(app);
    // With this, nothing comes from what the browser has cached.
    await page.route('**/assets/**', (route) => route.continue());
    await page.clock.install();
    await page.goto('/sign-in');
    await heading(page, 'Sign in').waitFor();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route('**/trpc/auth.login*', async (route) => {
      await held;
      await route.continue();
    });
    await context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    // A page whose code is not there yet opens when it can be had, with all that it needs.
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByText('This page needs a connection.').waitFor();
    await context.setOffline(false);
    await heading(page, 'Create your account').waitFor();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await heading(page, 'Sign in').waitFor();
    await context.setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await fillSignIn(page, person.username, person.password).catch(() => undefined);
    await button(page, 'Waiting for the connection …').waitFor();
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe(person.username);
    const sent = page.waitForRequest('**/trpc/auth.login*');
    await context.setOffline(false);
    await sent;
    await page.locator('button[aria-busy=true]').waitFor();
    await page.clock.fastForward(6_000);
    await page.getByText('This takes longer than usual.').waitFor();
    release();
    await page.waitForURL('**/code');
  });

  it('a read that fails is tried again by itself, then offers to be asked again', async () => {
    await using visitor = await openSignedIn(app);
    const { page } = visitor;
    await heading(page, 'Hello, Ada').waitFor();
    await page.clock.install();
    await page.route('**/trpc/user.listActivity*', (route) => route.abort('connectionreset'));
    await page.getByRole('navigation').getByRole('link', { name: 'Activity' }).click();
    const failed = page.getByText('We could not reach the server.');
    while (!(await failed.isVisible())) await page.clock.runFor(1_000);
    await page.unroute('**/trpc/user.listActivity*');
    await button(page, 'Try again').click();
    await page.getByText('Account created').waitFor();
  });

  it('too many attempts, a busy server: a countdown on the notice and the button, what was typed is kept, and it goes on', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    await page.clock.install();
    await page.goto('/sign-in');
    await page.route('**/trpc/auth.login*', (route) => route.fulfill(refusal('RATE_LIMITED', 90)));
    await fillSignIn(page, person.username, person.password);
    await page
      .getByText(/Too many sign-ins or wrong passwords for this name, .* You can go on in 1:[012]\d\./)
      .waitFor();
    await button(page, /Try again in 1:/).waitFor();
    await page.unroute('**/trpc/auth.login*');
    await page.route('**/trpc/auth.login*', (route) => route.fulfill(refusal('BUSY', 20)), { times: 1 });
    await page.clock.fastForward(91_000);
    await page.getByText('You can go on now.').waitFor();
    await button(page, 'Continue').click();
    await page.getByText(/The server is busy right now. Please try again in 0:[12]\d\./).waitFor();
    await page.clock.fastForward(21_000);
    await page.getByText('You can go on now.').waitFor();
    await button(page, 'Continue').click();
    await page.waitForURL('**/code');
  });

  it('a lock on the account is counted down as the server tells it', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const person = await account(app);
    for (let failure = 0; failure < 10; failure += 1) {
      await app.call('auth.login', { username: person.username, password: 'wrong' });
    }
    await page.goto('/sign-in');
    await fillSignIn(page, person.username, person.password);
    await page
      .getByText(/You can go on in 1[45]:\d\d\. If you do not know the password, a reset helps at once/)
      .waitFor();
    // The lock is that of a name: another one is free at once.
    const other = await account(app);
    await fillSignIn(page, other.username, other.password);
    await page.waitForURL('**/code');
  });

  it('a page whose code cannot be loaded leaves the page before in place, and opens by itself when it can', async () => {
    await using visitor = await openVisitor(app, { isIdle: true });
    const { page, context } = visitor;
    // Where the server responds but has no code, the app soon asks for a fresh load instead.
    const unreachable = /\/(assets\/register-page.*)?$/;
    await page.route(unreachable, (route) => route.abort());
    await page.goto('/sign-in');
    await page.getByLabel('Username or e-mail').fill('somebody');
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByText('This page needs a connection.').waitFor();
    expect(await page.getByLabel('Username or e-mail').inputValue()).toBe('somebody');
    await button(page, 'Try again').click();
    await page.unroute(unreachable);
    await heading(page, 'Create your account').waitFor();

    // The other pages came while there was nothing else to do.
    await page.waitForLoadState('networkidle');
    await context.setOffline(true);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await heading(page, 'Sign in').waitFor();
  });

  it('a new build takes over when a page of the old one is gone, and asks first where something was typed', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    const replaced = { contentType: 'text/html', body: '<!doctype html><title>The new build</title>' };
    await page.route('**/assets/register-page*', (route) => route.abort());
    await page.goto('/sign-in');
    await page.getByLabel('Username or e-mail').fill('somebody');
    await page.route(/\/(register)?$/, (route) => route.fulfill(replaced));
    await page.getByRole('link', { name: 'Create an account' }).click();
    await button(page, 'Load it now').click();
    await page.waitForFunction(() => document.title === 'The new build');
    expect(new URL(page.url()).pathname).toBe('/register');
  });
});
