import {
  type AppErrorCode,
  type AppErrorData,
  type AppErrorDetails,
  appErrorMessages,
  appErrorStatus,
  type FieldErrors,
} from '@latchkey/shared/errors';
import { secondsUntil } from './time.ts';

type DetailsOf<Code extends AppErrorCode> = Code extends keyof AppErrorDetails
  ? [details: AppErrorDetails[Code]]
  : [details?: undefined];

/** Why the process cannot start: a message for whoever runs it, thrown where the cause is known. */
export class StartupError extends Error {}

/** Not now, not this mail, or no mail at all: the address itself is bad. */
export type RecipientReply = 'deferred' | 'refused' | 'unknown';

/** A mail server, or the address itself, said no to this recipient: for good (`refused`) or for now (`deferred`). */
export class RecipientError extends Error {
  readonly reply: RecipientReply;

  constructor(message: string, reply: RecipientReply, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RecipientError';
    this.reply = reply;
  }
}

/** An expected failure. Everything in it may be shown to whoever called. */
export class AppError<Code extends AppErrorCode = AppErrorCode> extends Error {
  readonly code: Code;
  readonly details: DetailsOf<Code>[0];

  constructor(code: Code, ...[details]: DetailsOf<Code>) {
    super(appErrorMessages[code]);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
  }

  /** How long to wait before the next try, where that is known. */
  get retryAfterSeconds(): number | undefined {
    return this.details && 'retryAfterSeconds' in this.details ? this.details.retryAfterSeconds : undefined;
  }

  get status() {
    return appErrorStatus[this.code];
  }

  /** The error as it travels in `error.data.app`. */
  toData(): AppErrorData {
    return { code: this.code, ...(this.details && { details: this.details }) } as AppErrorData;
  }
}

/** A mail was sent a moment ago. The time to wait is told to the transport; the details name the moment. */
export class ResendTooSoonError extends AppError<'RESEND_TOO_SOON'> {
  readonly #waitSeconds: number;

  constructor(resendAvailableAt: Date, now: Date) {
    super('RESEND_TOO_SOON', { resendAvailableAt: resendAvailableAt.toISOString() });
    this.#waitSeconds = Math.max(1, secondsUntil(resendAvailableAt, now));
  }

  override get retryAfterSeconds(): number {
    return this.#waitSeconds;
  }
}

/** Input that its schema refused. */
export class ValidationError extends AppError<'VALIDATION'> {
  readonly fieldErrors: FieldErrors;

  constructor(fieldErrors: FieldErrors) {
    super('VALIDATION');
    this.fieldErrors = fieldErrors;
    this.message = Object.values(fieldErrors)[0]?.[0] ?? this.message;
  }
}
