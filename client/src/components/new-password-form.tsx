import type { ComponentProps } from 'react';
import { useLocale } from '../i18n/locale.tsx';
import type { ContractForm } from './contract-form.ts';
import { NewPasswordFields } from './new-password-fields.tsx';
import { Rows } from './panel.tsx';
import { ProblemNotice } from './problem.tsx';
import { SubmitButton } from './submit-button.tsx';

/** The properties of a form that was reached by a link in a mail. */
export interface LinkFormProps {
  /** The secret of the link. */
  secret: string;
  onSuccess: () => void;
  /** The link does not work, or no longer. */
  onInvalid: () => void;
}

interface NewPasswordFormProps
  extends ContractForm,
    Pick<ComponentProps<typeof NewPasswordFields>, 'field' | 'password'> {
  onSubmit: ComponentProps<'form'>['onSubmit'];
  submit: string;
}

/** A form of a new password and nothing else. */
export function NewPasswordForm({ onSubmit, field, password, submit, ...form }: NewPasswordFormProps) {
  const { t } = useLocale();
  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.links} />
        <NewPasswordFields label={t.label.newPassword} password={password} field={field} />
        <SubmitButton form={form} fullWidth>
          {submit}
        </SubmitButton>
      </Rows>
    </form>
  );
}
