import type { Mail } from '../../infra/mailer.ts';
import type { OutboxJobRecord } from '../../infra/outbox-store.ts';
import type { Challenges, CodePurpose } from '../challenges.ts';
import type { EmailChange } from '../email-change.ts';
import type { PasswordReset } from '../password-reset.ts';
import type { Site } from '../site.ts';
import { describeDevice } from '../tokens/devices.ts';
import type { MailKind } from './outbox.ts';
import { type MailContent, renderMail } from './templates.ts';

export interface ComposedMail {
  message: Mail;
  /** Takes back what was minted for a mail that was not sent. */
  withdraw?: () => Promise<void>;
  /** Notes that the mail was sent, once for all its attempts. */
  sent?: () => Promise<void>;
}

/**
 * Turns a queued job into the mail to send, and mints what it needs: codes and links exist nowhere before this moment.
 * Gives null where nothing is to be sent.
 */
export function createComposeMail({
  challenges,
  passwordReset,
  emailChange,
  site,
}: {
  challenges: Challenges;
  passwordReset: PasswordReset;
  emailChange: EmailChange;
  site: Site;
}) {
  async function mintCode(purpose: CodePurpose, job: OutboxJobRecord) {
    const { challengeId, sends, attempts } = job;
    if (challengeId === undefined || sends === undefined) return undefined;
    return challenges.mintCode(purpose, { challengeId, sends, attempt: attempts });
  }

  return async (job: OutboxJobRecord): Promise<ComposedMail | null> => {
    const template = job.template as MailKind;
    const field = (name: string) => job.data[name] ?? '';
    const at = field('at');
    const username = field('username');
    const device = describeDevice(field('userAgent'));
    const ip = field('ip');
    const mail = (content: MailContent, { to, locale }: Pick<OutboxJobRecord, 'to' | 'locale'> = job) => ({
      message: { to, ...renderMail(content, { locale, publicUrl: site.publicUrl() }) },
    });

    switch (template) {
      case 'login-code':
      case 'first-login-code': {
        const minted = await mintCode('login', job);
        return minted ? mail({ template: 'login-code', ...minted }) : null;
      }
      case 'email-change-code': {
        const minted = await mintCode('email-change', job);
        return minted ? mail({ template, ...minted }) : null;
      }
      case 'password-reset': {
        const reset = await passwordReset.mintLink(job.to, { ip, userAgent: field('userAgent') });
        if (!reset) return null;
        const { url, validMinutes, withdraw, sent } = reset;
        return { ...mail({ template, url, validMinutes }, reset), withdraw, sent };
      }
      case 'email-changed-notice': {
        const { url, validDays } = emailChange.undoLink(field('userId'), field('undoId'));
        return mail({ template, username, newEmail: field('newEmail'), undoUrl: url, validDays, at });
      }
      case 'new-device':
      case 'password-changed':
      case 'password-reset-done':
        return mail({ template, username, device, ip, at });
      case 'session-reuse':
        return mail({ template, username, device, at });
      case 'email-changed':
      case 'account-deleted':
        return mail({ template, username, at });
    }
  };
}

export type ComposeMail = ReturnType<typeof createComposeMail>;
