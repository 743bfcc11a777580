import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './config.ts';

const secret = 'a-secret-of-more-than-thirty-two-bytes';
const exampleSecret = 'replace-me-with-the-output-of-openssl-rand-base64-48';
const production = {
  NODE_ENV: 'production',
  MONGODB_URI: 'mongodb://db.example/latchkey',
  SMTP_URL: 'smtps://mail.example',
  MAIL_FROM: 'Latchkey <no-reply@example.com>',
  AUTH_SECRETS: secret,
  PUBLIC_URL: 'https://accounts.example',
  TRUST_PROXY: '1',
};

/** What is wrong with these settings, one line each. */
function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    loadConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('without settings', () => {
  it('everything has a default that suits one machine', () => {
    expect(loadConfig({})).toMatchObject({
      production: false,
      host: '127.0.0.1',
      port: 3000,
      mongodbUri: undefined,
      smtpUrl: undefined,
      authSecrets: undefined,
      trustProxyHops: 0,
      bcryptCost: 12,
      rateLimits: true,
      mailsPerHour: 10_000,
      accessTtlSeconds: 600,
      sessionIdleSeconds: 604_800,
      sessionMaxSeconds: 2_592_000,
      otpTtlSeconds: 300,
      otpInSubject: false,
      auditDays: 180,
      hstsIncludeSubdomains: false,
      logClientAddress: 'on',
    });
  });

  it('an empty or blank one counts as unset', () => {
    const blank = Object.fromEntries(Object.keys(production).map((name, index) => [name, index % 2 ? '' : '  ']));
    expect(loadConfig(blank)).toEqual(loadConfig({}));
  });

  it('limits are on, in tests too', () => {
    for (const NODE_ENV of ['development', 'test']) expect(loadConfig({ NODE_ENV }).rateLimits).toBe(true);
  });
});

