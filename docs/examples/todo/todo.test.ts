import { latchkeyLink, memoryStorage } from '@latchkey/client';
import { createTestApp } from '@latchkey/server/testing';
import { createTRPCClient } from '@trpc/client';
import { expect, it } from 'vitest';
import { createTodos, type TodoContext, todoRouter } from './router.ts';

/** A test app for this router: the to-dos stand beside what Latchkey's own procedures need. */
const createTodoApp = () => {
  const todosOf = createTodos();
  return createTestApp({ router: todoRouter, extend: (context): TodoContext => ({ ...context, todosOf }) });
};

it('everybody has to-dos of their own', async () => {
  await using app = await createTodoApp();
  const ada = await app.person('ada');
  const bob = await app.person('bob');
  await ada.caller.todo.add({ text: 'Write the first program' });
  expect(await ada.caller.todo.list()).toEqual([{ id: 1, text: 'Write the first program', done: false }]);
  expect(await bob.caller.todo.list()).toEqual([]);
});

it('a stranger is told to sign in, over the wire and without it', async () => {
  await using app = await createTodoApp();
  await expect(app.caller().todo.list()).rejects.toThrow('Please sign in.');
  for (const client of [app.local(), app.client()]) {
    await expect(client.todo.list.query()).rejects.toMatchObject({ data: { app: { code: 'UNAUTHENTICATED' } } });
  }
});

it('a session that was ended ends here too', async () => {
  await using app = await createTodoApp();
  const ada = await app.person('ada');
  const phone = await app.session(ada);
  await ada.client.accounts.session.revokeOthers.mutate();
  await expect(phone.client.todo.list.query()).rejects.toThrow('Please sign in.');
  expect(await ada.client.todo.list.query()).toEqual([]);
});

it('a token that has run out is renewed for these procedures too, once for all calls', async () => {
  await using app = await createTodoApp();
  const { accessToken, accessTokenExpiresAt, refreshToken } = await app.person('ada');
  const storage = memoryStorage();
  await storage.set('latchkey.tokens', JSON.stringify({ accessToken, accessTokenExpiresAt, refreshToken }));
  const link = latchkeyLink<typeof todoRouter>({ url: `${app.url}/trpc`, prefix: 'accounts', storage });
  const client = createTRPCClient<typeof todoRouter>({ links: [link] });
  app.clock.advance('11m');
  const [list, me] = await Promise.all([client.todo.list.query(), client.accounts.user.me.query()]);
  expect([list, me.username]).toEqual([[], 'ada']);
  const renewals = app.log.filter((entry) => entry.includes('accounts.auth.refresh'));
  expect(renewals).toHaveLength(1);
});
