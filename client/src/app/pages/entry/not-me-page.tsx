import { useState } from 'react';
import { PageHeading } from '../../../components/page-heading.tsx';
import { RequestResetForm } from '../../../features/password-reset/request-reset-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import classes from './entry-page.module.css';
import { ResetSent } from './reset-sent.tsx';

export function NotMePage() {
  const { t } = useLocale();
  const [sentTo, setSentTo] = useState<string>();

  if (sentTo) return <ResetSent email={sentTo} onAgain={() => setSentTo(undefined)} />;
  return (
    <>
      <PageHeading title={t.notMe.title} lead={t.notMe.lead} />
      <ol className={classes.steps}>
        {t.notMe.steps.map((step) => (
          <li key={step}>
            <span>{step}</span>
          </li>
        ))}
      </ol>
      <RequestResetForm email="" onSent={setSentTo} />
    </>
  );
}
