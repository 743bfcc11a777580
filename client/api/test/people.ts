import { createLatchkeyClient, type LatchkeyClient, type LatchkeyClientOptions } from '@latchkey/client';
import type { TestApp } from '@latchkey/server/testing';
import { codeIn } from '../../../server/src/testing/mail.ts';
import { newPerson } from '../../../server/src/testing/people.ts';

/** Registers somebody and asks for a code, as any program would. */
export async function askForCode(latchkey: LatchkeyClient, app: TestApp) {
  const { username, email, firstName, lastName, password } = newPerson();
  await latchkey.auth.register.mutate({ username, email, firstName, lastName, password, confirmPassword: password });
  const { challengeId } = await latchkey.auth.login.mutate({ username, password });
  const mail = await app.mail.waitFor(({ to }) => to === email);
  return { username, password, challengeId, code: codeIn(mail.text) };
}

/** Signs somebody new in. */
export async function signUp(latchkey: LatchkeyClient, app: TestApp) {
  const { challengeId, code, ...person } = await askForCode(latchkey, app);
  await latchkey.auth.verifyOtp.mutate({ challengeId, otp: code });
  return person;
}

/** A client that counts what it sends, by procedure. */
export function countingClient(app: TestApp, options: Partial<LatchkeyClientOptions> = {}) {
  const sent: string[] = [];
  const headers: Headers[] = [];
  const latchkey = createLatchkeyClient({
    url: app.url,
    fetch: (url, init) => {
      sent.push(...(new URL(url).pathname.split('/').at(-1)?.split(',') ?? []));
      headers.push(new Headers(init.headers));
      return fetch(url, init);
    },
    ...options,
  });
  return { latchkey, sent, headers, count: (path: string) => sent.filter((name) => name === path).length };
}
