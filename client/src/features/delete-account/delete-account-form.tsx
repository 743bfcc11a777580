import { deleteAccountInput } from '@latchkey/shared/schemas';
import { Checkbox } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitButton } from '../../components/form/submit-button.tsx';
import { Rows } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password/password-field.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';

export function DeleteAccountForm({ onDeleted }: { onDeleted: (closedUntil: string | undefined) => void }) {
  const { t } = useLocale();
  const box = useRef<HTMLInputElement>(null);
  const [understood, setUnderstood] = useState(false);
  const [isAsked, setAsked] = useState(false);
  const { field, onSubmit, ...form } = useContractForm({
    schema: deleteAccountInput,
    initialValues: { currentPassword: '' },
    mutation: trpc.user.deleteAccount.useMutation(),
    place: { INVALID_CREDENTIALS: 'currentPassword' },
    onSuccess: ({ closedUntil }) => onDeleted(closedUntil),
  });

  function submit(event: FormEvent<HTMLFormElement>) {
    setAsked(true);
    if (understood) return onSubmit(event);
    event.preventDefault();
    box.current?.focus();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Rows>
        <PasswordField
          label={t.label.currentPassword}
          required
          autoComplete="current-password"
          {...field('currentPassword')}
        />
        <Checkbox
          ref={box}
          label={t.deleteAccount.understood}
          checked={understood}
          onChange={(event) => setUnderstood(event.currentTarget.checked)}
          error={isAsked && !understood ? t.deleteAccount.mustConfirm : undefined}
          color="red"
        />
        <SubmitButton form={form} color="red">
          {t.deleteAccount.submit}
        </SubmitButton>
        <ProblemNotice trouble={form.trouble} limitText={t.limit.password} />
      </Rows>
    </form>
  );
}
