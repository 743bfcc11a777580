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

/**
 * Lines are gathered and written beside the event loop, which would else wait for the disk or the pipe once a request. So
 * `kill -9` loses those of a tenth of a second; every other end writes them first, and a line that is fatal is not gathered.
 */
const gathered = { sync: false, minLength: 4096, periodicFlush: 100 } as const;
let standardOutput: DestinationStream | undefined;

/** JSON lines on standard output. Fields that could hold a secret never reach them. */
export function createLogger(level: string, destination?: DestinationStream) {
  const options = {
    level,
    base: null,
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
  };
  if (destination) return pino(options, destination);
  standardOutput ??= pino.destination(gathered);
  return pino(options, standardOutput);
}

export type Logger = ReturnType<typeof createLogger>;
