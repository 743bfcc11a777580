import { requestEmailChangeInput, type User } from '@latchkey/shared/schemas';
import { TextInput } from '@mantine/core';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { Rows } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password/password-field.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { clockOffsetOf, type PendingChallenge } from '../../session/challenge.ts';
import { trpc } from '../../session/trpc.ts';

interface RequestEmailChangeFormProps {
  user: User;
  onChallenge: (challenge: PendingChallenge) => void;
}

export function RequestEmailChangeForm({ user, onChallenge }: RequestEmailChangeFormProps) {
  const { t } = useLocale();
  const { field, onSubmit, ...form } = useContractForm({
    schema: requestEmailChangeInput,
    initialValues: { email: '', currentPassword: '' },
    mutation: trpc.user.requestEmailChange.useMutation(),
    draft: { key: `email-${user.id}`, fields: ['email'] },
    place: { EMAIL_TAKEN: 'email', INVALID_CREDENTIALS: 'currentPassword' },
    onSuccess: (challenge, { email }) =>
      onChallenge({ ...challenge, clockOffsetMilliseconds: clockOffsetOf(challenge), newEmail: email }),
  });

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <TextInput label={t.label.newEmail} required type="email" autoComplete="email" {...field('email')} />
        <PasswordField
          label={t.label.currentPassword}
          required
          autoComplete="current-password"
          {...field('currentPassword')}
        />
        <SubmitButton form={form}>{t.email.submit}</SubmitButton>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.emailChange} />
      </Rows>
    </form>
  );
}
