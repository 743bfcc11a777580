import {
  activityOutput,
  challengeOutput,
  changePasswordInput,
  changePasswordOutput,
  changeUsernameInput,
  confirmEmailChangeInput,
  dataExportOutput,
  deleteAccountInput,
  deleteAccountOutput,
  listActivityInput,
  requestEmailChangeInput,
  updateProfileInput,
  userOutput,
} from '@latchkey/shared/schemas';
import { confirmationSeconds } from '../domain/step-up.ts';
import { confirmedProcedure, protectedProcedure, router } from './trpc.ts';

export const userRouter = router({
  me: protectedProcedure.output(userOutput).query(({ ctx }) => ctx.latchkey.accounts.me(ctx.viewer)),

  updateProfile: protectedProcedure
    .meta({ limit: 'profileChangesPerAccount' })
    .input(updateProfileInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.accounts.updateProfile(input, ctx.viewer, ctx.request)),

  changeUsername: confirmedProcedure({ maxAgeSeconds: confirmationSeconds, strength: 'any' })
    .meta({ limit: 'renamingsPerAccount' })
    .input(changeUsernameInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.usernameChange.change(input, ctx.viewer, ctx.request)),

  changePassword: protectedProcedure
    .meta({ limit: 'passwordChangesPerAccount' })
    .input(changePasswordInput)
    .output(changePasswordOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.accounts.changePassword(input, ctx.viewer, ctx.request)),

  requestEmailChange: protectedProcedure
    .meta({ limit: 'emailChangesPerAccount' })
    .input(requestEmailChangeInput)
    .output(challengeOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.emailChange.request(input, ctx.viewer, ctx.request)),

  confirmEmailChange: protectedProcedure
    .input(confirmEmailChangeInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.emailChange.confirm(input, ctx.viewer, ctx.request)),

  deleteAccount: protectedProcedure
    .input(deleteAccountInput)
    .output(deleteAccountOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.deletion.deleteAccount(input, ctx.viewer, ctx.request)),

  exportData: confirmedProcedure({ maxAgeSeconds: confirmationSeconds, strength: 'any' })
    .meta({ limit: 'dataExportsPerAccount' })
    .output(dataExportOutput)
    .mutation(({ ctx }) => ctx.latchkey.dataExport.exportData(ctx.viewer, ctx.request)),

  listActivity: protectedProcedure
    .input(listActivityInput)
    .output(activityOutput)
    .query(({ ctx, input }) => ctx.latchkey.audit.list(input, ctx.viewer.user._id)),
});
