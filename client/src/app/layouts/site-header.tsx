import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Wordmark } from '../../components/key-mark.tsx';
import { ColorSchemeButton } from '../../features/preferences/color-scheme-button.tsx';
import { LanguageChoice } from '../../features/preferences/language-choice.tsx';
import { useLocale } from '../../i18n/locale.tsx';
import classes from './site-header.module.css';

type Tone = 'bare' | 'tight' | 'wide' | undefined;

/** The mark alone, where it will stand: nothing in it needs a language or the app. */
export function PlainHeader({ tone }: { tone?: Tone }) {
  return (
    <header className={classes.header} data-tone={tone}>
      <span className={classes.home}>
        <Wordmark />
      </span>
    </header>
  );
}

/** The mark, and what a page offers beside it: the choices of language and colours, where it says nothing else. */
export function SiteHeader({ children, tone }: { children?: ReactNode; tone?: Tone }) {
  const { t } = useLocale();
  return (
    <header className={classes.header} data-tone={tone}>
      <Link to="/" className={classes.home} aria-label={t.common.home}>
        <Wordmark />
      </Link>
      <div className={classes.tools}>
        {children ?? (
          <>
            <LanguageChoice />
            <ColorSchemeButton />
          </>
        )}
      </div>
    </header>
  );
}
