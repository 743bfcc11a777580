import { authRouter } from './auth-router.ts';
import { sessionRouter } from './session-router.ts';
import { createCallerFactory, router } from './trpc.ts';
import { userRouter } from './user-router.ts';

export const appRouter = router({
  auth: authRouter,
  user: userRouter,
  session: sessionRouter,
});

export type AppRouter = typeof appRouter;

/** Calls procedures without HTTP: `createCaller(ctx).user.me()`. Errors are the `TRPCError`s that HTTP answers with. */
export const createCaller = createCallerFactory(appRouter);

export type Caller = ReturnType<typeof createCaller>;
