import { formatErrors, type LatchkeyContext, latchkeyRouter, viewerProcedure } from '@latchkey/server/latchkey';
import { initTRPC, TRPCError } from '@trpc/server';
import * as z from 'zod/mini';

export interface Todo {
  id: number;
  text: string;
  done: boolean;
}

/** What this app's procedures need beside Latchkey's. */
export interface TodoContext extends LatchkeyContext {
  todosOf: (userId: string) => Todo[];
}

const t = initTRPC.context<TodoContext>().create({ errorFormatter: formatErrors() });

/** A procedure of somebody who is signed in: `ctx.viewer` is who. */
const signedIn = t.procedure.concat(viewerProcedure);

export const todoRouter = t.router({
  accounts: latchkeyRouter,
  todo: t.router({
    list: signedIn.query(({ ctx }) => ctx.todosOf(ctx.viewer.id)),

    add: signedIn
      .input(z.object({ text: z.string().check(z.minLength(1), z.maxLength(200)) }))
      .mutation(({ ctx, input }) => {
        const todos = ctx.todosOf(ctx.viewer.id);
        const todo = { id: todos.length + 1, text: input.text, done: false };
        todos.push(todo);
        return todo;
      }),

    finish: signedIn.input(z.object({ id: z.number() })).mutation(({ ctx, input }) => {
      const todo = ctx.todosOf(ctx.viewer.id).find(({ id }) => id === input.id);
      if (!todo) throw new TRPCError({ code: 'NOT_FOUND', message: 'There is no such to-do.' });
      todo.done = true;
      return todo;
    }),
  }),
});

/** The to-dos of everybody, in memory: an app of its own would ask its database here. */
export function createTodos(): TodoContext['todosOf'] {
  const byPerson = new Map<string, Todo[]>();
  return (userId) => {
    const todos = byPerson.get(userId) ?? [];
    byPerson.set(userId, todos);
    return todos;
  };
}
