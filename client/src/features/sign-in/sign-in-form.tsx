import { loginInput } from '@latchkey/shared/schemas';
import { Group } from '@mantine/core';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { UsernameField } from '../../components/form/username-field.tsx';
import { Rows } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password/password-field.tsx';
import { TextLink } from '../../components/text-link.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { clockOffsetOf, type PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';

interface SignInFormProps {
  username: string;
  /** The password was right; the code is on its way. */
  onChallenge: (challenge: PendingChallenge) => void;
}

export function SignInForm({ username, onChallenge }: SignInFormProps) {
  const { t } = useLocale();
  const login = trpc.auth.login.useMutation();
  const { field, onSubmit, ...form } = useContractForm({
    schema: loginInput,
    initialValues: { username, password: '' },
    mutation: login,
    focus: username ? 'password' : 'username',
    place: { INVALID_CREDENTIALS: 'password' },
    // Which of the two is wrong is not said.
    wording: { INVALID_CREDENTIALS: t.problem.byCode.INVALID_CREDENTIALS },
    limitedBy: 'username',
    onSuccess: ({ challengeId, sentTo, expiresAt, resendAvailableAt }, values) => {
      const times = { sentTo, expiresAt, resendAvailableAt };
      onChallenge({ challengeId, ...times, clockOffsetMilliseconds: clockOffsetOf(times), username: values.username });
    },
  });

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <UsernameField label={t.label.usernameOrEmail} {...field('username')} />
        <div>
          <PasswordField label={t.label.password} required autoComplete="current-password" {...field('password')} />
          <Group justify="flex-end" mt={8}>
            <TextLink to="/forgot-password" state={{ carried: { name: form.form.getValues().username } }} size="sm">
              {t.signIn.forgot}
            </TextLink>
          </Group>
        </div>
        <SubmitButton form={form} fullWidth>
          {t.signIn.submit}
        </SubmitButton>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.signIn} />
      </Rows>
    </form>
  );
}
