import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { PageHeading } from '../../components/page-heading.tsx';
import { ButtonLink } from '../../components/text-link.tsx';
import { ResetPasswordForm, UndoEmailChangeForm } from '../../features/password-reset/link-password-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import type { SignedOutReason } from '../../session/session.ts';
import { useSession } from '../../session/use-session.ts';

/** The secret in the fragment of a link, read once and then taken out of the address bar and the history. */
function useFragmentSecret(name: 'token' | 'code'): string | undefined {
  const [secret] = useState(() => new URLSearchParams(window.location.hash.slice(1)).get(name) ?? undefined);
  useEffect(() => {
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);
  return secret;
}

function useLeave() {
  const session = useSession();
  const navigate = useNavigate();
  return async (reason: SignedOutReason) => {
    await session.leave(reason);
    await navigate({ to: '/sign-in' });
  };
}

export function ResetPasswordPage() {
  const { t } = useLocale();
  const secret = useFragmentSecret('token');
  const leave = useLeave();
  const [isInvalid, setInvalid] = useState(!secret);

  if (isInvalid || !secret) {
    return (
      <InvalidLink title={t.reset.invalidTitle} text={t.reset.invalidText}>
        {t.reset.requestNew}
      </InvalidLink>
    );
  }
  return (
    <>
      <PageHeading title={t.reset.title} lead={t.reset.lead} />
      <ResetPasswordForm
        secret={secret}
        onSuccess={() => void leave('password-reset')}
        onInvalid={() => setInvalid(true)}
      />
    </>
  );
}

export function UndoEmailChangePage() {
  const { t } = useLocale();
  const secret = useFragmentSecret('code');
  const leave = useLeave();
  const [isInvalid, setInvalid] = useState(!secret);

  if (isInvalid || !secret) {
    return (
      <InvalidLink title={t.undo.invalidTitle} text={t.undo.invalidText}>
        {t.undo.requestReset}
      </InvalidLink>
    );
  }
  return (
    <>
      <PageHeading title={t.undo.title} lead={t.undo.lead} />
      <UndoEmailChangeForm
        secret={secret}
        onSuccess={() => void leave('email-restored')}
        onInvalid={() => setInvalid(true)}
      />
    </>
  );
}

function InvalidLink({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <>
      <PageHeading title={title} lead={text} />
      <ButtonLink to="/forgot-password">{children}</ButtonLink>
    </>
  );
}
