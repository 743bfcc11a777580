import type { Locale } from '@latchkey/shared/schemas';
import type { Mail } from '../../infra/mailer.ts';
import type { OutboxJobRecord } from '../../infra/stores/outbox-store.ts';
import type { Counter, Share } from '../limits/counters.ts';
import { type Frame, renderFrame, type Setting } from './layout.ts';
import type { CodeMail, Minters } from './minters.ts';
import { type MailTexts, mailTexts } from './texts.ts';

/** The classes that mails are counted in: each has an hourly share of its own, so that none can use up another's. */
export type MailClass =
  | 'sign-in-code'
  | 'registration'
  | 'email-change-code'
  | 'password-reset'
  | 'notice'
  | 'undo-notice';

/**
 * Mail waits in lanes, so that no kind of it stands behind another: sign-in codes of those who are known here, then other
 * codes and links, then notices.
 */
export const mailLanes = [0, 1, 2] as const;
export type MailLane = (typeof mailLanes)[number];

const lanes: Record<MailClass, MailLane> = {
  'sign-in-code': 0,
  registration: 1,
  'email-change-code': 1,
  'password-reset': 1,
  notice: 2,
  'undo-notice': 2,
};

/** The parts of the texts that belong to one kind of mail. */
type TextKey = { [Key in keyof MailTexts]: MailTexts[Key] extends { subject: string } ? Key : never }[keyof MailTexts];

/** A job in the hands of the worker, its data read. */
interface MailJob<Field extends string> {
  to: string;
  data: Record<Field, string>;
  /** Present in the jobs of codes. */
  code: CodeMail | undefined;
  /** What was taken of the counters of its kind. */
  shares: Share[];
}

/** A minter may say these of the mail itself, beside what the mail shows. */
interface Delivery {
  to?: string;
  locale?: Locale;
  withdraw?: () => Promise<void>;
  sent?: () => Promise<void>;
}

/** Of what a mail shows, that which was queued is text. */
type Showable<Shown, Field extends string> = { [Name in keyof Shown]: Name extends Field ? string : unknown };

type Minted<Shown, Field extends string> = (Omit<Shown, Field> & Delivery) | undefined;

/** A kind of mail: everything that is particular to it. */
interface MailDefinition<Field extends string, Shown extends Showable<Shown, Field>, Key extends TextKey> {
  /** How long it is worth sending. */
  ttlSeconds: number;
  mailClass: MailClass;
  /** The data that it is queued with. Never a secret. */
  fields: readonly Field[];
  texts: Key;
  /** Counters beside that of its class. A mail is sent or not as its minter says, who is told which of them are full. */
  counters?: (minters: Minters, to: string) => Counter[];
  /** Makes whatever the mail shows beside its fields, at the moment it is sent. Undefined: there is nothing to send. */
  mint: (minters: Minters, job: MailJob<Field>) => Minted<Shown, Field> | Promise<Minted<Shown, Field>>;
  frame: (mail: Shown, own: MailTexts[Key], setting: Setting) => Frame;
}

export interface RenderOptions {
  locale: Locale;
  publicUrl: string;
  /** An IANA name; UTC where none is given. */
  timeZone?: string | undefined;
  /** Whether the subject of a mail carries its code; subjects stand in the logs of mail servers. */
  otpInSubject?: boolean;
}

/** A mail ready to be sent, with what is to be done once it was, or was not. */
export interface ComposedMail {
  message: Mail;
  withdraw: (() => Promise<void>) | undefined;
  sent: (() => Promise<void>) | undefined;
}

function readData<Field extends string>(
  fields: readonly Field[],
  stored: Record<string, unknown>,
): Record<Field, string> | undefined {
  const data = Object.fromEntries(fields.map((field) => [field, stored[field]]));
  return Object.values(data).every((value) => typeof value === 'string') ? (data as Record<Field, string>) : undefined;
}

function readCode({ challengeId, sends, attempts }: OutboxJobRecord, shares: string[]): CodeMail | undefined {
  return challengeId === undefined || sends === undefined
    ? undefined
    : { challengeId, sends, attempt: attempts, shares };
}

/** Defines a kind of mail for the table in `kinds.ts`. */
export function defineMail<const Field extends string, Shown extends Showable<Shown, Field>, Key extends TextKey>(
  definition: MailDefinition<Field, Shown, Key>,
) {
  const { ttlSeconds, mailClass, fields, texts: key, counters = () => [], mint, frame } = definition;

  function render(mail: Shown, { locale, publicUrl, timeZone = 'UTC', otpInSubject = false }: RenderOptions) {
    const texts = mailTexts[locale];
    const setting = { locale, texts, timeZone, otpInSubject, publicUrl: publicUrl.replace(/\/+$/, '') };
    return renderFrame(frame(mail, texts[key], setting), setting);
  }

  return {
    ttlSeconds,
    mailClass,
    lane: lanes[mailClass],
    fields,

    /** What one mail of this kind takes one of: the share of its class first, then what is its kind's own. */
    countersOf: (job: OutboxJobRecord, minters: Minters): Counter[] => [
      ['mailsPerClass', mailClass],
      ...counters(minters, job.to),
    ],

    /** The mail as its reader gets it, without a side effect. */
    render,

    /**
     * Turns a queued job into the mail to send and mints what it needs. Gives null where there is nothing to send, and
     * undefined where the job lacks data that this kind needs, as one that another version queued may.
     * @param classShare what was taken of the share of its class
     * @param shares what was taken of its kind's own counters
     */
    async compose(
      job: OutboxJobRecord,
      {
        minters,
        publicUrl,
        otpInSubject,
        classShare,
        shares,
      }: { minters: Minters; publicUrl: string; otpInSubject: boolean; classShare: string[]; shares: Share[] },
    ): Promise<ComposedMail | null | undefined> {
      const data = readData(fields, job.data);
      if (!data) return undefined;
      const minted = await mint(minters, { to: job.to, data, code: readCode(job, classShare), shares });
      if (!minted) return null;
      const { to = job.to, locale = job.locale, withdraw, sent } = minted;
      const options = { locale, publicUrl, timeZone: job.timeZone, otpInSubject };
      // The compiler does not see that the fields and what is minted beside them together are what is shown.
      const shown = { ...data, ...minted } as unknown as Shown;
      return { message: { to, ...render(shown, options) }, withdraw, sent };
    },
  };
}
