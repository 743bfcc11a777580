import type { User } from '@latchkey/shared/schemas';
import { createFormat } from '../i18n/format.ts';

/** What the drawing of an account says of a person in words of its language. */
export interface AccountTexts {
  locale: 'en' | 'de';
  /** With `{{date}}` where the date stands. */
  passwordChanged: string;
  passwordNeverChanged: string;
  neverSignedIn: string;
  /** By the number of devices, from 1. */
  devices: string[];
}

/** The texts of an account that stand in its drawing, there as `{{name}}`. */
export type AccountSlot = 'firstName' | 'lastName' | 'username' | 'email' | 'password' | 'joined' | 'lastLogin';

/**
 * Puts what the server knows of a person into the drawing of the account.
 * @param content of the overview, changed in place
 */
export function createAccountDrawing(content: DocumentFragment, texts: AccountTexts) {
  const format = createFormat(texts.locale);
  const devicesPlace = content.querySelector('.mantine-Skeleton-root');

  return {
    /** Says whether the drawing can show this account. */
    showUser(user: User): boolean {
      if (!user.emailVerified) return false;
      const { firstName, lastName, username, email, passwordChangedAt, lastLoginAt } = user;
      const values: Record<AccountSlot, string> = {
        firstName,
        lastName,
        username,
        email,
        password: passwordChangedAt
          ? texts.passwordChanged.replace('{{date}}', () => format.date(passwordChangedAt))
          : texts.passwordNeverChanged,
        joined: format.date(user.dateJoined),
        lastLogin: lastLoginAt ? format.dateTime(lastLoginAt) : texts.neverSignedIn,
      };
      const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode as Text;
        text.data = text.data.replace(/\{\{(\w+)\}\}/g, (_whole, slot) => values[slot as AccountSlot]);
      }
      return true;
    },
    showDevices(sessions: unknown[]) {
      const text = texts.devices[sessions.length - 1];
      if (text !== undefined) devicesPlace?.replaceWith(text);
    },
  };
}
