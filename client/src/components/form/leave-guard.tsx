import { Button, Group } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useLocale } from '../../i18n/locale.tsx';
import { Dialog } from '../dialog.tsx';
import { forgetUnsaved, hasUnsaved } from './unsaved.ts';

/** Asks before a page with a changed form, whichever of its forms that is, is left for another page of the app. */
export function LeaveGuard() {
  const { t } = useLocale();
  // A reload is no loss: the draft is kept.
  const { status, proceed, reset } = useBlocker({
    // Whoever forgot the password cannot save what needs it.
    shouldBlockFn: ({ current, next }) =>
      hasUnsaved() && current.pathname !== next.pathname && next.pathname !== '/forgot-password',
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
            forgetUnsaved();
            proceed();
          }}
        >
          {t.leave.leave}
        </Button>
      </Group>
    </Dialog>
  );
}
