import { resetPasswordInput } from '@latchkey/shared/schemas';
import { useContractForm } from '../../components/contract-form.ts';
import { type LinkFormProps, NewPasswordForm } from '../../components/new-password-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

/** Sets a new password with the link of a reset mail. */
export function ResetPasswordForm({ secret, onSuccess, onInvalid }: LinkFormProps) {
  const { t } = useLocale();
  const form = useContractForm({
    schema: resetPasswordInput,
    initialValues: { token: secret, password: '', confirmPassword: '' },
    mutation: trpc.auth.resetPassword.useMutation(),
    focus: 'password',
    place: { PASSWORD_TOO_COMMON: 'password' },
    divert: { RESET_TOKEN_INVALID: onInvalid },
    onSuccess,
  });
  return <NewPasswordForm {...form} password={form.form.getValues().password} submit={t.reset.submit} />;
}
