import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { todoRouter } from './router.ts';
import { startTodos } from './server.ts';

let dataDir: string;
let todos: Awaited<ReturnType<typeof startTodos>>;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'latchkey-todo-'));
  todos = await startTodos({
    PORT: '0',
    DATA_DIR: dataDir,
    BCRYPT_COST: '4',
    ALLOWED_ORIGINS: 'https://app.example',
  });
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
  });
});

it('a host that forgets the context is told the missing line at the first call', async () => {
  const caller = todoRouter.createCaller({} as Parameters<typeof todoRouter.createCaller>[0]);
  await expect(caller.todo.list()).rejects.toThrow('createContext: latchkey.createContext');
});
