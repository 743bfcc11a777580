import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { PageHeading } from '../../components/page-heading.tsx';
import { ButtonLink } from '../../components/text-link.tsx';
import { ResetPasswordForm, UndoEmailChangeForm } from '../../features/password-reset/link-password-form.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import type { SignedOutReason } from '../../session/session.ts';
import { useSession } from '../../session/use-session.ts';

/**
 * The secret in the fragment of a link, read once and then taken out of the address bar and the history. The tab keeps
 * it until it is used or refused, so that a reload does not call a good link a bad one.
 */
function useFragmentSecret(name: 'token' | 'code') {
  const key = `latchkey-link-${name}`;
  const [secret, setSecret] = useState(() => {
    const fromLink = new URLSearchParams(window.location.hash.slice(1)).get(name);
    try {
      if (fromLink) sessionStorage.setItem(key, fromLink);
      return fromLink ?? sessionStorage.getItem(key) ?? undefined;
    } catch {
      return fromLink ?? undefined;
    }
  });

  useEffect(() => {
    if (window.location.hash) window.history.replaceState(window.history.state, '', window.location.pathname);
  }, []);

  function forget() {
    try {
      sessionStorage.removeItem(key);
    } catch {
      // Without storage nothing was kept.
    }
  }
  return {
    secret,
    forget,
    refuse() {
      forget();
      setSecret(undefined);
    },
  };
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
  const { secret, forget, refuse } = useFragmentSecret('token');
  const leave = useLeave();

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
      <ResetPasswordForm
        secret={secret}
        onSuccess={() => {
          forget();
          void leave('password-reset');
        }}
        onInvalid={refuse}
      />
    </>
  );
}

export function UndoEmailChangePage() {
  const { t } = useLocale();
  const { secret, forget, refuse } = useFragmentSecret('code');
  const leave = useLeave();

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
      <UndoEmailChangeForm
        secret={secret}
        onSuccess={() => {
          forget();
          void leave('email-restored');
        }}
        onInvalid={refuse}
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
