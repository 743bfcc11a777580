import { cpus } from 'node:os';
import { deflateRawSync } from 'node:zlib';
import * as z from 'zod';
import { StartupError } from './errors.ts';

/** The value `.env.example` shows; using it would give everybody the same keys. */
const exampleSecret = 'replace-me-with-the-output-of-openssl-rand-base64-48';
const minSecretBytes = 32;
/** A secret of random bytes in any usual writing has more than this; what repeats itself or counts on has less. */
const minSecretCharacters = 8;
const minPackedSecretBytes = 24;

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

/** A choice that is off unless it is made. */
const choice = z
  .enum(['1', '0', 'on', 'off', 'true', 'false'], 'must be 1 or 0')
  .default('0')
  .transform((value) => ['1', 'on', 'true'].includes(value));

const origin = z
  .string()
  .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol), 'must be an http or https URL')
  .refine((value) => !URL.canParse(value) || ['', '/'].includes(new URL(value).pathname), 'must have no path')
  .refine((value) => !value.includes('*'), 'must be one origin, without *')
  .transform((value) => new URL(value).origin);

const list = z.string().transform((value) =>
  value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== ''),
);

/** A list that names nothing counts as unset. */
const secrets = list.transform((entries) => (entries.length > 0 ? entries : undefined));

const addressPart = String.raw`[^\s\p{Cc}\p{Cf}@<>()[\]\\,;:"]+`;
const address = `${addressPart}@${addressPart}`;
const displayName = String.raw`(?:[^\p{Cc}\p{Cf}@<>()[\]\\,;:"]*|"[^"\\\p{Cc}\p{Cf}]*")`;
/** One mailbox, with or without a display name (RFC 5322, 3.4). A name with a comma stands in quotes. */
const oneSender = new RegExp(`^(?:${address}|${displayName}\\s*<${address}>)$`, 'u');

/** How each setting is read. Every one may be left out. */
const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().default('.data'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .refine((value) => URL.canParse(value), 'is not a URL')
    .optional(),
  SMTP_ALLOW_PLAINTEXT: choice,
  MAIL_FROM: z
    .string()
    .trim()
    .regex(oneSender, 'must be one address, as in: Latchkey <no-reply@example.com>')
    .optional(),
  MAILS_PER_HOUR: integer(0, 1_000_000_000).default(10_000),
  OTP_IN_SUBJECT: choice,
  AUDIT_DAYS: integer(1, 3_650).default(180),
  HSTS_INCLUDE_SUBDOMAINS: choice,
  LOG_CLIENT_ADDRESS: z.enum(['on', 'off', 'hash'], 'must be on, off or hash').default('on'),
  AUTH_SECRETS: secrets.optional(),
  ALLOWED_ORIGINS: list.pipe(z.array(origin)).default([]),
  TRUST_PROXY: integer(0, 10).optional(),
  WORKERS: integer(1, 4 * cpus().length).default(1),
  BCRYPT_COST: integer(4, 18).default(12),
  ACCESS_TTL_SECONDS: integer(30, 86_400).default(600),
  SESSION_IDLE_SECONDS: integer(60, 31_536_000).default(7 * 86_400),
  SESSION_MAX_SECONDS: integer(60, 31_536_000).default(30 * 86_400),
  OTP_TTL_SECONDS: integer(30, 900).default(300),
  RATE_LIMITS: z.enum(['on', 'off'], 'must be on or off').default('on'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'is not a log level').optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
};

type SettingName = keyof typeof settings;
type Settings = { [Name in SettingName]: z.output<(typeof settings)[Name]> };

/** Why the server does not start: one line per setting. */
export class ConfigError extends StartupError {
  readonly problems: string[];

