import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLatchkey, type LatchkeyOptions } from '@latchkey/server/latchkey';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { createTodos, todoRouter } from './router.ts';

/** Serves the to-dos with their accounts. `settings` are those of `.env.example`, as `process.env` has them. */
export async function startTodos(settings: Parameters<typeof createLatchkey>[0], options?: LatchkeyOptions) {
  const latchkey = await createLatchkey(settings, options);
  const todosOf = createTodos();
  const trpc = createHTTPHandler({
    router: todoRouter,
    createContext: async (options) => ({ ...latchkey.createContext(options), todosOf }),
  });
  const server = createServer(latchkey.guard(trpc));
  await new Promise<void>((resolve) => server.listen(Number(settings.PORT ?? 3000), '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await latchkey.close();
    },
  };
}
