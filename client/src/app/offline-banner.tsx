import { onlineManager } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useLocale } from '../i18n/locale.tsx';
import classes from './offline-banner.module.css';

export function OfflineBanner() {
  const { t } = useLocale();
  const isOnline = useSyncExternalStore(
    (listener) => onlineManager.subscribe(listener),
    () => onlineManager.isOnline(),
  );
  return (
    <div role="status" className={classes.banner}>
      {!isOnline && t.common.offline}
    </div>
  );
}
