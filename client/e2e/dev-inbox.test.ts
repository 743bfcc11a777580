import { createTestApp } from '@latchkey/server/testing';
import { describe, expect, it } from 'vitest';
import { login } from '../../server/test/flows.ts';
import { app } from './app.ts';
import { onThisMachine, openVisitor } from './visitors.ts';
import { account, button, fillSignIn, heading } from './world.ts';

describe('the page of the REST face', () => {
  it('shows every call and tries one, with nothing from elsewhere', async () => {
    await using visitor = await openVisitor(app);
    const { page } = visitor;
    await page.goto('/api/docs');
    const call = page.locator('[id^="operations-"][id$="login"]');
    await call.locator('.opblock-summary-control').first().click();
    await call.getByRole('button', { name: 'Execute' }).click();
    await call.locator('.live-responses-table').getByText('"Invalid credentials"').waitFor();
  });
});

describe('the development inbox', () => {
  it('is empty at first, shows mail as it comes, and renders it where it can do no harm', async () => {
    await using own = await createTestApp();
    await using visitor = await openVisitor(own, onThisMachine);
    const { page } = visitor;
    await page.goto('/dev/inbox');
    await page.getByText('No mail yet').waitFor();
    await page.getByText('Live', { exact: true }).waitFor();
    const person = await account(own);
    const { code } = await login(own, person);
    await page.getByRole('list', { name: 'Mails' }).getByRole('button', { name: person.email }).first().click();
    const frame = page.getByTitle('Content of the mail');
    expect(await frame.getAttribute('sandbox')).not.toContain('allow-scripts');
    expect(await frame.getAttribute('sandbox')).not.toContain('allow-same-origin');
    await page.frameLocator('iframe').getByText(code).first().waitFor();
    await button(page, `Copy the code ${code}`).waitFor();
    // As high as the mail is: nothing in it is scrolled, and what it is measured in is gone.
    await page.waitForFunction(() => document.querySelector('iframe')?.style.height);
    const inner = await page
      .frameLocator('iframe')
      .locator('html')
      .evaluate((html) => html.scrollHeight);
    expect((await frame.boundingBox())?.height).toBeCloseTo(inner + 2, 0);
    expect(await page.locator('iframe').count()).toBe(1);

    await button(page, 'Clear').click();
    await button(page, /Throw (the mail|\d+ mails) away/).click();
    await page.getByText('No mail yet').waitFor();
    expect(own.mail.list()).toEqual([]);
  });

  it('is pointed to from the code page', async () => {
    // What Playwright runs in each frame of a tab that opens is kept out of the mail that the inbox may show by then.
    await using visitor = await openVisitor(app, onThisMachine, /Blocked script execution in 'about:srcdoc'/);
    const { page, context } = visitor;
    const person = await account(app);
    await page.goto('/sign-in');
    await fillSignIn(page, person.username, person.password);
    const [inbox] = await Promise.all([
      context.waitForEvent('page'),
      page.getByRole('link', { name: 'Open the development inbox' }).click(),
    ]);
    await heading(inbox, 'Development inbox').waitFor();
  });
});
