import type { PendingConfirmation } from '@latchkey/client/react';
import { confirmSessionInput } from '@latchkey/shared/schemas';
import { useEffect } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { useContractForm } from '../../components/form/contract-form.ts';
import { ProblemNotice } from '../../components/form/problem.tsx';
import { SubmitOrCancel } from '../../components/form/submit-or-cancel.tsx';
import { Rows } from '../../components/panel.tsx';
import { PasswordField } from '../../components/password/password-field.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { useSessionState } from '../../session/use-session.ts';

/** Asks for the password before what somebody has just done goes on. */
export function ConfirmDialog({ pending }: { pending: PendingConfirmation }) {
  const { t } = useLocale();
  const { status } = useSessionState();
  const { field, onSubmit, ...form } = useContractForm({
    schema: confirmSessionInput,
    initialValues: { password: '' },
    mutation: { mutateAsync: pending.confirm, isPaused: false },
    place: { INVALID_CREDENTIALS: 'password' },
    // It is gone then, and what waited goes on.
    onSuccess: () => {},
  });

  useEffect(() => {
    if (status === 'signed-out') pending.cancel();
  }, [status, pending]);

  return (
    <Dialog title={t.confirm.title} onCancel={pending.cancel}>
      <p>{t.confirm.text(Math.round(pending.maxAgeSeconds / 60))}</p>
      <form onSubmit={onSubmit} noValidate>
        <Rows>
          <PasswordField label={t.label.password} required autoComplete="current-password" {...field('password')} />
          <SubmitOrCancel form={form} onCancel={pending.cancel}>
            {t.confirm.submit}
          </SubmitOrCancel>
          <ProblemNotice trouble={form.trouble} limitText={t.limit.password} />
        </Rows>
      </form>
    </Dialog>
  );
}
