import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConfirmationHandler, codeOf, createLatchkeyClient, isLatchkeyError } from '@latchkey/client';
import { createTestApp } from '@latchkey/server/testing';
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { describe, expect, it, vi } from 'vitest';
import { countingClient, signUp } from './people.ts';

const right = { password: 'correct horse battery staple' };
const refusals = {
  REAUTHENTICATION_REQUIRED: { status: 'FORBIDDEN', details: { maxAgeSeconds: 900, methods: ['password'] } },
  INVALID_CREDENTIALS: { status: 'UNAUTHORIZED', details: undefined },
  NOT_FOUND: { status: 'NOT_FOUND', details: undefined },
} as const;

/** A server that asks for a confirmation as Latchkey does: `session.confirm` opens what is refused before it. */
async function startConfirmingServer() {
  const refuse = (code: keyof typeof refusals) =>
    new TRPCError({ code: refusals[code].status, message: code, cause: new Error(code) });
  const t = initTRPC.create({
    errorFormatter: ({ shape, error }) => {
      const code = error.cause?.message as keyof typeof refusals | undefined;
      const app = code && code in refusals && { code, details: refusals[code].details };
      return { ...shape, data: { ...shape.data, ...(app && { app }) } };
    },
  });
  const calls: { path: string; input: unknown }[] = [];
  let confirmed = false;
  let confirmedNow: () => void = () => {};
  const untilConfirmed = new Promise<void>((resolve) => {
    confirmedNow = resolve;
  });
  /** Sessions that are still there. */
  const sessions = new Set(['phone', 'tablet']);
  let isLate = false;
  const procedure = t.procedure.use(async ({ path, getRawInput, next }) => {
    calls.push({ path, input: await getRawInput() });
    return next();
  });
  const confirmedProcedure = procedure.use(({ next }) => {
    if (!confirmed) throw refuse('REAUTHENTICATION_REQUIRED');
    return next();
  });
  const router = t.router({
    user: t.router({
      changeUsername: confirmedProcedure
        .input((value) => value as { username: string })
        .mutation(({ input }) => ({ username: input.username })),
    }),
    session: t.router({
      list: confirmedProcedure.query(() => []),
      // It is refused before the confirmation, and the refusal comes after it.
      rename: procedure
        .input((value) => value as { sessionId: string; name: string })
        .mutation(async () => {
          const refused = !confirmed;
          await untilConfirmed;
          if (refused) throw refuse('REAUTHENTICATION_REQUIRED');
          return { success: true };
        }),
      // Late, it finds out after it has acted that a confirmation is missing.
      revoke: procedure
        .input((value) => value as { sessionId: string })
        .mutation(({ input }) => {
          if (!confirmed && !isLate) throw refuse('REAUTHENTICATION_REQUIRED');
          if (!sessions.delete(input.sessionId)) throw refuse('NOT_FOUND');
          if (!confirmed) throw refuse('REAUTHENTICATION_REQUIRED');
          return { success: true };
        }),
      confirm: procedure
        .input((value) => value as typeof right)
        .mutation(({ input }) => {
          if (input.password !== right.password) throw refuse('INVALID_CREDENTIALS');
          confirmed = true;
          confirmedNow();
          return { confirmedUntil: '2030-01-01T00:00:00.000Z' };
        }),
    }),
  });
  const server = createServer(createHTTPHandler({ router, basePath: '/trpc/' }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    late: () => {
      isLate = true;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client whose person confirms with the right password, as often as they are asked. */
function confirmingClient(url: string) {
  let asked = 0;
  const onConfirm: ConfirmationHandler = async ({ confirm }) => {
    asked += 1;
    await confirm(right);
    return true;
  };
  return { latchkey: createLatchkeyClient({ url, onConfirm }), asked: () => asked };
}

const codeOfCall = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (!isLatchkeyError(error)) throw error;
      // The other procedures ask for no confirmation, so that the client lists no such code for them.
      return error.code === 'NO_RESPONSE' ? (codeOf(error) ?? error.code) : error.code;
    },
  );

describe('a call that needs a confirmation', () => {
  it('waits for one question, with however many others, and is sent again once with the same input', async () => {
    await using server = await startConfirmingServer();
    let asked = 0;
    const latchkey = createLatchkeyClient({
      url: server.url,
      async onConfirm({ methods, maxAgeSeconds, confirm }) {
        asked += 1;
        expect([methods, maxAgeSeconds]).toEqual([['password'], 900]);
        await confirm(right);
        return true;
      },
    });
    await Promise.all([
      latchkey.user.changeUsername.mutate({ username: 'ada' }),
      latchkey.user.changeUsername.mutate({ username: 'ada' }),
      latchkey.session.revoke.mutate({ sessionId: 'phone' }),
    ]);
    expect(asked).toBe(1);
    expect(server.calls.filter(({ path }) => path === 'user.changeUsername')).toHaveLength(4);
    expect(server.calls.filter(({ path }) => path === 'session.revoke').map(({ input }) => input)).toEqual([
      { sessionId: 'phone' },
      { sessionId: 'phone' },
    ]);
  });

  it('does not ask again where its refusal comes after another call was confirmed', async () => {
    await using server = await startConfirmingServer();
    const { latchkey, asked } = confirmingClient(server.url);
    const late = latchkey.session.rename.mutate({ sessionId: 'phone', name: 'The old one' });
    await vi.waitFor(() => expect(server.calls).toHaveLength(1));
    await latchkey.user.changeUsername.mutate({ username: 'ada' });
    expect(await codeOfCall(late)).toBe('ok');
    expect([asked(), server.calls.filter(({ path }) => path === 'session.rename').length]).toEqual([1, 2]);
  });

  it('opens no question where it is a query, which a page may send by itself', async () => {
    await using server = await startConfirmingServer();
    const { latchkey, asked } = confirmingClient(server.url);
    const refused = await latchkey.session.list.query().catch((error: unknown) => error);
    expect([codeOf(refused), asked(), server.calls.length]).toEqual(['REAUTHENTICATION_REQUIRED', 0, 1]);
    // The page asks when the person says so.
    expect(await latchkey.confirm({ maxAgeSeconds: 900, methods: ['password'] })).toBe(true);
    expect([await latchkey.session.list.query(), asked()]).toEqual([[], 1]);
  });

  it('goes on after a wrong password that was typed again', async () => {
    await using server = await startConfirmingServer();
    const tried: string[] = [];
    const onConfirm: ConfirmationHandler = async ({ confirm }) => {
      tried.push(await codeOfCall(confirm({ password: 'wrong' })), await codeOfCall(confirm(right)));
      return true;
    };
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm });
    expect(await codeOfCall(latchkey.user.changeUsername.mutate({ username: 'ada' }))).toBe('ok');
    expect(tried).toEqual(['INVALID_CREDENTIALS', 'ok']);
  });

  it('fails with CONFIRMATION_CANCELLED where nobody confirms, and nothing is sent again', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm: () => false });
    const calls = [
      latchkey.user.changeUsername.mutate({ username: 'ada' }),
      latchkey.session.revoke.mutate({ sessionId: 'phone' }),
    ];
    expect(await Promise.all(calls.map(codeOfCall))).toEqual(['CONFIRMATION_CANCELLED', 'CONFIRMATION_CANCELLED']);
    expect(server.calls).toHaveLength(2);
  });

  it('fails as the server says where nobody can be asked', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url });
    expect(await codeOfCall(latchkey.user.changeUsername.mutate({ username: 'ada' }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    const stop = latchkey.onConfirm(({ confirm }) => confirm(right).then(() => true));
    stop();
    expect(await codeOfCall(latchkey.user.changeUsername.mutate({ username: 'ada' }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
  });

  it('is not sent a third time: what asks again after a confirmation fails', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm: () => true });
    expect(await codeOfCall(latchkey.user.changeUsername.mutate({ username: 'ada' }))).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    expect(server.calls).toHaveLength(2);
  });

  it('that had its effect before it was refused brings what its second sending finds', async () => {
    await using server = await startConfirmingServer();
    server.late();
    const latchkey = createLatchkeyClient({
      url: server.url,
      onConfirm: ({ confirm }) => confirm(right).then(() => true),
    });
    expect(await codeOfCall(latchkey.session.revoke.mutate({ sessionId: 'phone' }))).toBe('NOT_FOUND');
    expect(server.calls.map(({ path }) => path)).toEqual(['session.revoke', 'session.confirm', 'session.revoke']);
  });

  it('stops waiting for the person when it is aborted', async () => {
    await using server = await startConfirmingServer();
    const leaving = new AbortController();
    const latchkey = createLatchkeyClient({
      url: server.url,
      onConfirm: () => {
        leaving.abort();
        return new Promise<boolean>(() => {});
      },
    });
    expect(await codeOfCall(latchkey.user.changeUsername.mutate({ username: 'ada' }, { signal: leaving.signal }))).toBe(
      'NO_RESPONSE',
    );
  });
});

describe('a confirmation of a real server', () => {
  it('lets a call through that was refused, once the password is right', async () => {
    await using app = await createTestApp();
    const tried: string[] = [];
    const onConfirm: ConfirmationHandler = async ({ confirm, ...asked }) => {
      expect(asked).toEqual({ methods: ['password'], maxAgeSeconds: 900 });
      tried.push(await codeOfCall(confirm({ password: 'wrong' })), await codeOfCall(confirm({ password })));
      return true;
    };
    const { latchkey, count } = countingClient(app, { onConfirm });
    const { username, password } = await signUp(latchkey, app);
    await latchkey.user.changeUsername.mutate({ username: `${username}-2` });
    expect(tried).toEqual([]);
    app.clock.advance(900);
    const renamed = await latchkey.user.changeUsername.mutate({ username: `${username}-3` });
    expect([renamed.username, tried]).toEqual([`${username}-3`, ['INVALID_CREDENTIALS', 'ok']]);
    // The first, and one each with a token that has run out, without a confirmation, and with both.
    expect([count('user.changeUsername'), latchkey.state.get()]).toEqual([4, { status: 'signed-in', user: renamed }]);
  });
});
