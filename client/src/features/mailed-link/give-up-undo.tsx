import { Text } from '@mantine/core';
import { useAttempt } from '../../components/form/attempt.ts';
import { ConfirmButton } from '../../components/form/confirm-button.tsx';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { refusalOf } from '../../session/problem.ts';
import { trpc } from '../../session/trpc.ts';

interface GiveUpUndoProps {
  code: string;
  onGivenUp: () => void;
  /** The link does not work, or no longer. */
  onInvalid: () => void;
}

/** For whoever moved their account on purpose: ends the way back to the address of before. */
export function GiveUpUndo({ code, onGivenUp, onInvalid }: GiveUpUndoProps) {
  const { t } = useLocale();
  const { attempt, isPending, trouble } = useAttempt();
  const closeUndo = trpc.auth.closeEmailUndo.useMutation();

  const giveUp = () =>
    attempt(
      async () => {
        await closeUndo.mutateAsync({ code });
        onGivenUp();
      },
      (problem) => {
        const isDead = refusalOf(problem)?.code === 'RESET_TOKEN_INVALID';
        if (isDead) onInvalid();
        return isDead;
      },
    );

  return (
    <Rows>
      <ProblemNotice trouble={trouble} limitText={t.limit.links} />
      <Text size="sm">{t.undo.mine}</Text>
      <ConfirmButton
        label={t.undo.giveUp}
        confirmLabel={t.undo.giveUpNow}
        isPending={isPending}
        onConfirm={() => void giveUp()}
      />
    </Rows>
  );
}
