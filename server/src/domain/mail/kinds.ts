import { daySeconds, hourSeconds, minuteSeconds } from '../../time.ts';
import { defineMail } from './compose.ts';
import {
  administeredFrame,
  closedFrame,
  closedUndoFrame,
  codeFrame,
  deletedFrame,
  loginCodeFrame,
  noticeFrame,
  renamedByAdminFrame,
  renamedFrame,
  resetFrame,
  undoFrame,
} from './templates.ts';

const event = ['username', 'at', 'ip', 'userAgent'] as const;
const nothing = () => ({});

/** Every mail there is. A kind names its data, its texts and what mints for it here and nowhere else. */
export const mailKinds = {
  'login-code': defineMail({
    ttlSeconds: 15 * minuteSeconds,
    mailClass: 'sign-in-code',
    fields: [],
    texts: 'login-code',
    mint: (minters, { code }) => code && minters.loginCode(code),
    frame: loginCodeFrame,
  }),
  /** A sign-in code for an address that was never proved: anybody can have such mail sent, so its share is its own. */
  'first-login-code': defineMail({
    ttlSeconds: 15 * minuteSeconds,
    mailClass: 'registration',
    fields: [],
    texts: 'login-code',
    mint: (minters, { code }) => code && minters.loginCode(code),
    frame: loginCodeFrame,
  }),
  /** Whoever reads the mail to a new address need not have an account; ignoring it is all there is to do. */
  'email-change-code': defineMail({
    ttlSeconds: 15 * minuteSeconds,
    mailClass: 'email-change-code',
    fields: [],
    texts: 'email-change-code',
    mint: (minters, { code }) => code && minters.emailChangeCode(code),
    frame: codeFrame,
  }),
  'password-reset': defineMail({
    ttlSeconds: hourSeconds,
    mailClass: 'password-reset',
    fields: ['ip', 'userAgent'],
    texts: 'password-reset',
    counters: (minters, to) => minters.resetShares(to),
    mint: (minters, { to, data, shares }) => minters.resetLink(to, data, shares),
    frame: resetFrame,
  }),
  'new-device': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'new-device',
    mint: nothing,
    frame: noticeFrame('device', 'ip'),
  }),
  'password-changed': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'password-changed',
    mint: nothing,
    frame: noticeFrame('device', 'ip'),
  }),
  'password-reset-done': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'password-reset-done',
    mint: nothing,
    frame: noticeFrame('device', 'ip'),
  }),
  'email-changed': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'email-changed',
    mint: nothing,
    frame: noticeFrame(),
  }),
  /** To the address that the account had before, with the way back. */
  'email-changed-undo': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'undo-notice',
    fields: [...event, 'newEmail', 'userId', 'undoId'],
    texts: 'email-changed-undo',
    mint: (minters, { data }) => minters.undoLink(data),
    frame: undoFrame,
  }),
  'session-reuse': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'session-reuse',
    mint: nothing,
    frame: noticeFrame('device'),
  }),
  /** It goes by the name that the account had until then. */
  'username-changed': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: [...event, 'newUsername', 'heldDays'],
    texts: 'username-changed',
    mint: nothing,
    frame: renamedFrame,
  }),
  'account-deleted': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'account-deleted',
    mint: nothing,
    frame: deletedFrame,
  }),

  // What those who run the server did.
  'account-disabled': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'account-disabled',
    mint: nothing,
    frame: administeredFrame,
  }),
  'account-enabled': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'account-enabled',
    mint: nothing,
    frame: administeredFrame,
  }),
  'role-granted': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'role-granted',
    mint: nothing,
    frame: administeredFrame,
  }),
  'role-withdrawn': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'role-withdrawn',
    mint: nothing,
    frame: administeredFrame,
  }),
  'account-unlocked': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'account-unlocked',
    mint: nothing,
    frame: administeredFrame,
  }),
  'sessions-ended': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'sessions-ended',
    mint: nothing,
    frame: administeredFrame,
  }),
  'username-changed-by-admin': defineMail({
    ttlSeconds: daySeconds,
    mailClass: 'notice',
    fields: [...event, 'newUsername'],
    texts: 'username-changed-by-admin',
    mint: nothing,
    frame: renamedByAdminFrame,
  }),
  'account-deleted-by-admin': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'notice',
    fields: event,
    texts: 'account-deleted-by-admin',
    mint: nothing,
    frame: administeredFrame,
  }),

  /** To the address of an account that is deleted later, as its address can still be taken back. */
  'account-closed': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'notice',
    fields: [...event, 'until'],
    texts: 'account-closed',
    mint: nothing,
    frame: closedFrame,
  }),
  /** To an address that it had before, with the way back. */
  'account-closed-undo': defineMail({
    ttlSeconds: 7 * daySeconds,
    mailClass: 'undo-notice',
    fields: [...event, 'until', 'userId', 'undoId'],
    texts: 'account-closed-undo',
    mint: (minters, { data }) => minters.undoLink(data),
    frame: closedUndoFrame,
  }),
};

export type MailKind = keyof typeof mailKinds;

/** The fields that a mail of a kind is queued with. */
export type MailData<Kind extends MailKind> = Record<(typeof mailKinds)[Kind]['fields'][number], string>;

/** The kinds that are queued with nothing but the challenge whose code they carry. */
export type CodeMailKind = {
  [Kind in MailKind]: [keyof MailData<Kind>] extends [never] ? Kind : never;
}[MailKind];

/** The kinds that tell of something that happened to an account. */
export type NoticeKind = {
  [Kind in MailKind]: (typeof event)[number] extends keyof MailData<Kind> ? Kind : never;
}[MailKind];

/** The fields that a notice needs beside whose account it was, when, and from where. */
export type NoticeDetails<Kind extends NoticeKind> = Omit<MailData<Kind>, (typeof event)[number]>;

export const isMailKind = (name: string): name is MailKind => Object.hasOwn(mailKinds, name);
