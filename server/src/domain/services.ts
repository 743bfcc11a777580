import { createAccountDeletion } from './account-deletion.ts';
import { createAccounts } from './accounts.ts';
import { createAdmin } from './admin/admin.ts';
import { createHourlyCounts } from './admin/hourly-counts.ts';
import { createAdmins } from './admins.ts';
import { createErasures } from './audit/erasures.ts';
import { createChallenges } from './challenges.ts';
import { createDataExport } from './data-export.ts';
import { createEmailChange } from './email-change.ts';
import { createEmailUndo } from './email-undo.ts';
import { createMachinery } from './machinery.ts';
import type { Outside } from './outside.ts';
import { createPasswordConfirmation } from './password-confirmation.ts';
import { createPasswordReset } from './password-reset.ts';
import { createRegistrationEmail } from './registration-email.ts';
import { createSessionList } from './session-list.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import { createStepUp } from './step-up.ts';
import { createUsernameChange } from './username-change.ts';

/** The origin of what happens without a call. */
const nowhere = { ip: '', userAgent: '' };

/** Builds the domain: the machinery, the flows on it, and the mail worker with what the flows mint for it. */
export function createServices(outside: Outside) {
  const hourlyCounts = createHourlyCounts(outside);
  const machinery = createMachinery({ ...outside, metrics: hourlyCounts.counting(outside.metrics) });
  const { audit, counters, passwords, decoys } = machinery;

  const challenges = createChallenges(machinery);
  const sessions = createSessions(machinery);
  const sessionList = createSessionList(machinery);
  const withPassword = createPasswordConfirmation(machinery);
  const admins = createAdmins(outside);
  const shared = { ...machinery, challenges, sessions, sessionList, withPassword, admins };
  const accounts = createAccounts(shared);
  const registrationEmail = createRegistrationEmail(shared);
  const signIn = createSignIn(shared);
  const passwordReset = createPasswordReset(shared);
  const emailChange = createEmailChange(shared);
  const deletion = createAccountDeletion(shared);
  const emailUndo = createEmailUndo({ ...shared, deletion });
  const usernameChange = createUsernameChange(machinery);
  const stepUp = createStepUp(shared);
  const dataExport = createDataExport(shared);
  const mailWorker = machinery.createMailWorker(
    {
      loginCode: (mail) => challenges.mintCode('login', mail),
      emailChangeCode: (mail) => challenges.mintCode('email-change', mail),
      resetShares: passwordReset.sharesOf,
      resetLink: passwordReset.mintLink,
      undoLink: emailUndo.undoLink,
    },
    (template) => audit.record('mail-share-full', undefined, nowhere, { template }),
  );
  const mailHealth = mailWorker.health;
  const admin = createAdmin({ ...shared, deletion, emailChange, usernameChange, hourlyCounts, mailHealth });
  const mailedLinks = {
    /** Whether the link of a mail could still be used; uses nothing up. */
    check: async ({ token, code = '' }: { token?: string | undefined; code?: string | undefined }) => ({
      valid: token === undefined ? await emailUndo.isUsable(code) : await passwordReset.isUsable(token),
    }),
  };

  return {
    /** The services that procedures call. */
    procedures: {
      accounts,
      registrationEmail,
      signIn,
      challenges,
      sessions,
      sessionList,
      stepUp,
      passwordReset,
      emailChange,
      emailUndo,
      deletion,
      dataExport,
      usernameChange,
      audit,
      counters,
      mailedLinks,
      admins,
      admin,
    },
    mailWorker,
    hourlyCounts,
    decoys,
    erasures: createErasures(machinery),
    hashQueue: passwords.queue,
  };
}

export type Services = ReturnType<typeof createServices>['procedures'];
