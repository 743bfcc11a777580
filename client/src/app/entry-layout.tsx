import { Outlet } from '@tanstack/react-router';
import { useLocale } from '../i18n/locale.tsx';
import classes from './entry-layout.module.css';
import { SiteHeader } from './site-header.tsx';

/** The frame of every page on the way in: a form, and beside it, where there is room, what this is. */
export function EntryLayout() {
  const { t } = useLocale();
  return (
    <div className={classes.frame}>
      <aside className={classes.aside}>
        <svg className={classes.key} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
          <circle cx="7" cy="12" r="4.5" />
          <path d="M11.5 12H30M18 12v4.25M22.500 12v3" />
        </svg>
        <div className={classes.words}>
          <p className={classes.title}>{t.aside.title}</p>
          <p className={classes.text}>{t.aside.text}</p>
        </div>
      </aside>
      <div className={classes.side}>
        <SiteHeader tone="bare" />
        <main id="content" className={classes.main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    </div>
  );
}
