import { Button, Group } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useLocale } from '../i18n/locale.tsx';
import classes from './leave-guard.module.css';

interface LeaveGuardProps {
  isChanged: boolean;
  /** The changes are given up. */
  onLeave: () => void;
}

/** Asks before a changed form is left for another page of the app. */
export function LeaveGuard({ isChanged, onLeave }: LeaveGuardProps) {
  const { t } = useLocale();
  const dialog = useRef<HTMLDialogElement>(null);
  // A reload is no loss: the draft is kept.
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    disabled: !isChanged,
    enableBeforeUnload: false,
    withResolver: true,
  });

  useEffect(() => {
    if (status === 'blocked') dialog.current?.showModal();
    else dialog.current?.close();
  }, [status]);

  return (
    <dialog ref={dialog} className={classes.dialog} aria-labelledby="leave-title" onCancel={() => reset?.()}>
      <h2 id="leave-title">{t.leave.title}</h2>
      <p>{t.leave.text}</p>
      <Group gap="xs">
        <Button autoFocus onClick={() => reset?.()}>
          {t.leave.stay}
        </Button>
        <Button
          variant="default"
          onClick={() => {
            onLeave();
            proceed?.();
          }}
        >
          {t.leave.leave}
        </Button>
      </Group>
    </dialog>
  );
}
