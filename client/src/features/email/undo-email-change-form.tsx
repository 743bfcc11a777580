import { undoEmailChangeInput } from '@latchkey/shared/schemas';
import { useContractForm } from '../../components/contract-form.ts';
import { type LinkFormProps, NewPasswordForm } from '../../components/new-password-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

/** Takes the address of before back with the link of the mail that went to it, and sets a new password. */
export function UndoEmailChangeForm({ secret, onSuccess, onInvalid }: LinkFormProps) {
  const { t } = useLocale();
  const form = useContractForm({
    schema: undoEmailChangeInput,
    initialValues: { code: secret, password: '', confirmPassword: '' },
    mutation: trpc.auth.undoEmailChange.useMutation(),
    focus: 'password',
    place: { PASSWORD_TOO_COMMON: 'password' },
    divert: { RESET_TOKEN_INVALID: onInvalid },
    onSuccess,
  });
  return <NewPasswordForm {...form} password={form.form.getValues().password} submit={t.undo.submit} />;
}
