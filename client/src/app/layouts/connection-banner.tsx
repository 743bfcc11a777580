import { onlineManager } from '@tanstack/react-query';
import { type RegisteredRouter, useRouterState } from '@tanstack/react-router';
import { type ReactNode, useEffect, useSyncExternalStore } from 'react';
import { hasUnsaved } from '../../components/form/unsaved.ts';
import { useLocale } from '../../i18n/locale.tsx';
import { pageCode } from '../page-code.ts';
import classes from './connection-banner.module.css';

function wasReloaded(): boolean {
  const [load] = performance.getEntriesByType('navigation');
  return load instanceof PerformanceNavigationTiming && load.type === 'reload';
}

/** Says at the foot of the page that there is no connection, or that the page asked for waits for one. */
export function ConnectionBanner({ router }: { router: RegisteredRouter }) {
  const { t } = useLocale();
  const isOnline = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  const code = useSyncExternalStore(pageCode.subscribe, pageCode.get);
  const isGoing = useRouterState({ router, select: ({ status }) => status === 'pending' });
  const isStale = isGoing && code === 'stale';

  useEffect(() => {
    // The address is that of the page asked for. What was typed is worth a question, and so is a load that did not help.
    if (isStale && !hasUnsaved() && !wasReloaded()) window.location.reload();
  }, [isStale]);

  let content: ReactNode = !isOnline && t.common.offline;
  if (isStale) {
    content = (
      <>
        {t.common.loadAfresh} <Action onClick={() => window.location.reload()}>{t.common.loadNow}</Action>
      </>
    );
  } else if (isGoing && code === 'waiting') {
    content = (
      <>
        {t.common.pageWaits} <Action onClick={pageCode.retryNow}>{t.common.tryAgain}</Action>
      </>
    );
  }
  return (
    <div role="status" className={classes.banner}>
      {content}
    </div>
  );
}

function Action({ onClick, children }: { onClick: () => void; children: ReactNode }) {
  return (
    <button type="button" className={classes.action} onClick={onClick}>
      {children}
    </button>
  );
}
