import { Button, Group } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useLocale } from '../../i18n/locale.tsx';
import { Dialog } from '../dialog.tsx';

interface LeaveGuardProps {
  isChanged: boolean;
  /** The changes are given up. */
  onLeave: () => void;
}

/** Asks before a changed form is left for another page of the app. */
export function LeaveGuard({ isChanged, onLeave }: LeaveGuardProps) {
  const { t } = useLocale();
  // A reload is no loss: the draft is kept.
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: ({ current, next }) => current.pathname !== next.pathname,
    disabled: !isChanged,
    enableBeforeUnload: false,
    withResolver: true,
  });

  if (status !== 'blocked') return null;
  return (
    <Dialog title={t.leave.title} onCancel={reset}>
      <p>{t.leave.text}</p>
      <Group gap="xs">
        <Button onClick={reset}>{t.leave.stay}</Button>
        <Button
          variant="default"
          onClick={() => {
            onLeave();
            proceed();
          }}
        >
          {t.leave.leave}
        </Button>
      </Group>
    </Dialog>
  );
}
