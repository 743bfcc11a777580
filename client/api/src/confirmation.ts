import type { AppErrorDetails } from '@latchkey/shared/errors';

/** What somebody who is signed in is asked, before a call that needs it goes on. */
export interface ConfirmationRequest {
  /** What they can confirm with. */
  methods: AppErrorDetails['REAUTHENTICATION_REQUIRED']['methods'];
  maxAgeSeconds: number;
  /** Confirms it. Rejects as `session.confirm` does, so that a wrong password can be typed again. */
  confirm(input: { password: string }): Promise<void>;
}

/** Asks the person. The calls that wait go on once `request.confirm` has resolved and this gives true. */
export type ConfirmationHandler = (request: ConfirmationRequest) => boolean | Promise<boolean>;

/**
 * Asks once for however many calls wait.
 * @param send calls `session.confirm`
 */
export function createConfirmations(send: ConfirmationRequest['confirm']) {
  let handler: ConfirmationHandler | undefined;
  let asking: Promise<boolean> | undefined;
  let confirmed = 0;

  return {
    /** Whoever asks people; the last one asked for counts. Gives back a function that ends it. */
    handle(next: ConfirmationHandler): () => void {
      handler = next;
      return () => {
        if (handler === next) handler = undefined;
      };
    },

    isHandled: () => handler !== undefined,

    /** How many times it was confirmed: a call that was sent before the last time need not ask again. */
    count: () => confirmed,

    /** Whether it was confirmed. Rejects with what the handler throws. */
    ask(details: AppErrorDetails['REAUTHENTICATION_REQUIRED']): Promise<boolean> {
      asking ??= Promise.resolve(handler?.({ ...details, confirm: send }) ?? false)
        .then((isConfirmed) => {
          if (isConfirmed) confirmed += 1;
          return isConfirmed;
        })
        .finally(() => {
          asking = undefined;
        });
      return asking;
    },
  };
}

export type Confirmations = ReturnType<typeof createConfirmations>;
