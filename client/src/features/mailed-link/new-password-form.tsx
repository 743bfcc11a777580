import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { Rows } from '../../components/panel.tsx';
import { NewPasswordFields } from '../../components/password/new-password-fields.tsx';
import { useLocale } from '../../i18n/locale.tsx';

type Options<Values extends Record<string, unknown>> = Parameters<typeof useContractForm<Values, unknown>>[0];

interface NewPasswordFormProps<Secret extends Record<string, string>>
  extends Pick<Options<Secret & { password: string; confirmPassword: string }>, 'schema' | 'mutation'> {
  /** What the link carried, by the name that the procedure has for it. */
  secret: Secret;
  submit: string;
  onSuccess: () => void;
  /** The link does not work, or no longer. */
  onInvalid: () => void;
}

/** A new password, set by whoever came by a mailed link. */
export function NewPasswordForm<Secret extends Record<string, string>>({
  secret,
  schema,
  mutation,
  submit,
  onSuccess,
  onInvalid,
}: NewPasswordFormProps<Secret>) {
  const { t } = useLocale();
  const { form, field, onSubmit, ...state } = useContractForm({
    schema,
    mutation,
    initialValues: { ...secret, password: '', confirmPassword: '' },
    focus: 'password',
    place: { PASSWORD_TOO_COMMON: 'password' },
    divert: { RESET_TOKEN_INVALID: onInvalid },
    onSuccess,
  });
  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <NewPasswordFields label={t.label.newPassword} password={form.getValues().password} field={field} />
        <SubmitButton form={state} fullWidth>
          {submit}
        </SubmitButton>
        <ProblemNotice trouble={state.trouble} limitText={t.limit.links} />
      </Rows>
    </form>
  );
}
