import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { ButtonLink } from '../../../components/text-link.tsx';
import { MailboxLinks } from '../../../features/dev-inbox/mailbox-links.tsx';
import { SendResetAgain } from '../../../features/password-reset/send-reset-again.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { writeDraft } from '../../../session/draft.ts';
import classes from './entry-page.module.css';

/** The page after asking for a link: the same for every address. */
export function ResetSent({ email, onAgain }: { email: string; onAgain: () => void }) {
  const { t } = useLocale();
  // The link opens in this tab or another; in this one the sign-in after it knows the name.
  useEffect(() => writeDraft('reset', { name: email }), [email]);
  return (
    <>
      <PageHeading title={t.forgot.sentTitle} lead={t.forgot.sent(email)} />
      <div className={classes.actions}>
        <MailboxLinks email={email} />
        <SendResetAgain email={email} />
        <ButtonLink to="/sign-in" state={{ carried: { name: email } }} variant="default">
          {t.forgot.back}
        </ButtonLink>
        <Button variant="default" onClick={onAgain}>
          {t.forgot.again}
        </Button>
      </div>
    </>
  );
}
