import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConfirmationHandler, codeOf, createLatchkeyClient, isLatchkeyError } from '@latchkey/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { describe, expect, it } from 'vitest';

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
    session: t.router({
      list: confirmedProcedure.query(() => []),
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

const codeOfCall = (call: Promise<unknown>) =>
  call.then(
    () => 'ok',
    (error: unknown) => {
      if (!isLatchkeyError(error)) throw error;
      // These procedures ask for no confirmation yet, so that the client lists no such code for them.
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
      latchkey.session.list.query(),
      latchkey.session.list.query(),
      latchkey.session.revoke.mutate({ sessionId: 'phone' }),
    ]);
    expect(asked).toBe(1);
    expect(server.calls.filter(({ path }) => path === 'session.list')).toHaveLength(4);
    expect(server.calls.filter(({ path }) => path === 'session.revoke').map(({ input }) => input)).toEqual([
      { sessionId: 'phone' },
      { sessionId: 'phone' },
    ]);
  });

  it('goes on after a wrong password that was typed again', async () => {
    await using server = await startConfirmingServer();
    const tried: string[] = [];
    const onConfirm: ConfirmationHandler = async ({ confirm }) => {
      tried.push(await codeOfCall(confirm({ password: 'wrong' })), await codeOfCall(confirm(right)));
      return true;
    };
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm });
    expect(await codeOfCall(latchkey.session.list.query())).toBe('ok');
    expect(tried).toEqual(['INVALID_CREDENTIALS', 'ok']);
  });

  it('fails with CONFIRMATION_CANCELLED where nobody confirms, and nothing is sent again', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm: () => false });
    const calls = [latchkey.session.list.query(), latchkey.session.revoke.mutate({ sessionId: 'phone' })];
    expect(await Promise.all(calls.map(codeOfCall))).toEqual(['CONFIRMATION_CANCELLED', 'CONFIRMATION_CANCELLED']);
    expect(server.calls).toHaveLength(2);
  });

  it('fails as the server says where nobody can be asked', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url });
    expect(await codeOfCall(latchkey.session.list.query())).toBe('REAUTHENTICATION_REQUIRED');
    const stop = latchkey.onConfirm(({ confirm }) => confirm(right).then(() => true));
    stop();
    expect(await codeOfCall(latchkey.session.list.query())).toBe('REAUTHENTICATION_REQUIRED');
  });

  it('is not sent a third time: what asks again after a confirmation fails', async () => {
    await using server = await startConfirmingServer();
    const latchkey = createLatchkeyClient({ url: server.url, onConfirm: () => true });
    expect(await codeOfCall(latchkey.session.list.query())).toBe('REAUTHENTICATION_REQUIRED');
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
    expect(await codeOfCall(latchkey.session.list.query(undefined, { signal: leaving.signal }))).toBe('NO_RESPONSE');
  });
});
