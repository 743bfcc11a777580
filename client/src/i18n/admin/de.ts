import type { AdminMessages } from './en.ts';

export const de: AdminMessages = {
  nav: {
    label: 'Verwaltung',
    users: 'Benutzer',
  },
  users: {
    title: 'Benutzer',
    lead: 'Alle, die hier ein Konto haben.',
    columns: { name: 'Name', joined: 'Seit' },
  },
};
