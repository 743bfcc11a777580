import * as z from 'zod/mini';
import { type AppErrorDetails, confirmationMethods, weakPasswordReasons } from './errors.ts';

/** The details of `AppErrorDetails` as schemas: for documents, and for whoever checks what came over a wire. */
export const appErrorDetails = {
  OTP_INVALID: z.strictObject({ attemptsLeft: z.int() }),
  CHALLENGE_EXPIRED: z.strictObject({ resendable: z.boolean() }),
  RESEND_TOO_SOON: z.strictObject({ resendAvailableAt: z.iso.datetime() }),
  RATE_LIMITED: z.strictObject({ retryAfterSeconds: z.int() }),
  BUSY: z.strictObject({ retryAfterSeconds: z.int() }),
  PASSWORD_TOO_COMMON: z.strictObject({ reason: z.enum(weakPasswordReasons) }),
  REAUTHENTICATION_REQUIRED: z.strictObject({ maxAgeSeconds: z.int(), methods: z.array(z.enum(confirmationMethods)) }),
} satisfies { [Code in keyof AppErrorDetails]: z.ZodMiniType<AppErrorDetails[Code]> };
