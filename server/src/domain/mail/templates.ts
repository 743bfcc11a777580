import type { Locale } from '@latchkey/shared/schemas';
import { partsOfDevice } from '../user-agent.ts';
import type { Block, Frame, Setting } from './layout.ts';
import type { MintedCode, MintedUndoLink } from './minters.ts';
import type { MailTexts } from './texts.ts';

/** Whose account, when (ISO 8601) and from where: every notice is queued with these. */
export interface Event {
  username: string;
  at: string;
  ip: string;
  userAgent: string;
}

const maxValueCodePoints = 120;

const paragraph = (text: string): Block => ({ kind: 'paragraph', text });

/** A line break or a text-direction mark in a name could forge a line of the mail. */
function oneLine(value: string): string {
  const line = value.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, maxValueCodePoints).join('');
}

function formatTime(at: string, locale: Locale, timeZone: string): string {
  return new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : 'de-DE', {
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  }).format(new Date(at));
}

const notMe = ({ publicUrl }: Setting) => `${publicUrl}/not-me`;
const when = (at: string, { locale, texts, timeZone }: Setting): [string, string] => [
  texts.when,
  formatTime(at, locale, timeZone),
];

const deletedOn = (until: string, { locale, texts, timeZone }: Setting): [string, string] => [
  texts.deletedOn,
  formatTime(until, locale, timeZone),
];

/** What happened to an account, its facts after the time, and the advice; then what else there is. */
const happenedFrame = (
  mail: Event,
  own: Pick<Frame, 'subject' | 'heading'> & { happened: (username: string) => string; advice: string },
  setting: Setting,
  { rows = [], more = [] }: { rows?: [string, string][]; more?: Block[] } = {},
): Frame => ({
  ...own,
  blocks: [
    paragraph(own.happened(oneLine(mail.username))),
    { kind: 'facts', rows: [when(mail.at, setting), ...rows] },
    paragraph(own.advice),
    ...more,
  ],
});

/** A code to be typed back. */
export const codeFrame = (
  mail: MintedCode,
  own: MailTexts['login-code' | 'email-change-code'],
  { texts, otpInSubject }: Setting,
): Frame => ({
  ...own,
  subject: otpInSubject ? texts.codeSubject(mail.code) : own.subject,
  blocks: [
    paragraph(own.code(mail.code, mail.validMinutes)),
    { kind: 'code', code: mail.code },
    paragraph(own.keep),
    paragraph(own.notYou),
  ],
});

/** A code that only somebody with the password can have asked for: it leads to help. */
export function loginCodeFrame(mail: MintedCode, own: MailTexts['login-code'], setting: Setting): Frame {
  const frame = codeFrame(mail, own, setting);
  return { ...frame, blocks: [...frame.blocks, { kind: 'link', label: setting.texts.notMe, url: notMe(setting) }] };
}

export const resetFrame = (mail: { url: string; validMinutes: number }, own: MailTexts['password-reset']): Frame => ({
  ...own,
  blocks: [
    paragraph(own.happened),
    { kind: 'button', label: own.action, url: mail.url },
    paragraph(own.validity(mail.validMinutes)),
    paragraph(own.notYou),
  ],
});

/**
 * Something that happened to the account, with a way to help where it was somebody else.
 * @param shown of the event, beside its time
 */
export const noticeFrame =
  (...shown: ('device' | 'ip')[]) =>
  (
    mail: Event,
    own: MailTexts['new-device' | 'password-changed' | 'password-reset-done' | 'session-reuse' | 'email-changed'],
    setting: Setting,
  ): Frame => {
    const { texts } = setting;
    const values = { device: texts.deviceOf(partsOfDevice(mail.userAgent)), ip: oneLine(mail.ip) };
    return happenedFrame(mail, own, setting, {
      rows: shown.map((name): [string, string] => [texts[name], values[name]]),
      more: [{ kind: 'button', label: texts.notMe, url: notMe(setting) }],
    });
  };

/** To the address that an account was moved away from. `newEmail` is masked already. */
export const undoFrame = (
  mail: Event & MintedUndoLink & { newEmail: string },
  own: MailTexts['email-changed-undo'],
  setting: Setting,
): Frame => ({
  ...own,
  blocks: [
    paragraph(own.happened(oneLine(mail.username))),
    { kind: 'facts', rows: [when(mail.at, setting), [setting.texts.newEmail, oneLine(mail.newEmail)]] },
    paragraph(own.advice(mail.validDays)),
    { kind: 'button', label: own.action, url: mail.undoUrl },
    { kind: 'link', label: own.more, url: notMe(setting) },
  ],
});

export const renamedFrame = (
  mail: Event & { newUsername: string; heldDays: string },
  own: MailTexts['username-changed'],
  setting: Setting,
): Frame => ({
  ...own,
  blocks: [
    paragraph(own.happened(oneLine(mail.username))),
    {
      kind: 'facts',
      rows: [
        when(mail.at, setting),
        [setting.texts.newUsername, oneLine(mail.newUsername)],
        [setting.texts.device, setting.texts.deviceOf(partsOfDevice(mail.userAgent))],
        [setting.texts.ip, oneLine(mail.ip)],
      ],
    },
    paragraph(own.kept(oneLine(mail.heldDays))),
    paragraph(own.advice),
    { kind: 'button', label: setting.texts.notMe, url: notMe(setting) },
  ],
});

export const deletedFrame = (mail: Event, own: MailTexts['account-deleted'], setting: Setting): Frame =>
  happenedFrame(mail, own, setting, {
    more: [{ kind: 'link', label: own.action, url: `${setting.publicUrl}/register` }],
  });

type AdministeredText =
  | 'account-disabled'
  | 'account-enabled'
  | 'role-granted'
  | 'role-withdrawn'
  | 'account-unlocked'
  | 'sessions-ended'
  | 'account-deleted-by-admin';

/** Something that those who run the server did to the account. Who, and from where, is not for its owner. */
export const administeredFrame = (mail: Event, own: MailTexts[AdministeredText], setting: Setting): Frame =>
  happenedFrame(mail, own, setting);

export const renamedByAdminFrame = (
  mail: Event & { newUsername: string },
  own: MailTexts['username-changed-by-admin'],
  setting: Setting,
): Frame => happenedFrame(mail, own, setting, { rows: [[setting.texts.newUsername, oneLine(mail.newUsername)]] });

/** `until` is when the account is deleted (ISO 8601). */
export const closedFrame = (
  mail: Event & { until: string },
  own: MailTexts['account-closed'],
  setting: Setting,
): Frame => happenedFrame(mail, own, setting, { rows: [deletedOn(mail.until, setting)] });

/** To an address that the account had before it was closed. */
export const closedUndoFrame = (
  mail: Event & MintedUndoLink & { until: string },
  own: MailTexts['account-closed-undo'],
  setting: Setting,
): Frame =>
  happenedFrame(mail, own, setting, {
    rows: [deletedOn(mail.until, setting)],
    more: [{ kind: 'button', label: own.action, url: mail.undoUrl }, paragraph(own.atOnce)],
  });
