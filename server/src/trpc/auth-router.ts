import {
  challengeOutput,
  changeRegistrationEmailInput,
  checkLinkInput,
  checkLinkOutput,
  checkTokenInput,
  closeEmailUndoInput,
  isUsernameFreeInput,
  isUsernameFreeOutput,
  loginInput,
  loginOutput,
  messageOutput,
  refreshInput,
  refreshOutput,
  refreshTokenInput,
  registerInput,
  registerOutput,
  requestPasswordResetInput,
  resendOtpInput,
  resendOtpOutput,
  resetPasswordInput,
  successOutput,
  undoEmailChangeInput,
  verifyOtpInput,
  verifyOtpOutput,
} from '@latchkey/shared/schemas';
import { limit, publicProcedure, router } from './trpc.ts';

export const authRouter = router({
  register: publicProcedure
    .input(registerInput)
    .output(registerOutput)
    .concat(limit('registrationsPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.accounts.register(input, ctx.request)),

  changeRegistrationEmail: publicProcedure
    .input(changeRegistrationEmailInput)
    .output(challengeOutput)
    .concat(limit('registrationsPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.registrationEmail.change(input, ctx.request)),

  login: publicProcedure
    // The attempt counts it, by the same command as a failure in advance.
    .meta({ limit: 'signInsPerAddress' })
    .input(loginInput)
    .output(loginOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.signIn.login(input, ctx.request)),

  verifyOtp: publicProcedure
    .input(verifyOtpInput)
    .output(verifyOtpOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.signIn.verifyOtp(input, ctx.request)),

  resendOtp: publicProcedure
    .input(resendOtpInput)
    .output(resendOtpOutput)
    .concat(limit('resendsPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.challenges.resend(input, ctx.request)),

  refresh: publicProcedure
    .meta({ limit: 'refreshesPerSession' })
    .input(refreshInput)
    .output(refreshOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.sessions.refresh(input, ctx.request)),

  checkToken: publicProcedure
    .input(checkTokenInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.sessions.check(input)),

  logout: publicProcedure
    .input(refreshTokenInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.sessions.logout(input, ctx.request)),

  requestPasswordReset: publicProcedure
    .input(requestPasswordResetInput)
    .output(messageOutput)
    .concat(limit('resetsPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.passwordReset.request(input, ctx.request)),

  resetPassword: publicProcedure
    .input(resetPasswordInput)
    .output(successOutput)
    .concat(limit('linkUsesPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.passwordReset.reset(input, ctx.request)),

  checkLink: publicProcedure
    .input(checkLinkInput)
    .output(checkLinkOutput)
    .concat(limit('linkUsesPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.mailedLinks.check(input)),

  isUsernameFree: publicProcedure
    .input(isUsernameFreeInput)
    .output(isUsernameFreeOutput)
    .concat(limit('usernameChecksPerAddress'))
    .query(({ ctx, input }) => ctx.latchkey.accounts.isUsernameFree(input)),

  undoEmailChange: publicProcedure
    .input(undoEmailChangeInput)
    .output(successOutput)
    .concat(limit('linkUsesPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.emailUndo.undo(input, ctx.request)),

  closeEmailUndo: publicProcedure
    .input(closeEmailUndoInput)
    .output(successOutput)
    .concat(limit('linkUsesPerAddress'))
    .mutation(({ ctx, input }) => ctx.latchkey.emailUndo.giveUp(input, ctx.request)),
});
