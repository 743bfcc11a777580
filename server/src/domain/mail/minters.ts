import type { Locale } from '@latchkey/shared/schemas';
import type { Counter, Share } from '../limits/counters.ts';

/** Which mail of which challenge a code is for, and which attempt to send it this is. */
export interface CodeMail {
  challengeId: string;
  sends: number;
  attempt: number;
  /** The counters that sending it takes one of. */
  shares: string[];
}

export interface MintedCode {
  code: string;
  validMinutes: number;
}

export interface MintedResetLink {
  url: string;
  validMinutes: number;
  /** The address and language of the account, which need not be spelt as they were typed. */
  to: string;
  locale: Locale;
  /** Takes the link back where its mail could not be sent. */
  withdraw: () => Promise<void>;
  /** Notes that the mail was sent, once for all its attempts. */
  sent: () => Promise<void>;
}

export interface MintedUndoLink {
  undoUrl: string;
  validDays: number;
}

/**
 * The codes and links of mails: they exist nowhere before the moment that a mail is sent, so the worker is handed the
 * functions that make them. One that gives undefined means that there is nothing to send.
 */
export interface Minters {
  loginCode: (mail: CodeMail) => Promise<MintedCode | undefined>;
  emailChangeCode: (mail: CodeMail) => Promise<MintedCode | undefined>;
  /** The counters that the mail with a link takes one of, each that has room, before the link is minted. */
  resetShares: (typedAddress: string) => Counter[];
  resetLink: (
    typedAddress: string,
    origin: { ip: string; userAgent: string },
    shares: Share[],
  ) => Promise<MintedResetLink | undefined>;
  undoLink: (undo: { userId: string; undoId: string }) => MintedUndoLink;
}
