import { Button, Loader } from '@mantine/core';
import { Outlet } from '@tanstack/react-router';
import { Notice } from '../components/notice.tsx';
import { VisuallyHidden } from '../components/visually-hidden.tsx';
import { useLocale } from '../i18n/locale.tsx';
import { useSession, useSessionState } from '../session/use-session.ts';
import classes from './restoring.module.css';

/** Pages for one state of the session. None of them flashes while another state waits for the guards to lead away. */
export function OutletWhile({ status }: { status: 'signed-in' | 'signed-out' }) {
  return useSessionState().status === status ? <Outlet /> : <Restoring />;
}

/** A moment in which the server is asked what comes here. */
export function Connecting() {
  const { t } = useLocale();
  return (
    <p role="status" className={classes.loading}>
      <Loader size="sm" aria-hidden="true" />
      <VisuallyHidden>{t.common.connecting}</VisuallyHidden>
    </p>
  );
}

/** Nobody knows yet whether there is a session. Usually for a blink; longer when the server does not answer. */
export function Restoring() {
  const { t } = useLocale();
  const session = useSession();
  const state = useSessionState();
  const problem = state.status === 'restoring' ? state.problem : undefined;
  if (!problem) return <Connecting />;
  return (
    <div className={classes.trouble}>
      <h1>{t.restoring.title}</h1>
      <Notice tone="info">{t.restoring.text}</Notice>
      <Button onClick={session.retryNow}>{t.common.tryAgain}</Button>
    </div>
  );
}
