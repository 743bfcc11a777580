import { Text } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { PageHeading } from '../../../components/page-heading.tsx';
import { TextLink } from '../../../components/text-link.tsx';
import { RegisterForm } from '../../../features/register/register-form.tsx';
import { useLocale } from '../../../i18n/locale.tsx';
import { writeChallenge } from '../../../session/challenge.ts';
import classes from './entry-page.module.css';

export function RegisterPage() {
  const { t } = useLocale();
  const navigate = useNavigate();
  return (
    <>
      <PageHeading title={t.register.title} lead={t.register.lead} />
      <RegisterForm
        emailTakenActions={(email) => (
          <>
            <TextLink to="/sign-in" state={{ carried: { name: email } }} inherit>
              {t.register.takenSignIn}
            </TextLink>
            {' · '}
            <TextLink to="/forgot-password" state={{ carried: { name: email } }} inherit>
              {t.register.takenReset}
            </TextLink>
          </>
        )}
        onChallenge={(challenge) => {
          writeChallenge('sign-in', challenge);
          void navigate({ to: '/code' });
        }}
        onRegistered={(name) => void navigate({ to: '/sign-in', state: { carried: { name, justRegistered: true } } })}
      />
      <Text className={classes.footer}>
        {t.register.haveAccount} <TextLink to="/sign-in">{t.register.signIn}</TextLink>
      </Text>
    </>
  );
}
