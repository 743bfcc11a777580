import { codeOf, createLatchkeyClient } from '@latchkey/client';
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newPerson } from '../../../server/src/testing/people.ts';
import { askForCode } from './people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

describe('the typed client, from Node', () => {
  it('is signed in after a code, and signed out after saying so', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const { username, challengeId, code } = await askForCode(latchkey, app);
    const { user } = await latchkey.auth.verifyOtp.mutate({ challengeId, otp: code });
    const me = await latchkey.user.me.query();
    expect(me).toEqual(user);
    expect(me.username).toBe(username);
    await latchkey.auth.logout.mutate({});
    await expect(latchkey.user.me.query()).rejects.toSatisfy((error) => codeOf(error) === 'UNAUTHENTICATED');
  });

  it('is the same client for libraries that build on tRPC', async () => {
    const latchkey = createLatchkeyClient({ url: app.url });
    const { username, challengeId, code } = await askForCode(latchkey, app);
    await latchkey.trpc.auth.verifyOtp.mutate({ challengeId, otp: code });
    expect(await latchkey.user.me.query()).toMatchObject({ username });
  });

  it('asks for mails in the language it is given', async () => {
    const latchkey = createLatchkeyClient({ url: app.url, locale: () => 'de' });
    const { username, email, firstName, lastName, password } = newPerson();
    await latchkey.auth.register.mutate({ username, email, firstName, lastName, password, confirmPassword: password });
    await latchkey.auth.login.mutate({ username, password });
    await app.mail.waitFor(({ to, subject }) => to === email && subject === 'Ihr Code für die Anmeldung');
  });

  it('does nothing before it is called: no timer, no request, no global', async () => {
    const before = new Set(Object.getOwnPropertyNames(globalThis));
    const requests: string[] = [];
    const latchkey = createLatchkeyClient({
      url: app.url,
      fetch: (url, init) => {
        requests.push(url);
        return fetch(url, init);
      },
    });
    expect(latchkey.state.get()).toEqual({ status: 'unknown' });
    expect(requests).toEqual([]);
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThan(50);
    expect(Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name))).toEqual([]);
  });
});
