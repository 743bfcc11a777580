import type { Locale } from '@latchkey/shared/schemas';
import { createContext, use } from 'react';
import type { AdminMessages } from './en.ts';

const catalogues: Record<Locale, () => Promise<AdminMessages>> = {
  en: async () => (await import('./en.ts')).en,
  de: async () => (await import('./de.ts')).de,
};

/** The texts of administration, which only those load who see it. */
export const loadAdminMessages = (locale: Locale): Promise<AdminMessages> => catalogues[locale]();

export const AdminMessagesContext = createContext<AdminMessages | undefined>(undefined);

export function useAdminMessages(): AdminMessages {
  const messages = use(AdminMessagesContext);
  if (!messages) throw new Error('useAdminMessages needs an AdminMessagesContext above it');
  return messages;
}
