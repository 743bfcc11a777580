import { Outlet } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './entry-layout.module.css';
import { SiteHeader } from './site-header.tsx';

/** What a page on the way in stands in: beside it, where there is room, the key and some words. */
export function EntryFrame({ words, children }: { words?: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.frame}>
      <aside className={classes.aside}>
        <svg className={classes.key} viewBox="0 0 30 12" aria-hidden="true" focusable="false">
          <circle cx="6" cy="6" r="4.5" />
          <circle cx="6" cy="6" r="1.1" className={classes.hole} />
          <path d="M10.5 6H28.5M22 6v3.75M25.25 6v2.5M28.5 6v3.75" />
        </svg>
        <div className={classes.words}>{words}</div>
      </aside>
      <div className={classes.side}>{children}</div>
    </div>
  );
}

/** The frame of every page on the way in: a form, and beside it, where there is room, what this is. */
export function EntryLayout() {
  const { t } = useLocale();
  return (
    <EntryFrame
      words={
        <>
          <p className={classes.title}>{t.aside.title}</p>
          <p className={classes.text}>{t.aside.text}</p>
        </>
      }
    >
      <SiteHeader tone="bare" />
      <main id="content" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
    </EntryFrame>
  );
}
