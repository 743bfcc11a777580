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
      accessTtlSeconds: 600,
      sessionIdleSeconds: 604_800,
      sessionMaxSeconds: 2_592_000,
      otpTtlSeconds: 300,
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
      ['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL'].map(
        (name) => `${name} is required in production`,
      ),
    );
  });

  it.each(['MONGODB_URI', 'SMTP_URL', 'MAIL_FROM', 'AUTH_SECRETS', 'PUBLIC_URL'])(
    'refuses to start without %s',
    (name) => {
      for (const value of [undefined, '', ' ', ...(name === 'AUTH_SECRETS' ? [',', ' , '] : [])]) {
        expect(problemsOf({ ...production, [name]: value })).toContain(`${name} is required in production`);
      }
    },
  );

  it.each([
    ['PUBLIC_URL', 'http://accounts.example', 'PUBLIC_URL must be https in production'],
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
    ['more than one worker with what lives in one process', { WORKERS: '2' }, 'WORKERS above 1'],
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
