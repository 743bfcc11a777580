import { useNavigate } from '@tanstack/react-router';
import { PageHeading } from '../../components/page-heading.tsx';
import { UndoEmailChangeForm } from '../../features/email/undo-email-change-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import { useSession } from '../../session/use-session.ts';
import { InvalidLink } from './invalid-link.tsx';
import { useLinkSecret } from './link-secret.ts';

export function UndoEmailChangePage() {
  const { t } = useLocale();
  const session = useSession();
  const navigate = useNavigate();
  const { secret, forget, refuse } = useLinkSecret('code');

  async function leave() {
    forget();
    await session.leave('email-restored');
    await navigate({ to: '/sign-in' });
  }

  if (!secret) {
    return (
      <InvalidLink title={t.undo.invalidTitle} text={t.undo.invalidText}>
        {t.undo.requestReset}
      </InvalidLink>
    );
  }
  return (
    <>
      <PageHeading title={t.undo.title} lead={t.undo.lead} />
      <UndoEmailChangeForm secret={secret} onSuccess={leave} onInvalid={refuse} />
    </>
  );
}
