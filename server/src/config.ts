import { cpus } from 'node:os';
import * as z from 'zod';
import { StartupError } from './errors.ts';

/** The value `.env.example` shows; using it would give everybody the same keys. */
const exampleSecret = 'replace-me-with-the-output-of-openssl-rand-base64-48';
const minSecretBytes = 32;

const integer = (min: number, max: number, fallback: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`))
    .default(fallback);

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

/** How each setting is read. Every one may be left out. */
const settings = {
  NODE_ENV: z
    .enum(['development', 'production', 'test'], 'must be development, production or test')
    .default('development'),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535, 3000),
  PUBLIC_URL: origin.optional(),
  DATA_DIR: z.string().default('.data'),
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must begin with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().optional(),
  AUTH_SECRETS: secrets.optional(),
  ALLOWED_ORIGINS: list.pipe(z.array(origin)).default([]),
  TRUST_PROXY: integer(0, 10, 0),
  WORKERS: integer(1, 4 * cpus().length, 1),
  BCRYPT_COST: integer(4, 18, 12),
  ACCESS_TTL_SECONDS: integer(30, 86_400, 600),
  SESSION_IDLE_SECONDS: integer(60, 31_536_000, 7 * 86_400),
  SESSION_MAX_SECONDS: integer(60, 31_536_000, 30 * 86_400),
  OTP_TTL_SECONDS: integer(30, 900, 300),
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

function secretProblems(secrets: string[]): string[] {
  return secrets.flatMap((secret, index) => {
    if (secret.includes(exampleSecret)) return [`AUTH_SECRETS: entry ${index + 1} is the example value`];
    if (Buffer.byteLength(secret) < minSecretBytes) {
      return [`AUTH_SECRETS: entry ${index + 1} is shorter than ${minSecretBytes} bytes`];
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

function productionProblems(env: Settings, malformed: ReadonlyMap<string, string>): string[] {
  const required = ['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL'] as const;
  const problems = required
    .filter((name) => env[name] === undefined && !malformed.has(name))
    .map((name) => `${name} is required in production`);
  if (env.PUBLIC_URL?.startsWith('http:')) problems.push('PUBLIC_URL must be https in production');
  if (env.RATE_LIMITS === 'off') problems.push('RATE_LIMITS=off is refused in production');
  if (env.BCRYPT_COST < 10) problems.push('BCRYPT_COST must be at least 10 in production');
  return problems;
}

/** Settings that do not go together. */
function conflicts(env: Settings): string[] {
  const problems: string[] = [];
  if (env.SMTP_URL && !env.MAIL_FROM && env.NODE_ENV !== 'production')
    problems.push('MAIL_FROM is required with SMTP_URL');
  if (env.WORKERS > 1 && !(env.MONGODB_URI && env.SMTP_URL && env.AUTH_SECRETS)) {
    problems.push(
      'WORKERS above 1 needs MONGODB_URI, SMTP_URL and AUTH_SECRETS: the built-in ones live in one process',
    );
  }
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
    ...secretProblems(env.AUTH_SECRETS ?? []),
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
    authSecrets: env.AUTH_SECRETS,
    allowedOrigins: env.ALLOWED_ORIGINS,
    trustProxyHops: env.TRUST_PROXY,
    workers: env.WORKERS,
    bcryptCost: env.BCRYPT_COST,
    accessTtlSeconds: env.ACCESS_TTL_SECONDS,
    sessionIdleSeconds: env.SESSION_IDLE_SECONDS,
    sessionMaxSeconds: env.SESSION_MAX_SECONDS,
    otpTtlSeconds: env.OTP_TTL_SECONDS,
    rateLimits: env.RATE_LIMITS === 'on',
    // Beside the mailbox's display a terminal shows what needs attention only.
    logLevel: env.LOG_LEVEL ?? (env.NODE_ENV === 'production' ? 'info' : 'warn'),
    metricsToken: env.METRICS_TOKEN,
  };
}

export type Config = ReturnType<typeof loadConfig>;