describe('in production', () => {
  it('starts with all that it needs', () => {
    expect(loadConfig(production)).toMatchObject({
      production: true,
      publicUrl: 'https://accounts.example',
      authSecrets: [secret],
    });
  });

  it('names everything that is missing at once', () => {
    expect(problemsOf({ NODE_ENV: 'production' })).toEqual(
      ['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL', 'TRUST_PROXY'].map(
        (name) => `${name} is required in production`,
      ),
    );
  });

  it.each(['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL', 'TRUST_PROXY'])(
    'refuses to start without %s',
    (name) => {
      for (const value of [undefined, '', ' ', ...(name === 'AUTH_SECRETS' ? [',', ' , '] : [])]) {
        expect(problemsOf({ ...production, [name]: value })).toContain(`${name} is required in production`);
      }
    },
  );

  it.each([
    ['PUBLIC_URL', 'http://accounts.example', 'PUBLIC_URL must be https in production'],
    [
      'ALLOWED_ORIGINS',
      'https://app.example,http://other.example',
      'ALLOWED_ORIGINS must be https in production: http://other.example',
    ],
    ['RATE_LIMITS', 'off', 'RATE_LIMITS=off is refused in production'],
    ['BCRYPT_COST', '9', 'BCRYPT_COST must be at least 10 in production'],
    ['AUTH_SECRETS', 'x'.repeat(31), 'AUTH_SECRETS: entry 1 is shorter than 32 bytes'],
    ['AUTH_SECRETS', `${secret},short`, 'AUTH_SECRETS: entry 2 is shorter than 32 bytes'],
    ['AUTH_SECRETS', exampleSecret, 'AUTH_SECRETS: entry 1 is the example value'],
    ['AUTH_SECRETS', `${secret}, x${exampleSecret}x`, 'AUTH_SECRETS: entry 2 is the example value'],
  ])('refuses the weak %s=%s', (name, value, problem) => {
    expect(problemsOf({ ...production, [name]: value })).toEqual([problem]);
  });

  it('names what is missing, malformed and weak together, each once', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'x',
      PUBLIC_URL: 'nonsense',
      BCRYPT_COST: '4',
      AUTH_SECRETS: 'short',
    });
    const names = problems.map((problem) => problem.split(/[: ]/)[0]);
    expect(names.sort()).toEqual([
      'AUTH_SECRETS',
      'BCRYPT_COST',
      'MAIL_FROM',
      'MONGODB_URI',
      'PORT',
      'PUBLIC_URL',
      'SMTP_URL',
      'TRUST_PROXY',
    ]);
  });

  it('takes 0 for an answer to TRUST_PROXY, but not silence', () => {
    expect(loadConfig({ ...production, TRUST_PROXY: '0' }).trustProxyHops).toBe(0);
    expect(problemsOf({ ...production, TRUST_PROXY: ' ' })).toEqual(['TRUST_PROXY is required in production']);
  });

  it('sends no mail without TLS unless that is said', () => {
    const problem =
      'SMTP_URL would send mail without TLS: use smtps://, or smtp:// with ?requireTLS=true, or set SMTP_ALLOW_PLAINTEXT=1';
    const plain = { ...production, SMTP_URL: 'smtp://user:hunter2@mail.example:587' };
    expect(problemsOf(plain)).toEqual([problem]);
    expect(problemsOf({ ...plain, SMTP_ALLOW_PLAINTEXT: '0' })).toEqual([problem]);
    expect(problemsOf({ ...plain, SMTP_URL: `${plain.SMTP_URL}?requireTLS=false` })).toEqual([problem]);
    expect(problemsOf({ ...plain, SMTP_URL: `${plain.SMTP_URL}?requireTLS=true` })).toEqual([]);
    expect(problemsOf({ ...plain, SMTP_ALLOW_PLAINTEXT: '1' })).toEqual([]);
    expect(problemsOf({ ...plain, NODE_ENV: 'development' })).toEqual([]);
  });

  it.each([
    'x'.repeat(64),
    'abc'.repeat(20),
    '0123456789'.repeat(8),
    '0123456789abcdef'.repeat(4),
    'abcdefghijklmnopqrstuvwxyz0123456789',
    'changeme-please-'.repeat(3),
    'passwordpasswordpasswordpassword1',
  ])('refuses the secret %s, which anybody can guess', (guessable) => {
    expect(problemsOf({ ...production, AUTH_SECRETS: `${secret},${guessable}` })).toEqual([
      'AUTH_SECRETS: entry 2 can be guessed; use the output of: openssl rand -base64 48',
    ]);
  });

  it('refuses no secret that is random, however it is written', () => {
    for (let round = 0; round < 300; round += 1) {
      const AUTH_SECRETS = [randomBytes(16).toString('hex'), randomBytes(24).toString('base64')].join(',');
      expect(problemsOf({ ...production, AUTH_SECRETS })).toEqual([]);
    }
  });
});

describe('the sender of mails', () => {
  it.each([
    'no-reply@example.com',
    'Latchkey <no-reply@example.com>',
    'Latchkey<no-reply@localhost>',
    '<no-reply@example.com>',
    '"Latchkey, Inc." <no-reply@example.com>',
    'Büro für Konten <no-reply@example.com>',
  ])('may be %s', (MAIL_FROM) => {
    expect(loadConfig({ ...production, MAIL_FROM }).mailFrom).toBe(MAIL_FROM);
  });

  it.each([
    'Latchkey',
    'no-reply@',
    'a@example.com, b@example.com',
    'Latchkey, Inc. <no-reply@example.com>',
    'Latchkey <a@example.com> <b@example.com>',
    'Latchkey <a@example.com>, b@example.com',
    'b@example.com <a@example.com>',
    'Team: a@example.com;',
    'Latchkey <no-reply@example.com>\nBcc: b@example.com',
    'Latchkey\r\nBcc: b@example.com <no-reply@example.com>',
  ])('is never %j', (MAIL_FROM) => {
    expect(problemsOf({ ...production, MAIL_FROM })).toEqual([
      'MAIL_FROM: must be one address, as in: Latchkey <no-reply@example.com>',
    ]);
  });
});

