import { limits } from '@latchkey/shared/limits';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useSecondsUntil } from '../../components/clock.ts';
import { useAttempt } from '../../components/form/attempt.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { clockTime } from '../../i18n/format.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

const nextSend = () => Date.now() + limits.otpResendWaitSeconds * 1000;

/** Mails another link to the same address, after the wait that a code has, too. */
export function SendResetAgain({ email }: { email: string }) {
  const { t } = useLocale();
  const request = trpc.auth.requestPasswordReset.useMutation();
  const { attempt, isPending, trouble } = useAttempt();
  const [availableAt, setAvailableAt] = useState(nextSend);
  const [wasSent, setSent] = useState(false);
  const seconds = useSecondsUntil(availableAt);

  async function send() {
    if (seconds > 0) return;
    setSent(false);
    await attempt(async () => {
      await request.mutateAsync({ email });
      setAvailableAt(nextSend());
      setSent(true);
    });
  }

  return (
    <>
      <ProblemNotice trouble={trouble} limitText={t.limit.reset} />
      <p role="status">{wasSent && t.forgot.resent}</p>
      <Button variant="default" onClick={send} aria-disabled={seconds > 0 || isPending || undefined}>
        {seconds > 0 ? t.forgot.resendIn(clockTime(seconds)) : t.forgot.resend}
      </Button>
    </>
  );
}
