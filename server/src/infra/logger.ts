import { type DestinationStream, pino } from 'pino';

const secretFields = [
  'password',
  'confirmPassword',
  'currentPassword',
  'otp',
  'token',
  'accessToken',
  'refreshToken',
  'deviceToken',
  'registrationToken',
  'refresh',
  'access',
  'confirm_password',
  'authorization',
  'cookie',
  'passwordHash',
];

/** JSON lines on standard output. Fields that could hold a secret never reach them. */
export function createLogger(level: string, destination?: DestinationStream) {
  const options = {
    level,
    base: null,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
  };
  return destination ? pino(options, destination) : pino(options);
}

export type Logger = ReturnType<typeof createLogger>;