describe('a weak secret', () => {
  it('is refused everywhere, and counted in bytes', () => {
    expect(problemsOf({ AUTH_SECRETS: 'short' })).toEqual(['AUTH_SECRETS: entry 1 is shorter than 32 bytes']);
    expect(problemsOf({ AUTH_SECRETS: exampleSecret })).toEqual(['AUTH_SECRETS: entry 1 is the example value']);
    expect(loadConfig({ AUTH_SECRETS: 'ü'.repeat(16) }).authSecrets).toHaveLength(1);
  });

  it('that is refused is the very one in .env.example', () => {
    const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const shown = /^#?\s*AUTH_SECRETS=(\S+)$/m.exec(example)?.[1];
    expect(problemsOf({ AUTH_SECRETS: shown })).toEqual(['AUTH_SECRETS: entry 1 is the example value']);
  });

  it('is never repeated in the message', () => {
    expect(
      problemsOf({
        AUTH_SECRETS: 'hunter2',
        MONGODB_URI: 'mysql://u:hunter2@x',
        SMTP_URL: 'http://u:hunter2@x',
      }).join(),
    ).not.toContain('hunter2');
  });
});

describe('settings that make no sense', () => {
  const malformed = {
    NODE_ENV: 'prod',
    PORT: '65536',
    PUBLIC_URL: 'https://accounts.example/path',
    MONGODB_URI: 'http://db.example',
    SMTP_URL: 'mail.example:25',
    SMTP_ALLOW_PLAINTEXT: 'yes',
    MAIL_FROM: 'Latchkey',
    MAILS_PER_HOUR: '-1',
    OTP_IN_SUBJECT: '2',
    AUDIT_DAYS: '0',
    HSTS_INCLUDE_SUBDOMAINS: 'always',
    LOG_CLIENT_ADDRESS: 'yes',
    ALLOWED_ORIGINS: 'https://app.example, app.example',
    TRUST_PROXY: 'true',
    WORKERS: '0',
    BCRYPT_COST: '3',
    ACCESS_TTL_SECONDS: '-1',
    SESSION_IDLE_SECONDS: '1e3',
    SESSION_MAX_SECONDS: '12.5',
    OTP_TTL_SECONDS: '0',
    RATE_LIMITS: 'no',
    LOG_LEVEL: 'loud',
    METRICS_TOKEN: 'short',
  };

  it('are all named at once', () => {
    const names = problemsOf(malformed).map((problem) => problem.split(':')[0]);
    expect(names.sort()).toEqual(Object.keys(malformed).sort());
  });

  it.each(Object.entries(malformed))('%s=%s is named alone where it stands alone', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(new RegExp(`^${name}: .+`));
  });

  it.each([
    ['a mail server without a sender', { SMTP_URL: 'smtp://mail.example' }, 'MAIL_FROM is required'],
    [
      'sessions that idle longer than they live',
      { SESSION_IDLE_SECONDS: '120', SESSION_MAX_SECONDS: '60' },
      'SESSION_IDLE_SECONDS must not be above',
    ],
  ])('%s do not go together', (_what, env, problem) => {
    const problems = problemsOf(env);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });
});

describe('lists', () => {
  it('are split at commas and trimmed, and origins lose what is no part of one', () => {
    const config = loadConfig({
      ALLOWED_ORIGINS: ' https://App.example/ ,,http://localhost:5173',
      AUTH_SECRETS: `${secret} , ${secret}2`,
    });
    expect(config.allowedOrigins).toEqual(['https://app.example', 'http://localhost:5173']);
    expect(config.authSecrets).toEqual([secret, `${secret}2`]);
  });

  it('of origins hold no wildcard, no null and no other scheme', () => {
    for (const origin of ['*', 'null', 'https://*.example', 'file://x', 'javascript:alert(1)', '//app.example']) {
      expect([origin, problemsOf({ ALLOWED_ORIGINS: origin }).length > 0]).toEqual([origin, true]);
    }
  });
});
