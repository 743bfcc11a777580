import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { button, heading, openSignedIn } from './world.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

/** Somebody who runs the server, in their browser. */
const openAdmin = async (path: string) =>
  openSignedIn(app, { path, person: await app.account(undefined, { role: 'admin' }) });

describe.concurrent('administration', () => {
  it('is reached by the menu of those who run the server', async () => {
    await using visitor = await openAdmin('/account');
    const { page } = visitor;
    await button(page, 'Account menu').click();
    await page.getByRole('link', { name: 'Administration' }).click();
    await heading(page, 'Users').waitFor();
  });

  it('is not there for anybody else', async () => {
    await using visitor = await openSignedIn(app, { path: '/admin/users' });
    const { page } = visitor;
    await heading(page, 'There is nothing here').waitFor();
    await page.goto('/account');
    await button(page, 'Account menu').click();
    await page.getByRole('link', { name: 'All preferences' }).waitFor();
    expect(await page.getByRole('link', { name: 'Administration' }).count()).toBe(0);
  });
});
