import { pluralOf } from '../format.ts';
import type { AdminMessages } from './en.ts';

const plural = pluralOf('de');

export const de: AdminMessages = {
  nav: {
    label: 'Verwaltung',
    users: 'Benutzer',
  },
  pages: {
    label: 'Seiten',
    page: (number) => `Seite ${number}`,
    previous: 'Zurück',
    next: 'Weiter',
    first: 'Erste Seite',
  },
  users: {
    title: 'Benutzer',
    lead: 'Alle, die hier ein Konto haben.',
    search: 'Nach Benutzername, E-Mail oder Namen suchen',
    searchFor: 'Name oder E-Mail',
    found: (count, isMore) =>
      isMore
        ? `${count} Benutzer, und weitere auf der nächsten Seite.`
        : plural(count, { one: '1 Benutzer.', other: `${count} Benutzer.` }),
    nobody: 'So jemanden gibt es nicht.',
    nobodyHere: 'Auf dieser Seite ist niemand mehr.',
    admin: 'Verwaltung',
    never: 'Nie',
    states: { active: 'Aktiv', disabled: 'Gesperrt', closed: 'Geschlossen' },
    columns: { name: 'Name', state: 'Zustand', devices: 'Geräte', lastSignIn: 'Anmeldung', joined: 'Seit' },
    filters: {
      open: (count) => (count > 0 ? `Filter (${count})` : 'Filter'),
      clear: 'Alle anzeigen',
      role: 'Rolle',
      anyRole: 'Jede Rolle',
      roles: { user: 'Ohne Verwaltung', admin: 'Mit Verwaltung' },
      anyState: 'Jeder Zustand',
      address: 'E-Mail-Adresse',
      anyAddress: 'Jede Adresse',
      addresses: { yes: 'Bestätigt', no: 'Nicht bestätigt' },
      anyDevices: 'Angemeldet?',
      devices: { yes: 'Angemeldet', no: 'Nirgends angemeldet' },
      sort: 'Reihenfolge',
      sorts: { date: 'Neueste zuerst', name: 'Nach Nachnamen' },
    },
  },
  user: {
    title: 'Benutzer',
    back: 'Alle Benutzer',
    gone: 'Dieses Konto gibt es nicht',
    goneText: 'Vielleicht wurde es inzwischen gelöscht.',
    state: 'Zustand',
    you: 'Sie',
    locked: 'Vorübergehend gesperrt',
    locks: {
      'sign-in': 'Nach zu vielen falschen Passwörtern ist keine Anmeldung möglich.',
      confirmation: 'Nach zu vielen falschen Passwörtern lässt sich das Passwort nicht bestätigen.',
      code: 'Nach zu vielen falschen Codes wird keiner angenommen.',
    },
    until: (time) => `Bis ${time}.`,
    untilReset: 'Bis das Passwort zurückgesetzt oder das Konto entsperrt wird.',
    whyOut: {
      disabled: 'Die Verwaltung hat dieses Konto gesperrt: Niemand kann sich anmelden.',
      closed:
        'Dieses Konto wurde kurz nach einer Änderung seiner Adresse gelöscht. Es bleibt geschlossen, solange sich die Änderung zurücknehmen lässt, und verschwindet dann.',
    },
    passwordChanged: 'Passwort geändert',
    id: 'Kennung',
    profile: 'Profil',
    devices: 'Geräte',
    noDevices: 'Nirgends angemeldet.',
    activity: 'Letzte Ereignisse',
    noActivity: 'Bisher ist nichts geschehen.',
    by: (username) =>
      username === null ? 'Von jemandem aus der Verwaltung, dessen Konto es nicht mehr gibt' : `Von @${username}`,
    byTerminal: 'Am Terminal des Servers',
    because: (reason) => `„${reason}“`,
    actionsTitle: 'Aktionen',
    reason: 'Grund',
    reasonHint: 'Er wird mit dem Ereignis aufbewahrt, und nur die Verwaltung sieht ihn.',
    saved: 'Gespeichert.',
    changeName: (username) => `Namen von @${username} ändern`,
    changeUsername: (username) => `Benutzernamen von @${username} ändern`,
    usernameText: 'Die Person erfährt es per Mail und meldet sich von da an mit dem neuen an.',
    changeLanguage: (username) => `Sprache von @${username} ändern`,
    languageText: 'In ihr werden Mails an diese Person geschrieben.',
    changeEmail: (username) => `E-Mail von @${username} ändern`,
    email: {
      text: 'Wir mailen einen Code an die neue Adresse. Wer sie hat, nennt ihn Ihnen, und erst dann ändert sie sich. Die alte Adresse kann das sieben Tage lang zurücknehmen.',
      same: 'Das ist schon die Adresse.',
      waits: (address) => `Wartet auf den Code, der an ${address} ging`,
      enterCode: 'Code eingeben',
      askOwner: (address) =>
        `Ein sechsstelliger Code ging an ${address}. Lassen Sie ihn sich nennen. Damit ändert sich die Adresse, und alle Sitzungen des Kontos enden.`,
      later: 'Später eingeben',
      changed: (address) => `Die Adresse ist jetzt ${address}, und alle Sitzungen des Kontos wurden beendet.`,
    },
    typeName: (username) => `Geben Sie den Benutzernamen ${username} ein`,
    otherName: 'Das ist nicht der Benutzername dieses Kontos.',
    toSelf: {
      endSessions: 'Das ist Ihr eigenes Konto: Sie werden auch hier abgemeldet und müssen sich neu anmelden.',
      withdraw:
        'Das ist Ihr eigenes Konto: Sie verlieren das Recht sofort, und nur andere mit dem Recht können es zurückgeben.',
      disable:
        'Das ist Ihr eigenes Konto: Sie werden sofort abgemeldet, und nur andere mit dem Recht können Sie wieder hereinlassen.',
      remove: 'Das ist Ihr eigenes Konto: Sie werden abgemeldet, und es ist weg.',
    },
    actions: {
      unlock: {
        label: 'Entsperren',
        about: 'Beendet Sperren und Wartezeiten nach falschen Passwörtern und Codes.',
        title: (username) => `@${username} entsperren?`,
        text: 'Falsche Passwörter und Codes werden vergessen, ebenso die Wartezeiten für neue Codes und Mails. Die Person erfährt es per Mail.',
        done: (username) => `@${username} ist entsperrt.`,
      },
      sendReset: {
        label: 'Passwort-Link schicken',
        about: 'Mailt einen Link für ein neues Passwort.',
        title: (username) => `@${username} einen Passwort-Link schicken?`,
        text: 'Ein Link für ein neues Passwort geht an die Adresse des Kontos. Sie sehen weder den Link noch das Passwort.',
        done: (username) => `Ein Link für ein neues Passwort ist unterwegs zu @${username}.`,
      },
      endSessions: {
        label: 'Alle Sitzungen beenden',
        about: 'Meldet das Konto überall ab.',
        title: (username) => `Alle Sitzungen von @${username} beenden?`,
        text: 'Das Konto ist mit dem nächsten Aufruf auf jedem Gerät abgemeldet. Die Person erfährt es per Mail und kann sich neu anmelden.',
        done: (username) => `Alle Sitzungen von @${username} wurden beendet.`,
      },
      grant: {
        label: 'Verwaltung erlauben',
        about: 'Gibt das Recht zu allem, was Sie hier können.',
        title: (username) => `@${username} die Verwaltung erlauben?`,
        text: 'Wer verwaltet, sieht jedes Konto und kann es sperren und löschen, auch Ihres. Die Person erfährt es per Mail.',
        done: (username) => `@${username} darf jetzt verwalten.`,
      },
      withdraw: {
        label: 'Verwaltung entziehen',
        about: 'Das Konto bleibt, ohne dieses Recht.',
        title: (username) => `@${username} die Verwaltung entziehen?`,
        text: 'Das Konto bleibt, wie es ist, kann aber nichts mehr verwalten. Die Person erfährt es per Mail.',
        done: (username) => `@${username} darf nicht mehr verwalten.`,
      },
      enable: {
        label: 'Wieder freigeben',
        about: 'Die Person kann sich wieder anmelden.',
        title: (username) => `@${username} wieder freigeben?`,
        text: 'Die Person kann sich wieder anmelden und erfährt das per Mail. Sitzungen und das Recht zu verwalten kommen nicht zurück.',
        done: (username) => `@${username} kann sich wieder anmelden.`,
      },
      disable: {
        label: 'Konto sperren',
        about: 'Schließt die Person aus. Lässt sich zurücknehmen.',
        title: (username) => `@${username} sperren?`,
        text: 'Alle Sitzungen enden sofort, Codes und Links verlieren ihre Gültigkeit, und bis zur Freigabe kann sich niemand anmelden. Die Person erfährt es per Mail.',
        done: (username) => `@${username} ist gesperrt, und alle Sitzungen wurden beendet.`,
      },
      remove: {
        label: 'Konto löschen',
        about: 'Endgültig. Lässt sich nicht zurücknehmen.',
        title: (username) => `@${username} löschen?`,
        text: 'Profil, Sitzungen und Aktivität werden endgültig gelöscht, und die Person erfährt es per Mail. Wurde die Adresse in den letzten sieben Tagen geändert, wird das Konto geschlossen, bis sich das nicht mehr zurücknehmen lässt.',
        done: (username) => `@${username} wurde gelöscht.`,
      },
    },
  },
};
