import type { AdminUserDetails } from '@latchkey/shared/admin-schemas';
import { Button } from '@mantine/core';
import { CodeEntry, type DeadReason } from '../../components/code/code-entry.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useAdminMessages } from '../../i18n/admin/admin-messages.ts';
import { useLocale } from '../../i18n/locale.tsx';
import type { PendingChallenge, RequestedEmail } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';

interface EmailCodeDialogProps {
  user: AdminUserDetails;
  challenge: PendingChallenge;
  requested: RequestedEmail;
  onChange: (challenge: PendingChallenge) => void;
  onCancel: () => void;
  onDone: (text: string) => void;
  onDead: (reason: DeadReason) => void;
}

/** Moves an account to its new address with the code that the owner of the address has told. */
export function EmailCodeDialog({
  user,
  challenge,
  requested: { email: newEmail, reason },
  onChange,
  onCancel,
  onDone,
  onDead,
}: EmailCodeDialogProps) {
  const { t: common } = useLocale();
  const { user: t } = useAdminMessages();
  const update = trpc.admin.updateUser.useMutation();
  const resend = trpc.auth.resendOtp.useMutation();
  const { challengeId } = challenge;
  return (
    <Dialog title={common.email.confirmTitle} onCancel={onCancel}>
      <p>{t.email.askOwner(newEmail)}</p>
      <CodeEntry
        challenge={challenge}
        onChange={onChange}
        verify={async (otp) => {
          const { email } = await update.mutateAsync({ userId: user.id, reason, challengeId, otp });
          onDone(t.email.changed(email));
        }}
        resend={() => resend.mutateAsync({ challengeId })}
        isPaused={update.isPaused}
        onDead={onDead}
        noMoreResends={common.email.noMoreResends}
      />
      <Button variant="subtle" fullWidth mt="sm" onClick={onCancel}>
        {t.email.later}
      </Button>
    </Dialog>
  );
}
