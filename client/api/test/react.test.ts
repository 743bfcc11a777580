import {
  createLatchkeyClient,
  isLatchkeyError,
  type LatchkeyClient,
  type LatchkeyClientOptions,
  memoryStorage,
  type Storage,
} from '@latchkey/client';
import { LatchkeyProvider, useLatchkey, useRequireConfirm, useSession } from '@latchkey/client/react';
import { createTestApp, type TestApp } from '@latchkey/server/testing';
import { Window } from 'happy-dom';
import { createElement, type ReactElement, type ReactNode, StrictMode } from 'react';
import type { Root } from 'react-dom/client';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { strongPassword } from '../../../server/src/testing/people.ts';

let app: TestApp;
const window = new Window({ url: 'http://localhost' });
let createRoot: typeof import('react-dom/client').createRoot;

/** React wants these of a browser; the rest of this process, the server too, stays in Node. */
beforeAll(async () => {
  const { document, navigator } = window;
  for (const [name, value] of Object.entries({ window, document, navigator })) vi.stubGlobal(name, value);
  ({ createRoot } = await import('react-dom/client'));
  app = await createTestApp();
});
const roots = new Set<Root>();
afterEach(() => {
  for (const root of roots) root.unmount();
  roots.clear();
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  await window.happyDOM.close();
  vi.unstubAllGlobals();
});

/** Puts a page up; `text` is what it shows. */
function show(page: ReactElement) {
  const container = window.document.createElement('main');
  const root = createRoot(container as unknown as Element);
  roots.add(root);
  root.render(createElement(StrictMode, null, page));
  return {
    text: () => container.textContent,
    press: () => container.querySelector('button')?.click(),
    render: (next: ReactElement) => root.render(createElement(StrictMode, null, next)),
    unmount: () => root.unmount(),
  };
}

function Name(): ReactElement {
  const session = useSession();
  if (session.problem) return createElement('button', { type: 'button', onClick: session.retry }, 'no server');
  return createElement('b', null, session.status === 'signed-in' ? session.user?.username : session.status);
}

const inside = (client: LatchkeyClient, ...children: ReactNode[]) =>
  createElement(LatchkeyProvider, { client }, ...children);
const twoNames = (client: LatchkeyClient) => inside(client, createElement(Name), ' and ', createElement(Name));

/** The storage of a device on which somebody signed in before. */
async function storageOf(username: string): Promise<Storage> {
  const { accessToken, accessTokenExpiresAt, refreshToken } = await app.person(username);
  const storage = memoryStorage();
  await storage.set('latchkey.tokens', JSON.stringify({ accessToken, accessTokenExpiresAt, refreshToken }));
  return storage;
}

const clientOf = (storage: Storage = memoryStorage(), options: Partial<LatchkeyClientOptions> = {}) =>
  createLatchkeyClient({ url: app.url, storage, ...options });

/** A client that counts its requests, and whose server can be taken away. */
function watchedClient(storage?: Storage) {
  const watched = { requests: 0, isAway: false };
  const client = clientOf(storage, {
    fetch(url, init) {
      watched.requests += 1;
      return watched.isAway ? Promise.reject(new Error('away')) : fetch(url, init);
    },
  });
  return { client, watched };
}

