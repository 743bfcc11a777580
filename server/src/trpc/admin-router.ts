import {
  adminUserOutput,
  getUserInput,
  getUserOutput,
  listAuditInput,
  listAuditOutput,
  listUsersInput,
  listUsersOutput,
  overviewInput,
  overviewOutput,
  setUserRoleInput,
  setUserStatusInput,
  updateUserInput,
  updateUserOutput,
  userActionInput,
} from '@latchkey/shared/admin-schemas';
import { successOutput } from '@latchkey/shared/schemas';
import { adminProcedure, router } from './trpc.ts';

export const adminRouter = router({
  overview: adminProcedure
    .input(overviewInput)
    .output(overviewOutput)
    .query(({ ctx, input }) => ctx.admin.overview.read(input)),

  listUsers: adminProcedure
    .input(listUsersInput)
    .output(listUsersOutput)
    .query(({ ctx, input }) => ctx.admin.userList.list(input)),

  getUser: adminProcedure
    .input(getUserInput)
    .output(getUserOutput)
    .query(({ ctx, input }) => ctx.admin.userList.get(input)),

  listAudit: adminProcedure
    .input(listAuditInput)
    .output(listAuditOutput)
    .query(({ ctx, input }) => ctx.admin.auditList.list(input)),

  updateUser: adminProcedure
    .input(updateUserInput)
    .output(updateUserOutput)
    .mutation(({ ctx, input }) => ctx.admin.userChanges.update(input, ctx.viewer, ctx.request)),

  setUserStatus: adminProcedure
    .input(setUserStatusInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.setStatus(input, ctx.viewer, ctx.request)),

  setUserRole: adminProcedure
    .input(setUserRoleInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.setRole(input, ctx.viewer, ctx.request)),

  unlockUser: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.unlock(input, ctx.viewer, ctx.request)),

  revokeUserSessions: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.revokeSessions(input, ctx.viewer, ctx.request)),

  sendPasswordReset: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.sendPasswordReset(input, ctx.viewer, ctx.request)),

  deleteUser: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.admin.userActions.deleteUser(input, ctx.viewer, ctx.request)),
});
