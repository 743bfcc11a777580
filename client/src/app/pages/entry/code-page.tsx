import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { DeadReason } from '../../../components/code/code-entry.tsx';
import { PageHeading } from '../../../components/page-heading.tsx';
import { SignInCode } from '../../../features/code/sign-in-code.tsx';
import { MailboxLinks } from '../../../features/dev-inbox/mailbox-links.tsx';
import { RegistrationEmail } from '../../../features/register/registration-email.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { type PendingChallenge, readChallenge, writeChallenge } from '../../../session/challenge.ts';
import classes from './entry-page.module.css';

export function CodePage() {
  const { t } = useLocale();
  const navigate = useNavigate();
  const [challenge, setChallenge] = useState(() => readChallenge('sign-in'));
  const [dead, setDead] = useState<DeadReason>();

  // The guard of the route has seen it; gone since, the way on is being taken.
  if (!challenge) return null;
  const { username, next, registration } = challenge;

  function startOver(name: string | undefined) {
    writeChallenge('sign-in', undefined);
    void navigate({
      to: '/sign-in',
      search: next ? { next } : {},
      state: name ? { carried: { name } } : {},
    });
  }

  function replace(other: PendingChallenge) {
    writeChallenge('sign-in', other);
    setChallenge(other);
  }

  if (dead) {
    return (
      <>
        <PageHeading title={t.code.deadTitle} lead={t.code.deadText[dead]} />
        <Button onClick={() => startOver(username)}>{t.code.startOver}</Button>
      </>
    );
  }
  return (
    <>
      <SignInCode key={challenge.challengeId} initialChallenge={challenge} onDead={setDead}>
        {registration && <RegistrationEmail registration={registration} challenge={challenge} onChallenge={replace} />}
      </SignInCode>
      <div className={classes.actions}>
        <MailboxLinks email={registration?.email ?? challenge.sentTo} />
        <Button variant="default" onClick={() => startOver(undefined)}>
          {t.code.otherAccount}
        </Button>
      </div>
    </>
  );
}
