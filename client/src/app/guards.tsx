import { Button, Loader } from '@mantine/core';
import { Navigate, Outlet, useLocation, useSearch } from '@tanstack/react-router';
import { Notice } from '../components/notice.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { readChallenge } from '../session/challenge.ts';
import { useSession, useSessionState } from '../session/use-session.ts';
import { AccountLayout } from './account-layout.tsx';
import classes from './guards.module.css';
import { safePath } from './safe-path.ts';

/** For those who are signed in. Others go to the sign-in, and come back here after it unless they left on purpose. */
export function RequireSession() {
  const state = useSessionState();
  const location = useLocation();
  if (state.status === 'signed-out') {
    const leftOnPurpose = state.reason !== 'none' && state.reason !== 'expired' && state.reason !== 'reused';
    return <Navigate to="/sign-in" search={leftOnPurpose ? {} : { next: location.href }} replace />;
  }
  return <AccountLayout>{state.status === 'restoring' ? <Restoring /> : <Outlet />}</AccountLayout>;
}

/** For those who are not signed in. Whoever is, in this tab or by another, goes on to where they wanted to be. */
export function RequireVisitor() {
  const state = useSessionState();
  const { next } = useSearch({ strict: false });
  if (state.status === 'restoring') return <Restoring />;
  if (state.status === 'signed-out') return <Outlet />;
  const target = safePath(readChallenge('sign-in')?.next ?? next, window.location.origin) ?? '/account';
  return <Navigate to={target as '/account'} replace />;
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
        <span className={classes.hidden}>{t.common.connecting}</span>
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
