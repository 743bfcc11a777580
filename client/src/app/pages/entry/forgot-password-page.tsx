import { useLocation } from '@tanstack/react-router';
import { useState } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { RequestResetForm } from '../../../features/password-reset/request-reset-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import classes from './entry-page.module.css';
import { ResetSent } from './reset-sent.tsx';

export function ForgotPasswordPage() {
  const { t } = useLocale();
  const { carried } = useLocation().state;
  const [sentTo, setSentTo] = useState<string>();
  const name = carried?.name ?? '';

  if (sentTo) return <ResetSent email={sentTo} onAgain={() => setSentTo(undefined)} />;
  return (
    <>
      <PageHeading title={t.forgot.title} lead={t.forgot.lead} />
      <RequestResetForm email={name.includes('@') ? name : ''} onSent={setSentTo} />
      <p className={classes.footer}>
        <TextLink to="/sign-in" state={{ carried: { name } }}>
          {t.forgot.back}
        </TextLink>
      </p>
    </>
  );
}
