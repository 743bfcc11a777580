import { Button, Loader } from '@mantine/core';
import { Outlet, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Notice } from '../components/notice.tsx';
import { VisuallyHidden } from '../components/visually-hidden.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { readChallenge, writeChallenge } from '../session/challenge.ts';
import { useSession, useSessionState } from '../session/use-session.ts';
import { AccountLayout } from './account-layout.tsx';
import classes from './guards.module.css';
import { safePath } from './safe-path.ts';

/** For those who are signed in. Others go to the sign-in, and come back here after it unless they left on purpose. */
export function RequireSession() {
  const state = useSessionState();
  if (state.status === 'signed-out') {
    return <ToSignIn comesBack={state.reason === 'none' || state.reason === 'expired' || state.reason === 'reused'} />;
  }
  return <AccountLayout>{state.status === 'restoring' ? <Restoring /> : <Outlet />}</AccountLayout>;
}

/** For those who are not signed in. Whoever is, in this tab or by another, goes on to where they wanted to be. */
export function RequireVisitor() {
  const state = useSessionState();
  if (state.status === 'restoring') return <Restoring />;
  return state.status === 'signed-out' ? <Outlet /> : <Onward />;
}

function ToSignIn({ comesBack }: { comesBack: boolean }) {
  const router = useRouter();
  useEffect(() => {
    // Read, not subscribed to: going there changes it.
    const { href: next, pathname } = router.state.location;
    if (!pathname.startsWith('/account')) return;
    void router.navigate({ to: '/sign-in', search: comesBack ? { next } : {}, replace: true });
  }, [router, comesBack]);
  return null;
}

function Onward() {
  const router = useRouter();
  useEffect(() => {
    const wanted = readChallenge('sign-in')?.next ?? new URLSearchParams(window.location.search).get('next');
    writeChallenge('sign-in', undefined);
    router.history.replace(safePath(wanted, window.location.origin) ?? '/account');
  }, [router]);
  return null;
}

/** Nobody knows yet whether there is a session. Usually for a blink; longer when the server does not answer. */
function Restoring() {
  const { t } = useLocale();
  const session = useSession();
  const state = useSessionState();
  const problem = state.status === 'restoring' ? state.problem : undefined;
  if (!problem) {
    return (
      <p role="status" className={classes.loading}>
        <Loader size="sm" aria-hidden="true" />
        <VisuallyHidden>{t.common.connecting}</VisuallyHidden>
      </p>
    );
  }
  return (
    <div className={classes.trouble}>
      <h1>{t.restoring.title}</h1>
      <Notice tone="info">{t.restoring.text}</Notice>
      <Button onClick={session.retryNow}>{t.common.tryAgain}</Button>
    </div>
  );
}
