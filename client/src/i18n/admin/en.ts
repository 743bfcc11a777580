/** Every text of administration. The other languages have the type of this one. */
export const en = {
  nav: {
    label: 'Administration',
    users: 'Users',
  },
  users: {
    title: 'Users',
    lead: 'Everybody who has an account here.',
    columns: { name: 'Name', joined: 'Joined' },
  },
};

export type AdminMessages = typeof en;
