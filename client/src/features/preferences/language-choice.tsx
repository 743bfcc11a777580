import type { Locale } from '@latchkey/shared/schemas';
import { VisuallyHidden } from '../../components/visually-hidden.tsx';
import { localeNames, useLocale } from '../../i18n/locale.tsx';
import { trpc } from '../../session/trpc.ts';
import { useSessionState } from '../../session/use-session.ts';
import classes from './preferences.module.css';

/** The language of the app. Of somebody who is signed in it is the language of the mails, too. */
export function LanguageChoice({ look = 'bare' }: { look?: 'bare' | 'field' }) {
  const { t, locale, setLocale } = useLocale();
  const isSignedIn = useSessionState().status === 'signed-in';
  const updateProfile = trpc.user.updateProfile.useMutation();

  async function choose(next: Locale) {
    await setLocale(next);
    // The app speaks the language at once; should the server not hear of it now, the next choice tells it.
    if (isSignedIn) updateProfile.mutate({ locale: next });
  }

  return (
    <label className={look === 'bare' ? classes.language : classes.field}>
      {look === 'bare' ? <VisuallyHidden>{t.common.language}</VisuallyHidden> : <span>{t.common.language}</span>}
      <select value={locale} onChange={(event) => void choose(event.currentTarget.value as Locale)}>
        {Object.entries(localeNames).map(([value, name]) => (
          <option key={value} value={value} lang={value}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
