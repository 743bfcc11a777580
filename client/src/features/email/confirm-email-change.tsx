import { Button, Text } from '@mantine/core';
import { CodeEntry, type DeadReason } from '../../components/code/code-entry.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import type { PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';

interface ConfirmEmailChangeProps {
  challenge: PendingChallenge;
  onChange: (challenge: PendingChallenge) => void;
  onChanged: (email: string) => void;
  onDead: (reason: DeadReason) => void;
  onCancel: () => void;
}

export function ConfirmEmailChange({ challenge, onChange, onChanged, onDead, onCancel }: ConfirmEmailChangeProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const confirm = trpc.user.confirmEmailChange.useMutation({
    onSuccess: (user) => utils.user.me.setData(undefined, user),
  });
  const resend = trpc.auth.resendOtp.useMutation();

  return (
    <Rows>
      <div>
        <Text component="h2" fw={600} size="lg">
          {t.email.confirmTitle}
        </Text>
        <Text c="dimmed">{t.email.sentTo(challenge.newEmail ?? challenge.sentTo)}</Text>
      </div>
      <CodeEntry
        challenge={challenge}
        onChange={onChange}
        verify={async (otp) => {
          const user = await confirm.mutateAsync({ challengeId: challenge.challengeId, otp });
          onChanged(user.email);
        }}
        resend={() => resend.mutateAsync({ challengeId: challenge.challengeId })}
        isPaused={confirm.isPaused}
        onDead={onDead}
        noMoreResends={t.email.noMoreResends}
      />
      <Button variant="default" onClick={onCancel}>
        {t.email.cancel}
      </Button>
    </Rows>
  );
}
