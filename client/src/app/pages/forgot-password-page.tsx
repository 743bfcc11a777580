import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeading } from '../../components/page-heading.tsx';
import { ButtonLink, TextLink } from '../../components/text-link.tsx';
import { RequestResetForm } from '../../features/password-reset/request-reset-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './entry-page.module.css';

export function ForgotPasswordPage() {
  const { t } = useLocale();
  const { carried } = useLocation().state;
  const [sentTo, setSentTo] = useState<string>();

  if (sentTo) return <ResetSent email={sentTo} onAgain={() => setSentTo(undefined)} />;
  return (
    <>
      <PageHeading title={t.forgot.title} lead={t.forgot.lead} />
      <RequestResetForm email={carried?.name ?? ''} onSent={setSentTo} />
      <p className={classes.footer}>
        <TextLink to="/sign-in">{t.forgot.back}</TextLink>
      </p>
    </>
  );
}

/** The page after asking for a link: the same for every address. */
export function ResetSent({ email, onAgain }: { email: string; onAgain: () => void }) {
  const { t } = useLocale();
  return (
    <>
      <PageHeading title={t.forgot.sentTitle} lead={t.forgot.sent(email)} />
      <div className={classes.actions}>
        <ButtonLink to="/sign-in">{t.forgot.back}</ButtonLink>
        <Button variant="subtle" px={0} onClick={onAgain}>
          {t.forgot.again}
        </Button>
      </div>
    </>
  );
}
