import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { codeIn } from '../../../server/src/testing/mail.ts';
import { newPerson } from '../../../server/src/testing/people.ts';
import { wrongCode } from '../../../server/test/flows.ts';
import {
  type AppErrorCode,
  codeOf,
  createLatchkeyClient,
  isLatchkeyError,
  type LatchkeyClient,
} from '../src/client.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp();
});
afterAll(() => app[Symbol.asyncDispose]());

async function signUp(client: LatchkeyClient, on: TestApp) {
  const { username, email, firstName, lastName, password } = newPerson();
  await client.auth.register.mutate({ username, email, firstName, lastName, password, confirmPassword: password });
  const { challengeId } = await client.auth.login.mutate({ username, password });
  const mail = await on.mail.waitFor(({ to }) => to === email);
  return { username, challengeId, code: codeIn(mail.text) };
}

describe('the typed client, from Node', () => {
  it('is signed in after a code, and infers what goes in and what comes out', async () => {
    const client = createLatchkeyClient({ url: app.url });
    const { username, challengeId, code } = await signUp(client, app);
    const { user } = await client.auth.verifyOtp.mutate({ challengeId, otp: code });
    const me = await client.user.me.query();
    expect(me).toEqual(user);
    expect(me.username).toBe(username);
    expectTypeOf(me.role).toEqualTypeOf<'user' | 'admin'>();
    expectTypeOf(client.auth.login.mutate).parameter(0).toEqualTypeOf<{ username: string; password: string }>();
    await client.auth.logout.mutate({});
    await expect(client.user.me.query()).rejects.toSatisfy((error) => codeOf(error) === 'UNAUTHENTICATED');
  });

  it('tells what went wrong by a closed list of codes, with their details', async () => {
    const client = createLatchkeyClient({ url: app.url });
    const { challengeId, code } = await signUp(client, app);
    const error: unknown = await client.auth.verifyOtp
      .mutate({ challengeId, otp: wrongCode(code) })
      .catch((reason: unknown) => reason);
    if (!isLatchkeyError(error)) throw new Error('not an error of the server');
    expectTypeOf(error.data?.app?.code).toEqualTypeOf<AppErrorCode | undefined>();
    expect(error.data?.app).toEqual({ code: 'OTP_INVALID', details: { attemptsLeft: 4 } });
  });

  it('renews its token by itself, once for all calls that wait, as often as it takes', async () => {
    await using own = await createTestApp();
    const client = createLatchkeyClient({ url: own.url });
    const { challengeId, code } = await signUp(client, own);
    await client.auth.verifyOtp.mutate({ challengeId, otp: code });
    for (let rotation = 0; rotation < 3; rotation += 1) {
      own.clock.advance(700);
      const answers = await Promise.all(Array.from({ length: 25 }, () => client.session.list.query()));
      expect(answers).toHaveLength(25);
    }
  });

  it('says that a session is over, and keeps it while the server is only away', async () => {
    await using own = await createTestApp();
    const client = createLatchkeyClient({ url: own.url });
    const { challengeId, code } = await signUp(client, own);
    await client.auth.verifyOtp.mutate({ challengeId, otp: code });
    own.clock.advance(8 * 24 * 3600);
    await expect(client.user.me.query()).rejects.toSatisfy((error) => codeOf(error) === 'SESSION_EXPIRED');
    await expect(client.user.me.query()).rejects.toSatisfy((error) => codeOf(error) === 'UNAUTHENTICATED');

    const unreachable = createLatchkeyClient({ url: 'http://127.0.0.1:9' });
    await expect(unreachable.user.me.query()).rejects.toSatisfy((error) => isLatchkeyError(error) && !error.data);
  });

  it('asks for mails in the language it is given', async () => {
    const client = createLatchkeyClient({ url: app.url, locale: () => 'de' });
    const { username, email, firstName, lastName, password } = newPerson();
    await client.auth.register.mutate({ username, email, firstName, lastName, password, confirmPassword: password });
    await client.auth.login.mutate({ username, password });
    await app.mail.waitFor(({ to, subject }) => to === email && subject === 'Ihr Code für die Anmeldung');
  });
});
