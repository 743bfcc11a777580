import {
  adminUserOutput,
  exportAuditInput,
  exportAuditOutput,
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
    .query(({ ctx, input }) => ctx.latchkey.admin.overview.read(input)),

  listUsers: adminProcedure
    .input(listUsersInput)
    .output(listUsersOutput)
    .query(({ ctx, input }) => ctx.latchkey.admin.userList.list(input)),

  getUser: adminProcedure
    .input(getUserInput)
    .output(getUserOutput)
    .query(({ ctx, input }) => ctx.latchkey.admin.userList.get(input)),

  listAudit: adminProcedure
    .input(listAuditInput)
    .output(listAuditOutput)
    .query(({ ctx, input }) => ctx.latchkey.admin.auditList.list(input)),

  exportAudit: adminProcedure
    .input(exportAuditInput)
    .output(exportAuditOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.auditExport.offer(input, ctx.viewer)),

  updateUser: adminProcedure
    .input(updateUserInput)
    .output(updateUserOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userChanges.update(input, ctx.viewer, ctx.request)),

  setUserStatus: adminProcedure
    .input(setUserStatusInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.setStatus(input, ctx.viewer, ctx.request)),

  setUserRole: adminProcedure
    .input(setUserRoleInput)
    .output(adminUserOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.setRole(input, ctx.viewer, ctx.request)),

  unlockUser: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.unlock(input, ctx.viewer, ctx.request)),

  revokeUserSessions: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.revokeSessions(input, ctx.viewer, ctx.request)),

  sendPasswordReset: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.sendPasswordReset(input, ctx.viewer, ctx.request)),

  deleteUser: adminProcedure
    .input(userActionInput)
    .output(successOutput)
    .mutation(({ ctx, input }) => ctx.latchkey.admin.userActions.deleteUser(input, ctx.viewer, ctx.request)),
});
