import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { SignInCode } from '../../../features/code/sign-in-code.tsx';
import { MailboxLinks } from '../../../features/dev-inbox/mailbox-links.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { readChallenge, writeChallenge } from '../../../session/challenge.ts';
import classes from './entry-page.module.css';

export function CodePage() {
  const { t } = useLocale();
  const navigate = useNavigate();
  const [challenge] = useState(() => readChallenge('sign-in'));
  const [isDead, setDead] = useState(false);

  // The guard of the route has seen it; gone since, the way on is being taken.
  if (!challenge) return null;
  const { username, next } = challenge;

  function startOver(name: string | undefined) {
    writeChallenge('sign-in', undefined);
    void navigate({
      to: '/sign-in',
      search: next ? { next } : {},
      state: name ? { carried: { name } } : {},
    });
  }

  if (isDead) {
    return (
      <>
        <PageHeading title={t.code.deadTitle} lead={t.code.deadText} />
        <Button onClick={() => startOver(username)}>{t.code.startOver}</Button>
      </>
    );
  }
  return (
    <>
      <SignInCode initialChallenge={challenge} onDead={() => setDead(true)} />
      <div className={classes.actions}>
        <MailboxLinks email={challenge.sentTo} />
        <Button variant="default" onClick={() => startOver(undefined)}>
          {t.code.otherAccount}
        </Button>
      </div>
    </>
  );
}
