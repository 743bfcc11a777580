import { Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { CodeEntry, type DeadReason } from '../../components/code/code-entry.tsx';
import { PageHeading } from '../../components/page-heading.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { type PendingChallenge, writeChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';
import classes from './sign-in-code.module.css';

interface SignInCodeProps {
  initialChallenge: PendingChallenge;
  onDead: (reason: DeadReason) => void;
  /** Stands between the heading and the code. */
  children?: ReactNode;
}

/** Whoever typed the address sees it whole; of who signed in with a username the server tells a part. */
const addressOf = ({ registration, username, sentTo }: PendingChallenge): string =>
  registration?.email ?? (username?.includes('@') ? username : sentTo);

/** The second step of a sign-in. The session tells every tab that it succeeded. */
export function SignInCode({ initialChallenge, onDead, children }: SignInCodeProps) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const [challenge, setChallenge] = useState(initialChallenge);
  const verify = trpc.auth.verifyOtp.useMutation({ onSuccess: ({ user }) => utils.user.me.setData(undefined, user) });
  const resend = trpc.auth.resendOtp.useMutation();

  function change(next: PendingChallenge) {
    writeChallenge('sign-in', next);
    setChallenge(next);
  }

  return (
    <>
      <PageHeading title={t.code.title} lead={t.code.sentTo(addressOf(challenge))} keepFocus />
      {children}
      <CodeEntry
        challenge={challenge}
        onChange={change}
        verify={(otp) => verify.mutateAsync({ challengeId: challenge.challengeId, otp, tokenDelivery: 'cookie' })}
        resend={() => resend.mutateAsync({ challengeId: challenge.challengeId })}
        isPaused={verify.isPaused}
        onDead={(reason) => {
          writeChallenge('sign-in', undefined);
          onDead(reason);
        }}
        noMoreResends={t.code.noMoreResends}
      />
      <section className={classes.help}>
        <Text component="h2" fw={600} size="sm">
          {t.code.helpTitle}
        </Text>
        <ul>
          {t.code.help.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </section>
    </>
  );
}
