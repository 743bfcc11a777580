import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isLatchkeyError, latchkeyLink } from '@latchkey/client';
import { createTRPCClient } from '@trpc/client';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { todoRouter } from './router.ts';
import { startTodos } from './server.ts';

/** The one who waits for the next code that is mailed. */
let onCode: (code: string) => void = () => {};
let dataDir: string;
let todos: Awaited<ReturnType<typeof startTodos>>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-todo-'));
  const settings = { PORT: '0', DATA_DIR: dataDir, BCRYPT_COST: '4', ALLOWED_ORIGINS: 'https://app.example' };
  todos = await startTodos(settings, { onMail: ({ text }) => onCode(/\b\d{6}\b/.exec(text)?.[0] ?? '') });
});
afterAll(async () => {
  await todos.close();
  await rm(dataDir, { recursive: true, force: true });
});

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  fetch(`${todos.url}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('a server of their own, with ours nested in its router', () => {
  it('shapes errors as ours does, with a request id on each response', async () => {
    const response = await post('accounts.auth.login', JSON.stringify({ username: 'nobody', password: 'wrong' }));
    expect(response.status).toBe(401);
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{22}$/);
    const { error } = (await response.json()) as { error: { data: Record<string, unknown> } };
    expect(error.data).toMatchObject({ path: 'accounts.auth.login', app: { code: 'INVALID_CREDENTIALS' } });
    expect(error.data).not.toHaveProperty('stack');
  });

  it('sends forms, odd methods, long bodies and long batches away before tRPC', async () => {
    const form = await post('accounts.auth.logout', 'x', { 'content-type': 'multipart/form-data; boundary=x' });
    const odd = await fetch(`${todos.url}/todo.list`, { method: 'PUT' });
    const long = await post('accounts.auth.login', 'x'.repeat(64 * 1024 + 1));
    const batch = await post(`${Array(11).fill('accounts.auth.logout').join(',')}?batch=1`, '{}');
    expect([form.status, odd.status, long.status, batch.status]).toEqual([415, 405, 413, 400]);
  });

  it('lets the pages of ALLOWED_ORIGINS read, and no others', async () => {
    const allowed = async (origin: string) =>
      (await fetch(`${todos.url}/todo.list`, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect(await allowed('https://app.example')).toBe('https://app.example');
    expect(await allowed('https://evil.example')).toBeNull();
    const preflight = await fetch(`${todos.url}/todo.add`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST']);
  });

  it('is called through one link, which finds our procedures under its prefix and signs its own', async () => {
    const link = latchkeyLink<typeof todoRouter>({ url: todos.url, prefix: 'accounts' });
    const client = createTRPCClient<typeof todoRouter>({ links: [link] });
    const refused = await client.todo.list.query().catch((error: unknown) => error);
    expect(isLatchkeyError(refused) && refused.code).toBe('UNAUTHENTICATED');

    const password = 'correct horse battery staple';
    const person = { username: 'ada', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' };
    await client.accounts.auth.register.mutate({ ...person, password, confirmPassword: password });
    const mailed = new Promise<string>((resolve) => {
      onCode = resolve;
    });
    const { challengeId } = await client.accounts.auth.login.mutate({ username: 'ada', password });
    await client.accounts.auth.verifyOtp.mutate({ challengeId, otp: await mailed });
    await client.todo.add.mutate({ text: 'Write the first program' });
    const [me, list] = await Promise.all([client.accounts.user.me.query(), client.todo.list.query()]);
    expect([me.username, list.length]).toEqual(['ada', 1]);

    const unknown = await client.todo.finish.mutate({ id: 7 }).catch((error: unknown) => error);
    expect(unknown).toMatchObject({ message: 'There is no such to-do.', data: { path: 'todo.finish' } });
    expect(isLatchkeyError(unknown)).toBe(false);
    await client.accounts.auth.logout.mutate({});
    await expect(client.todo.list.query()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('a host that forgets the context', () => {
  const line = 'createContext: latchkey.createContext';

  it('is told the missing line at the first call, by the wire as by a caller', async () => {
    const caller = todoRouter.createCaller({} as Parameters<typeof todoRouter.createCaller>[0]);
    await expect(caller.todo.list()).rejects.toThrow(line);
    const createContext = undefined as unknown as () => never;
    const server = createServer(createHTTPHandler({ router: todoRouter, createContext }));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/accounts.user.me`);
      expect(response.status).toBe(500);
      expect(((await response.json()) as { error: { message: string } }).error.message).toContain(line);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
