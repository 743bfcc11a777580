import {
  confirmSessionInput,
  confirmSessionOutput,
  renameSessionInput,
  revokeOthersOutput,
  revokeSessionInput,
  sessionListOutput,
  successOutput,
} from '@latchkey/shared/schemas';
import { protectedProcedure, router } from './trpc.ts';

export const sessionRouter = router({
  list: protectedProcedure.output(sessionListOutput).query(({ ctx }) => ctx.latchkey.sessionList.list(ctx.viewer)),

  confirm: protectedProcedure
    .input(confirmSessionInput)
    .output(confirmSessionOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.stepUp.confirm(input, ctx.viewer, ctx.request)),

  rename: protectedProcedure
    .input(renameSessionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.sessionList.rename(input, ctx.viewer)),

  revoke: protectedProcedure
    .input(revokeSessionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.sessionList.revoke(input, ctx.viewer, ctx.request)),

  revokeOthers: protectedProcedure
    .output(revokeOthersOutput)
    .mutation(({ ctx }) => ctx.latchkey.sessionList.revokeOthers(ctx.viewer, ctx.request)),
});
