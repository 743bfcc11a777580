/** What the typed client can meet beside what the server throws. */
export const clientErrorCodes = ['NO_RESPONSE', 'CONFIRMATION_CANCELLED'] as const;

export type ClientErrorCode = (typeof clientErrorCodes)[number];

/** Why there was no response that could be used: what happened, and what to try. */
export const noResponseReasons = {
  unreachable: {
    message: 'The server could not be reached.',
    advice: 'Check the network and `url`, then call again. Nothing says whether a call that changes something arrived.',
  },
  timeout: {
    message: 'The server did not respond in time.',
    advice: 'Call again, or give the call more time with `timeoutMilliseconds`.',
  },
  aborted: {
    message: 'The call was aborted.',
    advice: 'Nothing to do: the signal of the call, or whoever waited for it, ended it.',
  },
  'not-latchkey': {
    message: 'What responded is not a Latchkey server.',
    advice:
      'Check `url`: it is where the server is, without `/trpc`; for a nested router, the address of its tRPC endpoint.',
  },
  'other-version': {
    message: 'The server responded in a way this version of the client does not know.',
    advice:
      'Check `url`: it is where the server is, without `/trpc`. Bring @latchkey/client and the server to the same version; `data` holds what came.',
  },
  'not-renewed': {
    message: 'The access token has expired and could not be renewed.',
    advice: 'Call again in a moment; `cause` holds the error of the renewal.',
  },
} as const;

export type NoResponseReason = keyof typeof noResponseReasons;

export interface ClientErrorDetails {
  NO_RESPONSE: { reason: NoResponseReason };
}

export const confirmationCancelled = {
  message: 'The confirmation was cancelled.',
  advice: 'Nothing was done. Call again when the person wants to.',
} as const;
