import { type FieldMessageKey, fieldMessages, type Locale } from '@latchkey/shared/schemas';
import { createContext, type ReactNode, use, useMemo, useState } from 'react';
import type { Messages } from './en.ts';
import { createFormat } from './format.ts';

const storageKey = 'latchkey-locale';

/** The languages, each by its own name. */
export const localeNames: Record<Locale, string> = { en: 'English', de: 'Deutsch' };
const locales: Locale[] = ['en', 'de'];

const catalogues: Record<Locale, () => Promise<Messages>> = {
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
};

const isLocale = (value: unknown): value is Locale => locales.some((locale) => locale === value);

function detectLocale(): Locale {
  try {
    const stored = localStorage.getItem(storageKey);
    if (isLocale(stored)) return stored;
  } catch {
    // Storage is switched off: the browser's language holds.
  }
  return globalThis.navigator?.language.startsWith('de') ? 'de' : 'en';
}

let active: Locale = detectLocale();

/** The language now, for those outside of React: the header of a request. */
export const activeLocale = (): Locale => active;

export async function loadMessages(locale: Locale): Promise<Messages> {
  return catalogues[locale]();
}

interface LocaleContext {
  locale: Locale;
  t: Messages;
  format: ReturnType<typeof createFormat>;
  setLocale: (locale: Locale) => Promise<void>;
}

const Context = createContext<LocaleContext | undefined>(undefined);

interface LocaleProviderProps {
  messages: Messages;
  /** Of the messages; that of the browser unless said otherwise. */
  locale?: Locale;
  children: ReactNode;
}

export function LocaleProvider({ messages, locale = active, children }: LocaleProviderProps) {
  const [current, setCurrent] = useState({ locale, t: messages });

  const value = useMemo<LocaleContext>(
    () => ({
      ...current,
      format: createFormat(current.locale),
      async setLocale(locale) {
        const t = await loadMessages(locale);
        active = locale;
        document.documentElement.lang = locale;
        setCurrent({ locale, t });
        try {
          localStorage.setItem(storageKey, locale);
        } catch {
          // Without storage the choice lasts until the page is left.
        }
      },
    }),
    [current],
  );
  return <Context value={value}>{children}</Context>;
}

export function useLocale(): LocaleContext {
  const context = use(Context);
  if (!context) throw new Error('useLocale needs a LocaleProvider above it');
  return context;
}

const fieldKeys = new Map<string, FieldMessageKey>(
  Object.entries(fieldMessages).map(([key, text]) => [text, key as FieldMessageKey]),
);

/** A field error of the contract in the language of the person. A text that the contract does not know stays as it is. */
export function translateFieldError(text: string, t: Messages): string {
  const key = fieldKeys.get(text);
  return key ? t.fields[key] : text;
}
