import { Outlet } from '@tanstack/react-router';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './root-layout.module.css';

export function RootLayout() {
  const { t } = useLocale();
  return (
    <>
      <a href="#content" className={classes.skip}>
        {t.common.skipToContent}
      </a>
      <Outlet />
    </>
  );
}
