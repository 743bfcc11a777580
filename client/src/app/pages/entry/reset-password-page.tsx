import { resetPasswordInput } from '@latchkey/shared/schemas';
import { useNavigate } from '@tanstack/react-router';
import { NewPasswordForm } from '../../../features/mailed-link/new-password-form.tsx';
import { useMailedLink } from '../../../features/mailed-link/use-mailed-link.ts';
import { useLocale } from '../../../i18n/locale.tsx';
import { readDraft } from '../../../session/draft.ts';
import { trpc } from '../../../session/trpc.ts';
import { useSession } from '../../../session/use-session.ts';
import { LinkedPage } from './linked-page.tsx';

export function ResetPasswordPage() {
  const { t } = useLocale();
  const session = useSession();
  const navigate = useNavigate();
  const link = useMailedLink('token');
  const reset = trpc.auth.resetPassword.useMutation();

  async function leave() {
    link.forget();
    const { name } = readDraft('reset');
    await session.leave('password-reset');
    await navigate({ to: '/sign-in', state: name ? { carried: { name } } : {} });
  }

  return (
    <LinkedPage link={link} texts={t.reset}>
      <NewPasswordForm
        schema={resetPasswordInput}
        secret={{ token: link.secret }}
        mutation={reset}
        submit={t.reset.submit}
        onSuccess={leave}
        onInvalid={link.refuse}
      />
    </LinkedPage>
  );
}
