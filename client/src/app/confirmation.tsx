import { useRequireConfirm } from '@latchkey/client/react';
import { lazy, Suspense } from 'react';
import { loadPageCode } from './page-code.ts';

const ConfirmDialog = lazy(() =>
  loadPageCode(() => import('../features/confirm/confirm-dialog.tsx')).then((code) => ({
    default: code.ConfirmDialog,
  })),
);

/** The one dialog for however many calls wait for a confirmation. */
export function Confirmation() {
  const pending = useRequireConfirm();
  return <Suspense>{pending && <ConfirmDialog pending={pending} />}</Suspense>;
}
