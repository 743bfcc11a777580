import type { Locale } from '@latchkey/shared/schemas';
import type { DeviceParts } from '../user-agent.ts';

const minutes = (n: number) => (n === 1 ? '1 minute' : `${n} minutes`);
const days = (n: number) => (n === 1 ? '1 day' : `${n} days`);

const english = {
  account: 'Account',
  when: 'When',
  deletedOn: 'Will be deleted',
  device: 'Device',
  ip: 'IP address',
  newEmail: 'New address',
  newUsername: 'New username',
  notMe: 'This was not me',
  fallback: 'If the button does not work, open this address:',
  footer: 'Latchkey sent this mail automatically.',
  codeSubject: (code: string) => `${code} is your code`,
  deviceOf: ({ browser, system }: DeviceParts) =>
    browser && system ? `${browser} on ${system}` : (browser ?? system ?? 'Unknown device'),

  'login-code': {
    subject: 'Your OTP for Login',
    heading: 'Sign in to Latchkey',
    code: (code: string, validMinutes: number) => `Your OTP is ${code}. It is valid for ${minutes(validMinutes)}.`,
    keep: 'Enter it only on the page where you are signing in, and do not pass it on to anyone.',
    notYou:
      'If you did not ask for this code, someone else knows your password. They cannot get in without the code, but change your password now.',
  },
  'email-change-code': {
    subject: 'Your code to confirm this address',
    heading: 'Confirm your new address',
    code: (code: string, validMinutes: number) => `Your code is ${code}. It is valid for ${minutes(validMinutes)}.`,
    keep: 'Someone, probably you, asked to use this address for a Latchkey account. Enter the code on the page where you asked for it.',
    notYou: 'If you did not ask for this, ignore this mail: without the code nothing changes.',
  },
  'password-reset': {
    subject: 'Choose a new password',
    heading: 'Choose a new password',
    happened: 'Someone, probably you, asked for a new password for the Latchkey account with this address.',
    action: 'Choose a new password',
    validity: (validMinutes: number) =>
      `The link is valid for ${minutes(validMinutes)} and works once. A new password ends every session of the account.`,
    notYou: 'If you did not ask for this, ignore this mail: your password stays as it is.',
  },
  'new-device': {
    subject: 'New sign-in to your account',
    heading: 'New sign-in to your account',
    happened: (username: string) => `Someone signed in to your Latchkey account “${username}” from a new device.`,
    advice:
      'If this was you, there is nothing to do. If it was not, choose a new password now: that ends every session of the account.',
  },
  'password-changed': {
    subject: 'Your password was changed',
    heading: 'Your password was changed',
    happened: (username: string) =>
      `The password of your Latchkey account “${username}” was changed, and every other session of the account was ended.`,
    advice:
      'If this was you, there is nothing to do. If it was not, choose a new password now: that ends every session of the account.',
  },
  'password-reset-done': {
    subject: 'Your password was reset',
    heading: 'Your password was reset',
    happened: (username: string) =>
      `A new password was chosen for your Latchkey account “${username}” with a link sent to this address, and every session of the account was ended.`,
    advice:
      'If this was you, sign in with the new password. If it was not, someone can read your mail: secure your mailbox first, then choose a new password.',
  },
  'email-changed': {
    subject: 'Your e-mail address was changed',
    heading: 'This is your new address',
    happened: (username: string) =>
      `Your Latchkey account “${username}” now uses this address. Codes and notices come here, and every other session of the account was ended.`,
    advice:
      'If this was you, there is nothing to do. If it was not, choose a new password now: that ends every session of the account.',
  },
  'email-changed-undo': {
    subject: 'The e-mail address of your account was changed',
    heading: 'Your account has a new address',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was moved to another address. Codes and notices no longer come here.`,
    advice: (validDays: number) =>
      `If this was you, there is nothing to do. If it was not, take your address back within ${days(validDays)}: that restores it, ends every session of the account and asks you for a new password.`,
    action: 'Take my address back',
    more: 'What to do when this was not you',
  },
  'session-reuse': {
    subject: 'We ended a session of your account',
    heading: 'We ended a session of your account',
    happened: (username: string) =>
      `An old key to a session of your Latchkey account “${username}” was used again. That can mean that it was copied, so this session was ended.`,
    advice:
      'Sign in again on this device if it is yours. If you do not know the device, or get this mail again, choose a new password now: that ends every session of the account.',
  },
  'username-changed': {
    subject: 'Your username was changed',
    heading: 'Your username was changed',
    happened: (username: string) => `The username of your Latchkey account “${username}” was changed.`,
    kept: (heldDays: string) =>
      `Sign in with the new name, or with this address. Nobody else can take the old name for ${heldDays} days, and until then you can change back to it.`,
    advice:
      'If this was you, there is nothing to do. If it was not, someone knows your password: choose a new one now, which ends every session of the account, then change the name back.',
  },
  'account-deleted': {
    subject: 'Your account was deleted',
    heading: 'Your account was deleted',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was deleted with your password, and every session of it was ended. It cannot be brought back.`,
    advice:
      'If this was not you, someone knows that password: change it wherever else you use it, and contact whoever runs this site. A reply to this mail reaches nobody. You can register again at any time.',
    action: 'Register again',
  },
  'account-disabled': {
    subject: 'Your account was disabled',
    heading: 'Your account was disabled',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was disabled by those who run this site, and every session of it was ended.`,
    advice: 'You cannot sign in until they enable it again. If you think that this is a mistake, contact them.',
  },
  'account-enabled': {
    subject: 'Your account was enabled again',
    heading: 'Your account was enabled again',
    happened: (username: string) => `Your Latchkey account “${username}” was enabled again by those who run this site.`,
    advice: 'You can sign in as before.',
  },
  'role-granted': {
    subject: 'You are an administrator now',
    heading: 'You are an administrator now',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was made an administrator by those who run this site.`,
    advice: 'You can see and change other accounts now. If you did not expect this, contact them.',
  },
  'role-withdrawn': {
    subject: 'You are no longer an administrator',
    heading: 'You are no longer an administrator',
    happened: (username: string) => `Your Latchkey account “${username}” is no longer an administrator.`,
    advice: 'Your own account stays as it is. If you did not expect this, contact those who run this site.',
  },
  'account-unlocked': {
    subject: 'Your account was unlocked',
    heading: 'Your account was unlocked',
    happened: (username: string) =>
      `Your Latchkey account “${username}” had been locked after too many failed tries, and was unlocked by those who run this site.`,
    advice:
      'You can sign in again. If it was not you who failed to sign in, someone else tries your password: choose one that you use nowhere else.',
  },
  'sessions-ended': {
    subject: 'You were signed out everywhere',
    heading: 'You were signed out everywhere',
    happened: (username: string) =>
      `Every session of your Latchkey account “${username}” was ended by those who run this site.`,
    advice: 'Sign in again where you need it. Your password stays as it is.',
  },
  'account-deleted-by-admin': {
    subject: 'Your account was deleted',
    heading: 'Your account was deleted',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was deleted by those who run this site, and every session of it was ended. It cannot be brought back.`,
    advice: 'If you think that this is a mistake, contact them.',
  },
  'username-changed-by-admin': {
    subject: 'Your username was changed',
    heading: 'Your username was changed',
    happened: (username: string) =>
      `The username of your Latchkey account “${username}” was changed by those who run this site.`,
    advice: 'Sign in with the new name, or with this address. If you did not expect this, contact them.',
  },
  'account-closed': {
    subject: 'Your account is closed',
    heading: 'Your account is closed',
    happened: (username: string) =>
      `Your Latchkey account “${username}” was closed with your password, and every session of it was ended. Nobody can sign in to it.`,
    advice:
      'Its e-mail address was changed a short while ago. Until it is deleted, whoever reads the address that it had before can take it back or have it deleted at once, by a link in the mail that went there.',
  },
  'account-closed-undo': {
    subject: 'Your account is closed and will be deleted',
    heading: 'Your account will be deleted',
    happened: (username: string) =>
      `Your Latchkey account “${username}” had this address until a short while ago. It was closed now with its password, and every session of it was ended.`,
    advice:
      'If this was not you, take your address back until then: that opens the account again and asks you for a new password.',
    action: 'Take my address back',
    atOnce:
      'If it was you, there is nothing to do. The same page deletes the account at once, where you do not want to wait.',
  },
};

/** Everything a mail says in one language. */
export type MailTexts = typeof english;

const minuten = (n: number) => (n === 1 ? '1 Minute' : `${n} Minuten`);
const tage = (n: number) => (n === 1 ? 'eines Tages' : `von ${n} Tagen`);

const german: MailTexts = {
  account: 'Konto',
  when: 'Zeitpunkt',
  deletedOn: 'Wird gelöscht',
  device: 'Gerät',
  ip: 'IP-Adresse',
  newEmail: 'Neue Adresse',
  newUsername: 'Neuer Benutzername',
  notMe: 'Das war ich nicht',
  fallback: 'Falls die Schaltfläche nicht funktioniert, öffnen Sie diese Adresse:',
  footer: 'Latchkey hat diese E-Mail automatisch verschickt.',
  codeSubject: (code) => `${code} ist Ihr Code`,
  deviceOf: ({ browser, system }) =>
    browser && system ? `${browser} unter ${system}` : (browser ?? system ?? 'Unbekanntes Gerät'),

  'login-code': {
    subject: 'Ihr Code für die Anmeldung',
    heading: 'Bei Latchkey anmelden',
    code: (code, validMinutes) => `Ihr Einmalcode ist ${code}. Er ist ${minuten(validMinutes)} gültig.`,
    keep: 'Geben Sie ihn nur auf der Seite ein, auf der Sie sich gerade anmelden, und an niemanden weiter.',
    notYou:
      'Falls Sie diesen Code nicht angefordert haben, kennt jemand anderes Ihr Passwort. Ohne den Code kommt niemand hinein, aber ändern Sie Ihr Passwort jetzt.',
  },
  'email-change-code': {
    subject: 'Ihr Code zum Bestätigen dieser Adresse',
    heading: 'Neue Adresse bestätigen',
    code: (code, validMinutes) => `Ihr Code ist ${code}. Er ist ${minuten(validMinutes)} gültig.`,
    keep: 'Jemand, vermutlich Sie selbst, möchte diese Adresse für ein Latchkey-Konto verwenden. Geben Sie den Code auf der Seite ein, auf der Sie ihn angefordert haben.',
    notYou: 'Falls Sie das nicht waren, ignorieren Sie diese E-Mail: Ohne den Code ändert sich nichts.',
  },
  'password-reset': {
    subject: 'Neues Passwort wählen',
    heading: 'Neues Passwort wählen',
    happened:
      'Jemand, vermutlich Sie selbst, hat für das Latchkey-Konto mit dieser Adresse ein neues Passwort angefordert.',
    action: 'Neues Passwort wählen',
    validity: (validMinutes) =>
      `Der Link ist ${minuten(validMinutes)} gültig und funktioniert einmal. Ein neues Passwort beendet alle Sitzungen des Kontos.`,
    notYou: 'Falls Sie das nicht waren, ignorieren Sie diese E-Mail: Ihr Passwort bleibt, wie es ist.',
  },
  'new-device': {
    subject: 'Neue Anmeldung bei Ihrem Konto',
    heading: 'Neue Anmeldung bei Ihrem Konto',
    happened: (username) => `Bei Ihrem Latchkey-Konto „${username}“ hat sich jemand von einem neuen Gerät angemeldet.`,
    advice:
      'Falls Sie das waren, ist nichts zu tun. Falls nicht, wählen Sie jetzt ein neues Passwort: Das beendet alle Sitzungen des Kontos.',
  },
  'password-changed': {
    subject: 'Ihr Passwort wurde geändert',
    heading: 'Ihr Passwort wurde geändert',
    happened: (username) =>
      `Das Passwort Ihres Latchkey-Kontos „${username}“ wurde geändert. Alle anderen Sitzungen des Kontos wurden beendet.`,
    advice:
      'Falls Sie das waren, ist nichts zu tun. Falls nicht, wählen Sie jetzt ein neues Passwort: Das beendet alle Sitzungen des Kontos.',
  },
  'password-reset-done': {
    subject: 'Ihr Passwort wurde zurückgesetzt',
    heading: 'Ihr Passwort wurde zurückgesetzt',
    happened: (username) =>
      `Für Ihr Latchkey-Konto „${username}“ wurde über einen Link an diese Adresse ein neues Passwort gewählt. Alle Sitzungen des Kontos wurden beendet.`,
    advice:
      'Falls Sie das waren, melden Sie sich mit dem neuen Passwort an. Falls nicht, liest jemand Ihre E-Mails mit: Sichern Sie zuerst Ihr Postfach und wählen Sie dann ein neues Passwort.',
  },
  'email-changed': {
    subject: 'Ihre E-Mail-Adresse wurde geändert',
    heading: 'Das ist Ihre neue Adresse',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ verwendet jetzt diese Adresse. Codes und Hinweise kommen hierher. Alle anderen Sitzungen des Kontos wurden beendet.`,
    advice:
      'Falls Sie das waren, ist nichts zu tun. Falls nicht, wählen Sie jetzt ein neues Passwort: Das beendet alle Sitzungen des Kontos.',
  },
  'email-changed-undo': {
    subject: 'Die E-Mail-Adresse Ihres Kontos wurde geändert',
    heading: 'Ihr Konto hat eine neue Adresse',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ ist auf eine andere Adresse umgezogen. Codes und Hinweise kommen nicht mehr hierher.`,
    advice: (validDays) =>
      `Falls Sie das waren, ist nichts zu tun. Falls nicht, holen Sie Ihre Adresse innerhalb ${tage(validDays)} zurück: Das stellt sie wieder her, beendet alle Sitzungen des Kontos und fragt Sie nach einem neuen Passwort.`,
    action: 'Meine Adresse zurückholen',
    more: 'Was zu tun ist, wenn Sie das nicht waren',
  },
  'session-reuse': {
    subject: 'Wir haben eine Sitzung Ihres Kontos beendet',
    heading: 'Wir haben eine Sitzung Ihres Kontos beendet',
    happened: (username) =>
      `Ein alter Schlüssel zu einer Sitzung Ihres Latchkey-Kontos „${username}“ wurde noch einmal verwendet. Das kann heißen, dass er kopiert wurde. Deshalb wurde diese Sitzung beendet.`,
    advice:
      'Melden Sie sich auf diesem Gerät neu an, falls es Ihres ist. Falls Sie das Gerät nicht kennen oder diese E-Mail noch einmal kommt, wählen Sie jetzt ein neues Passwort: Das beendet alle Sitzungen des Kontos.',
  },
  'username-changed': {
    subject: 'Ihr Benutzername wurde geändert',
    heading: 'Ihr Benutzername wurde geändert',
    happened: (username) => `Der Benutzername Ihres Latchkey-Kontos „${username}“ wurde geändert.`,
    kept: (heldDays) =>
      `Melden Sie sich mit dem neuen Namen oder mit dieser Adresse an. Den alten Namen kann ${heldDays} Tage lang niemand sonst nehmen, und so lange können Sie zu ihm zurückkehren.`,
    advice:
      'Falls Sie das waren, ist nichts zu tun. Falls nicht, kennt jemand Ihr Passwort: Wählen Sie jetzt ein neues, das alle Sitzungen des Kontos beendet, und ändern Sie dann den Namen zurück.',
  },
  'account-deleted': {
    subject: 'Ihr Konto wurde gelöscht',
    heading: 'Ihr Konto wurde gelöscht',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ wurde mit Ihrem Passwort gelöscht. Alle Sitzungen des Kontos wurden beendet. Es lässt sich nicht wiederherstellen.`,
    advice:
      'Falls Sie das nicht waren, kennt jemand dieses Passwort: Ändern Sie es überall, wo Sie es noch verwenden, und wenden Sie sich an die Betreiber dieser Seite. Eine Antwort auf diese E-Mail liest niemand. Sie können sich jederzeit neu registrieren.',
    action: 'Neu registrieren',
  },
  'account-disabled': {
    subject: 'Ihr Konto wurde deaktiviert',
    heading: 'Ihr Konto wurde deaktiviert',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ wurde von den Betreibern dieser Seite deaktiviert. Alle Sitzungen des Kontos wurden beendet.`,
    advice:
      'Sie können sich erst dann wieder anmelden, wenn sie es aktivieren. Falls Sie das für einen Irrtum halten, wenden Sie sich an sie.',
  },
  'account-enabled': {
    subject: 'Ihr Konto wurde wieder aktiviert',
    heading: 'Ihr Konto wurde wieder aktiviert',
    happened: (username) => `Ihr Latchkey-Konto „${username}“ wurde von den Betreibern dieser Seite wieder aktiviert.`,
    advice: 'Sie können sich anmelden wie zuvor.',
  },
  'role-granted': {
    subject: 'Sie verwalten jetzt diese Seite',
    heading: 'Sie verwalten jetzt diese Seite',
    happened: (username) =>
      `Ihrem Latchkey-Konto „${username}“ wurde von den Betreibern dieser Seite das Recht gegeben, sie zu verwalten.`,
    advice:
      'Sie können jetzt andere Konten sehen und ändern. Falls Sie das nicht erwartet haben, wenden Sie sich an die Betreiber.',
  },
  'role-withdrawn': {
    subject: 'Sie verwalten diese Seite nicht mehr',
    heading: 'Sie verwalten diese Seite nicht mehr',
    happened: (username) => `Ihrem Latchkey-Konto „${username}“ wurde das Recht entzogen, diese Seite zu verwalten.`,
    advice:
      'Ihr eigenes Konto bleibt, wie es ist. Falls Sie das nicht erwartet haben, wenden Sie sich an die Betreiber dieser Seite.',
  },
  'account-unlocked': {
    subject: 'Ihr Konto wurde entsperrt',
    heading: 'Ihr Konto wurde entsperrt',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ war nach zu vielen Fehlversuchen gesperrt und wurde von den Betreibern dieser Seite entsperrt.`,
    advice:
      'Sie können sich wieder anmelden. Falls die Fehlversuche nicht von Ihnen waren, probiert jemand anderes Ihr Passwort: Wählen Sie eines, das Sie nirgends sonst verwenden.',
  },
  'sessions-ended': {
    subject: 'Sie wurden überall abgemeldet',
    heading: 'Sie wurden überall abgemeldet',
    happened: (username) =>
      `Alle Sitzungen Ihres Latchkey-Kontos „${username}“ wurden von den Betreibern dieser Seite beendet.`,
    advice: 'Melden Sie sich wieder an, wo Sie es brauchen. Ihr Passwort bleibt, wie es ist.',
  },
  'account-deleted-by-admin': {
    subject: 'Ihr Konto wurde gelöscht',
    heading: 'Ihr Konto wurde gelöscht',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ wurde von den Betreibern dieser Seite gelöscht. Alle Sitzungen des Kontos wurden beendet. Es lässt sich nicht wiederherstellen.`,
    advice: 'Falls Sie das für einen Irrtum halten, wenden Sie sich an sie.',
  },
  'username-changed-by-admin': {
    subject: 'Ihr Benutzername wurde geändert',
    heading: 'Ihr Benutzername wurde geändert',
    happened: (username) =>
      `Der Benutzername Ihres Latchkey-Kontos „${username}“ wurde von den Betreibern dieser Seite geändert.`,
    advice:
      'Melden Sie sich mit dem neuen Namen oder mit dieser Adresse an. Falls Sie das nicht erwartet haben, wenden Sie sich an die Betreiber.',
  },
  'account-closed': {
    subject: 'Ihr Konto ist geschlossen',
    heading: 'Ihr Konto ist geschlossen',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ wurde mit Ihrem Passwort geschlossen. Alle Sitzungen des Kontos wurden beendet, und niemand kann sich mehr anmelden.`,
    advice:
      'Seine E-Mail-Adresse wurde vor kurzem geändert. Bis zur Löschung kann, wer die vorherige Adresse liest, es zurückholen oder sofort löschen lassen: mit einem Link in der E-Mail, die dorthin ging.',
  },
  'account-closed-undo': {
    subject: 'Ihr Konto ist geschlossen und wird gelöscht',
    heading: 'Ihr Konto wird gelöscht',
    happened: (username) =>
      `Ihr Latchkey-Konto „${username}“ hatte bis vor kurzem diese Adresse. Es wurde jetzt mit seinem Passwort geschlossen. Alle Sitzungen des Kontos wurden beendet.`,
    advice:
      'Falls Sie das nicht waren, holen Sie Ihre Adresse bis dahin zurück: Das öffnet das Konto wieder und fragt Sie nach einem neuen Passwort.',
    action: 'Meine Adresse zurückholen',
    atOnce:
      'Falls Sie das waren, ist nichts zu tun. Dieselbe Seite löscht das Konto sofort, wenn Sie nicht warten möchten.',
  },
};

export const mailTexts: Record<Locale, MailTexts> = { en: english, de: german };
