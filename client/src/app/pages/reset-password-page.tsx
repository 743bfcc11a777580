import { useNavigate } from '@tanstack/react-router';
import { PageHeading } from '../../components/page-heading.tsx';
import { ResetPasswordForm } from '../../features/password-reset/reset-password-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { readDraft } from '../../session/draft.ts';
import { useSession } from '../../session/use-session.ts';
import { InvalidLink } from './invalid-link.tsx';
import { useLinkSecret } from './link-secret.ts';

export function ResetPasswordPage() {
  const { t } = useLocale();
  const session = useSession();
  const navigate = useNavigate();
  const { secret, forget, refuse } = useLinkSecret('token');

  async function leave() {
    forget();
    const { name } = readDraft('reset');
    await session.leave('password-reset');
    await navigate({ to: '/sign-in', state: name ? { carried: { name } } : {} });
  }

  if (!secret) {
    return (
      <InvalidLink title={t.reset.invalidTitle} text={t.reset.invalidText}>
        {t.reset.requestNew}
      </InvalidLink>
    );
  }
  return (
    <>
      <PageHeading title={t.reset.title} lead={t.reset.lead} />
      <ResetPasswordForm secret={secret} onSuccess={leave} onInvalid={refuse} />
    </>
  );
}
