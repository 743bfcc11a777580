import { RecipientError } from '../errors.ts';

/** One mail to one person. */
export interface Mail {
  to: string;
  subject: string;
  text: string;
  html: string;
}

const defaultAttemptTimeoutMilliseconds = 20_000;
const idleTimeoutMilliseconds = 10_000;

/** One bare mailbox: nothing that could end a header, open a second address or carry a display name. */
const oneMailbox = /^[^\s\p{Cc}\p{Cf}@<>()[\]\\,;:"]+@[^\s\p{Cc}\p{Cf}@<>()[\]\\,;:"]+$/u;

/** Replies to these are about this mail and its recipient; any other failure is about the server. */
const aboutTheMail = new Set<unknown>(['RCPT TO', 'DATA']);
/** RFC 3463: the address is bad, for any mail and for good. */
const badAddress = /^\s*\d{3}[ -]5\.1\.\d/m;

/** A failure that the server's reply to this one mail tells of, as a `RecipientError`; any other stays as it is. */
function aboutRecipient(error: unknown): unknown {
  if (!(error instanceof Error && 'command' in error && aboutTheMail.has(error.command) && 'responseCode' in error)) {
    return error;
  }
  if (Number(error.responseCode) < 500) return new RecipientError(error.message, 'deferred', { cause: error });
  const reply = 'response' in error && badAddress.test(String(error.response)) ? 'unknown' : 'refused';
  return new RecipientError(error.message, reply, { cause: error });
}

/**
 * Sends mail over a pool of SMTP connections. `smtpUrl` is `smtp://` or `smtps://` with optional credentials and
 * nodemailer's options as query parameters; `from` is an address with or without a display name.
 */
export function createMailer(options: {
  smtpUrl: string;
  from: string;
  /** How many mails can be under way at once. */
  connections?: number;
  attemptTimeoutMilliseconds?: number;
}) {
  const attemptTimeoutMilliseconds = options.attemptTimeoutMilliseconds ?? defaultAttemptTimeoutMilliseconds;
  let transport: ReturnType<typeof openTransport> | undefined;

  /** The first mail loads the library: a start does without it. */
  async function openTransport() {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: options.smtpUrl,
      pool: true,
      ...(options.connections !== undefined && { maxConnections: options.connections }),
      dnsTimeout: attemptTimeoutMilliseconds,
      connectionTimeout: attemptTimeoutMilliseconds,
      greetingTimeout: attemptTimeoutMilliseconds,
      socketTimeout: attemptTimeoutMilliseconds,
      idleTimeout: idleTimeoutMilliseconds,
      // A connection is destroyed, not ended: ending it would flush what is left of a mail that has been given up.
      socketCloseTimeout: 0,
    });
  }

  return {
    /**
     * One attempt to hand a mail to the server, cut after `attemptTimeoutMilliseconds` in all: waiting for a free connection,
     * DNS, TLS and the conversation included. A cut attempt loses its connection and is not repeated; only when the
     * server had taken the whole mail and its reply was late can the mail arrive all the same.
     *
     * Rejects when the mail was not accepted: with a `RecipientError` where that is about the recipient.
     */
    async send(mail: Mail): Promise<void> {
      if (!oneMailbox.test(mail.to)) {
        throw new RecipientError('The recipient is not one mail address.', 'refused');
      }
      const attempt = new AbortController();
      const cut = setTimeout(() => attempt.abort(), attemptTimeoutMilliseconds);
      try {
        transport ??= openTransport();
        await (await transport).sendMail({
          from: options.from,
          // An object is taken as it is; a string would be parsed, and may turn out to be a list.
          to: { name: '', address: mail.to },
          subject: mail.subject.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '),
          text: mail.text,
          html: mail.html,
          headers: {
            // RFC 3834: keeps vacation responders from answering.
            'Auto-Submitted': 'auto-generated',
            'X-Auto-Response-Suppress': 'All',
          },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal: attempt.signal,
        });
      } catch (error) {
        if (!attempt.signal.aborted) throw aboutRecipient(error);
        throw new Error(`The mail server did not accept the mail within ${attemptTimeoutMilliseconds} ms.`, {
          cause: error,
        });
      } finally {
        clearTimeout(cut);
      }
    },

    /** Closes every connection at once; an attempt that is under way rejects. */
    close(): void {
      void transport?.then((opened) => opened.close({ force: true }));
    },
  };
}

export type Mailer = ReturnType<typeof createMailer>;
