import type { AppErrorCode } from '@latchkey/shared/errors';
import { procedureErrors } from '@latchkey/shared/procedure-errors';
import { adminRouter } from './admin-router.ts';
import { authRouter } from './auth-router.ts';
import { sessionRouter } from './session-router.ts';
import { createCallerFactory, router } from './trpc.ts';
import { userRouter } from './user-router.ts';

export const appRouter = router({
  auth: authRouter,
  user: userRouter,
  session: sessionRouter,
  admin: adminRouter,
});

export type AppRouter = typeof appRouter;

type Areas = AppRouter['_def']['record'];
type PathIn<Area extends keyof Areas> = `${Area}.${keyof Areas[Area] & string}`;
type Path = { [Area in keyof Areas]: PathIn<Area> }[keyof Areas];

// Where a procedure has no line in `procedureErrors` (shared), or a line there has no procedure, this does not compile.
void (procedureErrors satisfies Record<Path, readonly AppErrorCode[]> &
  Record<Exclude<keyof typeof procedureErrors, Path>, never>);

/** Calls procedures without HTTP: `createCaller(ctx).user.me()`. Errors are the `TRPCError`s that HTTP answers with. */
export const createCaller = createCallerFactory(appRouter);

export type Caller = ReturnType<typeof createCaller>;
