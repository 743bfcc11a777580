import type { Locale } from '@latchkey/shared/schemas';
import type { OutboxStore } from '../../infra/outbox-store.ts';
import { randomId, type System } from '../../infra/system.ts';

const minute = 60;
const day = 86_400;

/** Every mail there is, how long it is worth sending, and which share of the hourly mails it uses. */
export const mailKinds = {
  'login-code': { ttlSeconds: 15 * minute, mailClass: 'sign-in-code' },
  /** A sign-in code for an address that was never proved: anybody can have such mail sent, so its share is its own. */
  'first-login-code': { ttlSeconds: 15 * minute, mailClass: 'registration' },
  'email-change-code': { ttlSeconds: 15 * minute, mailClass: 'email-change-code' },
  'password-reset': { ttlSeconds: 60 * minute, mailClass: 'password-reset' },
  'new-device': { ttlSeconds: day, mailClass: 'notice' },
  'password-changed': { ttlSeconds: day, mailClass: 'notice' },
  'password-reset-done': { ttlSeconds: day, mailClass: 'notice' },
  'email-changed': { ttlSeconds: day, mailClass: 'notice' },
  'email-changed-notice': { ttlSeconds: 7 * day, mailClass: 'undo-notice' },
  'session-reuse': { ttlSeconds: day, mailClass: 'notice' },
  'account-deleted': { ttlSeconds: 7 * day, mailClass: 'notice' },
} as const;

export type MailKind = keyof typeof mailKinds;

export interface MailRequest {
  template: MailKind;
  to: string;
  locale: Locale;
  /** What the mail shows. Never a secret: codes and links are minted when the mail is sent. */
  data?: Record<string, string>;
  /** For a code: the challenge, and which of its mails this is. */
  code?: { challengeId: string; sends: number };
}

/** Queues mail. Nothing waits for a mail server but the worker. */
export function createOutbox({ store, system }: { store: OutboxStore; system: System }) {
  let wake = () => {};

  return {
    async enqueue({ template, to, locale, data = {}, code }: MailRequest): Promise<void> {
      const now = system.now();
      await store.insert({
        _id: randomId(system),
        template,
        to,
        locale,
        data,
        ...code,
        attempts: 0,
        runAt: now,
        expiresAt: new Date(now.getTime() + mailKinds[template].ttlSeconds * 1000),
      });
      wake();
    },

    /** Called for every job that was queued in this process. */
    onQueued(listener: () => void): void {
      wake = listener;
    },
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
