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
  me: protectedProcedure.output(userOutput).query(({ ctx }) => ctx.accounts.me(ctx.viewer)),

  updateProfile: protectedProcedure
    .meta({ limit: 'profileChangesPerAccount' })
    .input(updateProfileInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.accounts.updateProfile(input, ctx.viewer, ctx.request)),

  changeUsername: confirmedProcedure({ maxAgeSeconds: confirmationSeconds, strength: 'any' })
    .meta({ limit: 'renamingsPerAccount' })
    .input(changeUsernameInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.usernameChange.change(input, ctx.viewer, ctx.request)),

  changePassword: protectedProcedure
    .meta({ limit: 'passwordChangesPerAccount' })
    .input(changePasswordInput)
    .output(changePasswordOutput)
    .mutation(({ ctx, input }) => ctx.accounts.changePassword(input, ctx.viewer, ctx.request)),

  requestEmailChange: protectedProcedure
    .meta({ limit: 'emailChangesPerAccount' })
    .input(requestEmailChangeInput)
    .output(challengeOutput)
    .mutation(({ ctx, input }) => ctx.emailChange.request(input, ctx.viewer, ctx.request)),

  confirmEmailChange: protectedProcedure
    .input(confirmEmailChangeInput)
    .output(userOutput)
    .mutation(({ ctx, input }) => ctx.emailChange.confirm(input, ctx.viewer, ctx.request)),

  deleteAccount: protectedProcedure
    .input(deleteAccountInput)
    .output(deleteAccountOutput)
    .mutation(({ ctx, input }) => ctx.deletion.deleteAccount(input, ctx.viewer, ctx.request)),

  exportData: confirmedProcedure({ maxAgeSeconds: confirmationSeconds, strength: 'any' })
    .meta({ limit: 'dataExportsPerAccount' })
    .output(dataExportOutput)
    .mutation(({ ctx }) => ctx.dataExport.exportData(ctx.viewer, ctx.request)),

  listActivity: protectedProcedure
    .input(listActivityInput)
    .output(activityOutput)
    .query(({ ctx, input }) => ctx.audit.list(input, ctx.viewer.user._id)),
});
