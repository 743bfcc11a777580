import { resetPasswordInput, undoEmailChangeInput } from '@latchkey/shared/schemas';
import type { ComponentProps } from 'react';
import { type ContractForm, useContractForm } from '../../components/contract-form.ts';
import { NewPasswordFields } from '../../components/new-password-fields.tsx';
import { Rows } from '../../components/panel.tsx';
import { ProblemNotice } from '../../components/problem.tsx';
import { SubmitButton } from '../../components/submit-button.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

interface LinkFormProps {
  /** The secret of the link in the mail. */
  secret: string;
  onSuccess: () => void;
  /** The link does not work, or no longer. */
  onInvalid: () => void;
}

/** Sets a new password with the link of a reset mail. */
export function ResetPasswordForm({ secret, onSuccess, onInvalid }: LinkFormProps) {
  const { t } = useLocale();
  const form = useContractForm({
    schema: resetPasswordInput,
    initialValues: { token: secret, password: '', confirmPassword: '' },
    mutation: trpc.auth.resetPassword.useMutation(),
    place: { PASSWORD_TOO_COMMON: 'password' },
    divert: { RESET_TOKEN_INVALID: onInvalid },
    onSuccess,
  });
  return <PasswordForm {...form} password={form.form.getValues().password} submit={t.reset.submit} />;
}

/** Takes the address of before back with the link of the mail that went to it, and sets a new password. */
export function UndoEmailChangeForm({ secret, onSuccess, onInvalid }: LinkFormProps) {
  const { t } = useLocale();
  const form = useContractForm({
    schema: undoEmailChangeInput,
    initialValues: { code: secret, password: '', confirmPassword: '' },
    mutation: trpc.auth.undoEmailChange.useMutation(),
    place: { PASSWORD_TOO_COMMON: 'password' },
    divert: { RESET_TOKEN_INVALID: onInvalid },
    onSuccess,
  });
  return <PasswordForm {...form} password={form.form.getValues().password} submit={t.undo.submit} />;
}

interface PasswordFormProps extends ContractForm, Pick<ComponentProps<typeof NewPasswordFields>, 'field' | 'password'> {
  onSubmit: ComponentProps<'form'>['onSubmit'];
  submit: string;
}

function PasswordForm({ onSubmit, field, password, submit, ...form }: PasswordFormProps) {
  const { t } = useLocale();
  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <ProblemNotice trouble={form.trouble} />
        <NewPasswordFields label={t.label.newPassword} password={password} field={field} />
        <SubmitButton form={form} fullWidth>
          {submit}
        </SubmitButton>
      </Rows>
    </form>
  );
}
