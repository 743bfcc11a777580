import type { CaughtMail } from '@latchkey/shared/caught-mail';

/** The newest `limit` mails that were caught, in memory, and who hears of them. */
export function createMailList(limit: number) {
  const readers = new Set<{ onMail: (mail: CaughtMail) => void; onClear: () => void }>();
  let mails: CaughtMail[] = [];

  return {
    /** Newest first. */
    list: (): CaughtMail[] => [...mails],

    /** Takes what was caught, newest first, and tells of it in the order in which it came. What is known already is left out. */
    add(caught: readonly CaughtMail[]): void {
      const known = new Set(mails.map(({ id }) => id));
      const fresh = caught.filter(({ id }) => !known.has(id));
      mails = [...fresh, ...mails].slice(0, limit);
      for (const mail of fresh.toReversed()) for (const { onMail } of readers) onMail(mail);
    },

    /** Throws the mails away. */
    clear(): void {
      mails = [];
      for (const { onClear } of readers) onClear();
    },

    /** Calls `onMail` for every mail from now on, and `onClear` when all are thrown away; the returned function ends that. */
    subscribe(onMail: (mail: CaughtMail) => void, onClear: () => void = () => undefined): () => void {
      const reader = { onMail, onClear };
      readers.add(reader);
      return () => void readers.delete(reader);
    },

    /** Nobody hears of anything any more. */
    close: (): void => readers.clear(),
  };
}
