import type { CaughtMail } from '@latchkey/shared/caught-mail';
import type { Mailbox } from '../infra/mailbox.ts';
import type { Person } from './people.ts';

/** Long enough for any mail on a busy machine; nothing waits for it but a test that is about to fail. */
const waitMilliseconds = 60_000;
/** Between two looks at the outbox, where another instance sends the mail and where it is long under way here. */
const pollMilliseconds = 3;
const mostMilliseconds = 50;

type Addressee = Pick<Person, 'email'>;

const isTo = (mail: CaughtMail, { email }: Addressee) => mail.to.toLowerCase() === email.toLowerCase();

/** The six digits of a mailed code; empty where a text has none. */
export const codeIn = (text: string): string => /\b\d{6}\b/.exec(text)?.[0] ?? '';

const linkIn = (text: string): string | undefined => /https?:\/\/\S+#(?:token|code)=[\w.-]+/.exec(text)?.[0];

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/**
 * What was mailed. Nothing here sleeps: what is to come is awaited.
 * @param mailbox the built-in one; absent where the app sends its mail elsewhere
 * @param wake lets the worker look for mail that the clock has made due
 * @param finish ends with the mails that the worker has under way
 * @param isWaiting whether the outbox holds a mail that could be sent now
 */
export function createTestMail({
  mailbox,
  wake,
  finish,
  isWaiting,
}: {
  mailbox: Mailbox | undefined;
  wake: () => unknown;
  finish: () => Promise<void>;
  isWaiting: () => Promise<boolean>;
}) {
  const read = new Set<string>();
  const list = (): CaughtMail[] => mailbox?.list() ?? [];
  const subjects = () => list().map(({ to, subject }) => `${to}: ${subject}`);

  /** Ends with the mails under way; a mail server that hangs is no reason to wait for longer. */
  async function finishSoon(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, mostMilliseconds);
    });
    await Promise.race([finish(), enough]);
    clearTimeout(timer);
  }

  /** Ends once the outbox has nothing more to send now. */
  async function settled(): Promise<void> {
    const deadline = performance.now() + waitMilliseconds;
    // Mostly all mail is under way already, and one look at the outbox is enough.
    await finishSoon();
    while (await isWaiting()) {
      if (performance.now() > deadline) throw new Error('mail is still waiting to be sent');
      void wake();
      await pause(pollMilliseconds);
      await finishSoon();
    }
  }

  /** The newest mail to somebody that was not asked for before and has what is looked for. */
  async function take(person: Addressee, what: string, find: (text: string) => string | undefined): Promise<string> {
    await settled();
    for (const mail of list()) {
      const found = isTo(mail, person) && !read.has(mail.id) ? find(mail.text) : undefined;
      if (!found) continue;
      // Older ones of the same kind are superseded, so nobody is to be told about them later.
      for (const older of list()) if (isTo(older, person) && find(older.text)) read.add(older.id);
      return found;
    }
    throw new Error(`no unread ${what} for ${person.email} among: ${subjects().join(', ') || 'no mail at all'}`);
  }

  return {
    /** The caught mails, newest first. */
    list,
    settled,

    /** The code of the newest mail to a person; each is given once. Throws where there is none. */
    codeFor: (person: Addressee): Promise<string> => take(person, 'code', codeIn),

    /** The link of the newest mail to a person that has one with a token or code; each is given once. */
    linkFor: (person: Addressee): Promise<string> => take(person, 'link', linkIn),

    /** Throws where a code was mailed that nobody asked for, once nothing is waiting to be sent. */
    async assertNoUnreadCodes(): Promise<void> {
      await settled();
      const unread = list().filter(({ id, text }) => !read.has(id) && codeIn(text) !== '');
      if (unread.length > 0) throw new Error(`nobody read: ${unread.map(({ to, subject }) => `${to}: ${subject}`)}`);
    },

    /** All mail to a person, oldest first, once nothing is waiting to be sent. */
    async to(person: Addressee): Promise<CaughtMail[]> {
      await settled();
      return list()
        .filter((mail) => isTo(mail, person))
        .reverse();
    },

    /** The first mail that fits, caught already or still to come. */
    waitFor(fits: (mail: CaughtMail) => boolean): Promise<CaughtMail> {
      if (!mailbox) throw new Error('this app sends its mail elsewhere');
      const caught = list().find(fits);
      if (caught) return Promise.resolve(caught);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          unsubscribe();
          reject(new Error(`no such mail among: ${subjects().join(', ') || 'no mail at all'}`));
        }, waitMilliseconds);
        const unsubscribe = mailbox.subscribe((mail) => {
          if (!fits(mail)) return;
          clearTimeout(timer);
          unsubscribe();
          resolve(mail);
        });
      });
    },
  };
}