describe('the session in React', () => {
  it('is looked for once, however many components show it, and is the same to all', async () => {
    const { client, watched } = watchedClient(await storageOf('ada'));
    const { text } = show(twoNames(client));
    await expect.poll(text).toBe('ada and ada');
    expect(watched.requests).toBe(1);
  });

  it('follows a sign-in and a sign-out', async () => {
    const bob = await app.account('bob');
    const client = clientOf();
    const { text } = show(twoNames(client));
    await expect.poll(text).toBe('signed-out and signed-out');
    const { challengeId } = await client.auth.login.mutate({ username: 'bob', password: bob.password });
    await client.auth.verifyOtp.mutate({ challengeId, otp: await app.mail.codeFor(bob) });
    await expect.poll(text).toBe('bob and bob');
    await client.auth.logout.mutate({});
    await expect.poll(text).toBe('signed-out and signed-out');
  });

  it('ends here with the next call after another tab, which has the same storage, signed out', async () => {
    const storage = await storageOf('carol');
    const here = clientOf(storage);
    const { text } = show(twoNames(here));
    await expect.poll(text).toBe('carol and carol');
    await clientOf(storage).auth.logout.mutate({});
    await expect(here.session.list.query()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect.poll(text).toBe('signed-out and signed-out');
    expect(here.state.get()).toEqual({ status: 'signed-out', reason: 'signed-out' });
  });

  it('is no longer listened to by what was taken off the page', async () => {
    const client = clientOf(await storageOf('dora'));
    let listeners = 0;
    const { subscribe } = client.state;
    client.state.subscribe = (listener) => {
      listeners += 1;
      const stop = subscribe(listener);
      return () => {
        listeners -= 1;
        stop();
      };
    };
    const page = show(twoNames(client));
    await expect.poll(page.text).toBe('dora and dora');
    await expect.poll(() => listeners).toBe(2);
    page.render(inside(client, createElement(Name)));
    await expect.poll(page.text).toBe('dora');
    await expect.poll(() => listeners).toBe(1);
    page.unmount();
    await expect.poll(() => listeners).toBe(0);
    await client.auth.logout.mutate({});
    expect(page.text()).toBe('');
  });

  it('is that of another client once the provider gets one', async () => {
    const [one, other] = [clientOf(await storageOf('emil')), clientOf(await storageOf('fritz'))];
    const page = show(twoNames(one));
    await expect.poll(page.text).toBe('emil and emil');
    page.render(twoNames(other));
    await expect.poll(page.text).toBe('fritz and fritz');
  });

  it('says that no server responded, and looks again when it is asked to', async () => {
    const { client, watched } = watchedClient(await storageOf('grete'));
    watched.isAway = true;
    const page = show(inside(client, createElement(Name)));
    await expect.poll(page.text).toBe('no server');
    watched.isAway = false;
    page.press();
    await expect.poll(page.text).toBe('grete');
  });

  it('is unknown where a server renders, which asks nobody', async () => {
    const { client, watched } = watchedClient(await storageOf('hans'));
    expect(renderToString(twoNames(client))).toBe('<b>unknown</b> and <b>unknown</b>');
    expect(watched.requests).toBe(0);
    expect(() => renderToString(createElement(Name))).toThrow('put <LatchkeyProvider client={…}> around');
  });
});

/** What the page asks, and the client that its components get. */
let pending: ReturnType<typeof useRequireConfirm>;
let given: LatchkeyClient;

function Question(): ReactElement {
  pending = useRequireConfirm();
  given = useLatchkey();
  return createElement('p', null, pending ? `confirm by ${pending.methods.join()}` : 'nothing asked');
}

describe('a confirmation in React', () => {
  /** Somebody whose sign-in was too long ago for what they do next. */
  async function showQuestion(username: string) {
    const page = show(inside(clientOf(await storageOf(username)), createElement(Question)));
    app.clock.advance('16m');
    await expect.poll(page.text).toBe('nothing asked');
    const rename = given.user.changeUsername.mutate({ username: `${username}-2` }).then(
      () => 'ok',
      (error: unknown) => (isLatchkeyError(error) ? error.code : String(error)),
    );
    await expect.poll(page.text).toBe('confirm by password');
    return { page, rename };
  }

  it('is asked for, stays after a wrong password, and lets the call go on after the right one', async () => {
    const { page, rename } = await showQuestion('ida');
    await expect(pending?.confirm({ password: 'wrong' })).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
    expect(page.text()).toBe('confirm by password');
    await pending?.confirm({ password: strongPassword });
    expect(await rename).toBe('ok');
    await expect.poll(page.text).toBe('nothing asked');
  });

  it('that is cancelled ends the call, and the question', async () => {
    const { page, rename } = await showQuestion('jana');
    pending?.cancel();
    expect(await rename).toBe('CONFIRMATION_CANCELLED');
    await expect.poll(page.text).toBe('nothing asked');
  });

  it('that nobody can see any more holds no call: it ends with the page', async () => {
    const { page, rename } = await showQuestion('kurt');
    page.unmount();
    expect(await rename).toBe('CONFIRMATION_CANCELLED');
  });
});
