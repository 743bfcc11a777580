import { requestPasswordResetInput } from '@latchkey/shared/schemas';
import { TextInput } from '@mantine/core';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { Rows } from '../../components/panel.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

interface RequestResetFormProps {
  email: string;
  onSent: (email: string) => void;
}

export function RequestResetForm({ email, onSent }: RequestResetFormProps) {
  const { t } = useLocale();
  const { field, onSubmit, ...form } = useContractForm({
    schema: requestPasswordResetInput,
    initialValues: { email },
    focus: 'email',
    mutation: trpc.auth.requestPasswordReset.useMutation(),
    onSuccess: (_answer, values) => onSent(values.email),
  });

  return (
    <form onSubmit={onSubmit} noValidate>
      <Rows>
        <TextInput label={t.label.email} required type="email" autoComplete="email" {...field('email')} />
        <SubmitButton form={form} fullWidth>
          {t.forgot.submit}
        </SubmitButton>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.reset} />
      </Rows>
    </form>
  );
}