  constructor(problems: string[]) {
    super(`Latchkey cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const packedBytes = (bytes: Uint8Array): number => deflateRawSync(bytes, { level: 9 }).length;

/** Whether a secret says little for its length: it repeats itself or counts on, as `0123…` does. */
function isPredictable(secret: string): boolean {
  const bytes = Buffer.from(secret);
  const steps = bytes.map((byte, index) => byte - (bytes[index - 1] ?? 0));
  return (
    new Set(secret).size < minSecretCharacters ||
    Math.min(packedBytes(bytes), packedBytes(steps)) < minPackedSecretBytes
  );
}

function secretProblems(secrets: readonly string[], production: boolean): string[] {
  return secrets.flatMap((secret, index) => {
    if (secret.includes(exampleSecret)) return [`AUTH_SECRETS: entry ${index + 1} is the example value`];
    if (Buffer.byteLength(secret) < minSecretBytes) {
      return [`AUTH_SECRETS: entry ${index + 1} is shorter than ${minSecretBytes} bytes`];
    }
    if (production && isPredictable(secret)) {
      return [`AUTH_SECRETS: entry ${index + 1} can be guessed; use the output of: openssl rand -base64 48`];
    }
    return [];
  });
}

/** The settings as they are given, with their defaults. What is malformed is named and counts as unset. */
function readSettings(source: Record<string, string | undefined>) {
  const malformed = new Map<string, string>();
  const read = Object.entries(settings).map(([name, schema]) => {
    const given = source[name]?.trim() === '' ? undefined : source[name];
    const parsed = schema.safeParse(given);
    if (parsed.error) malformed.set(name, parsed.error.issues[0]?.message ?? 'is malformed');
    return [name, parsed.success ? parsed.data : schema.parse(undefined)];
  });
  return { env: Object.fromEntries(read) as Settings, malformed };
}

/** Whether mail may leave unencrypted: `smtp://` goes on without TLS where the mail server offers none, unless told not to. */
const mayBePlaintext = (smtpUrl: string): boolean =>
  smtpUrl.startsWith('smtp:') && new URL(smtpUrl).searchParams.get('requireTLS') !== 'true';

function productionProblems(env: Settings, malformed: ReadonlyMap<string, string>): string[] {
  const required = ['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL', 'TRUST_PROXY'] as const;
  const problems = required
    .filter((name) => env[name] === undefined && !malformed.has(name))
    .map((name) => `${name} is required in production`);
  if (env.PUBLIC_URL?.startsWith('http:')) problems.push('PUBLIC_URL must be https in production');
  const plainOrigins = env.ALLOWED_ORIGINS.filter((allowed) => allowed.startsWith('http:'));
  if (plainOrigins.length > 0) {
    problems.push(`ALLOWED_ORIGINS must be https in production: ${plainOrigins.join(', ')}`);
  }
  if (env.SMTP_URL && mayBePlaintext(env.SMTP_URL) && !env.SMTP_ALLOW_PLAINTEXT) {
    problems.push(
      'SMTP_URL would send mail without TLS: use smtps://, or smtp:// with ?requireTLS=true, or set SMTP_ALLOW_PLAINTEXT=1',
    );
  }
  if (env.RATE_LIMITS === 'off') problems.push('RATE_LIMITS=off is refused in production');
  if (env.BCRYPT_COST < 10) problems.push('BCRYPT_COST must be at least 10 in production');
  return problems;
}

/** Settings that do not go together. */
function conflicts(env: Settings): string[] {
  const problems: string[] = [];
  if (env.SMTP_URL && !env.MAIL_FROM && env.NODE_ENV !== 'production')
    problems.push('MAIL_FROM is required with SMTP_URL');
  if (env.SESSION_IDLE_SECONDS > env.SESSION_MAX_SECONDS) {
    problems.push('SESSION_IDLE_SECONDS must not be above SESSION_MAX_SECONDS');
  }
  return problems;
}

/**
 * Reads and interprets the settings. An empty variable counts as unset.
 * Throws a `ConfigError` that names every missing, malformed or weak setting at once.
 */
export function loadConfig(source: Record<string, string | undefined>) {
  const { env, malformed } = readSettings(source);
  const problems = [
    ...[...malformed].map(([name, problem]) => `${name}: ${problem}`),
    ...secretProblems(env.AUTH_SECRETS ?? [], env.NODE_ENV === 'production'),
    ...(env.NODE_ENV === 'production' ? productionProblems(env, malformed) : []),
    ...conflicts(env),
  ];
  if (problems.length > 0) throw new ConfigError(problems);

  return {
    production: env.NODE_ENV === 'production',
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.PUBLIC_URL,
    dataDir: env.DATA_DIR,
    mongodbUri: env.MONGODB_URI,
    smtpUrl: env.SMTP_URL,
    mailFrom: env.MAIL_FROM ?? 'Latchkey <no-reply@latchkey.localhost>',
    otpInSubject: env.OTP_IN_SUBJECT,
    auditDays: env.AUDIT_DAYS,
    hstsIncludeSubdomains: env.HSTS_INCLUDE_SUBDOMAINS,
    logClientAddress: env.LOG_CLIENT_ADDRESS,
    authSecrets: env.AUTH_SECRETS,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustProxyHops: env.TRUST_PROXY ?? 0,
    workers: env.WORKERS,
    bcryptCost: env.BCRYPT_COST,
    accessTtlSeconds: env.ACCESS_TTL_SECONDS,
    sessionIdleSeconds: env.SESSION_IDLE_SECONDS,
    sessionMaxSeconds: env.SESSION_MAX_SECONDS,
    otpTtlSeconds: env.OTP_TTL_SECONDS,
    rateLimits: env.RATE_LIMITS === 'on',
    mailsPerHour: env.MAILS_PER_HOUR,
    // Beside the mailbox's display a terminal shows what needs attention only.
    logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'info' : 'warn'),
    metricsToken: env.METRICS_TOKEN,
  };
}

export type Config = ReturnType<typeof loadConfig>;
