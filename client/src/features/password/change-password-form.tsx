import { changePasswordInput, type User } from '@latchkey/shared/schemas';
import { useContractForm } from '../../components/form/contract-form.ts';
import { FormEnd } from '../../components/form/form-end.tsx';
import { Rows } from '../../components/panel.tsx';
import { NewPasswordFields } from '../../components/password/new-password-fields.tsx';
import { PasswordField } from '../../components/password/password-field.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import classes from './change-password-form.module.css';

export function ChangePasswordForm({ user }: { user: User }) {
  const { t } = useLocale();
  const utils = trpc.useUtils();
  const { form, field, onSubmit, ...state } = useContractForm({
    schema: changePasswordInput,
    initialValues: { currentPassword: '', password: '', confirmPassword: '' },
    mutation: trpc.user.changePassword.useMutation(),
    place: { INVALID_CREDENTIALS: 'currentPassword', PASSWORD_TOO_COMMON: 'password' },
    onSuccess: () => {
      form.reset();
      void utils.session.list.invalidate();
      void utils.user.listActivity.invalidate();
    },
  });

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        {/* Password managers store the new password under this name. */}
        <input
          className={classes.username}
          type="text"
          autoComplete="username"
          value={user.username}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <PasswordField
          label={t.label.currentPassword}
          required
          autoComplete="current-password"
          {...field('currentPassword')}
        />
        <NewPasswordFields
          label={t.label.newPassword}
          password={form.getValues().password}
          owner={user}
          field={field}
        />
        <FormEnd form={state} done={t.password.changed} limitText={t.limit.password}>
          {t.password.submit}
        </FormEnd>
      </Rows>
    </form>
  );
}
