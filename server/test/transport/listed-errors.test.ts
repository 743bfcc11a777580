import { describe, expect, it } from 'vitest';
import { assertListedErrors } from '../../src/testing/listed-errors.ts';
import { createTestApp } from '../../src/testing/test-app.ts';

const refusal = (procedure: string, code: string, details?: unknown) =>
  JSON.stringify({ level: 20, procedure, code, details, msg: 'refused' });

describe('the list of errors by procedure', () => {
  it('is watched in every test app: what a procedure refuses with is in its log, over the wire and without it', async () => {
    await using app = await createTestApp();
    await app.call('user.me');
    await expect(app.caller().session.list()).rejects.toThrow('Please sign in.');
    const refused = app.log.filter((line) => line.includes('"msg":"refused"')).map((line) => JSON.parse(line));
    expect(refused).toMatchObject([
      { procedure: 'user.me', code: 'UNAUTHENTICATED' },
      { procedure: 'session.list', code: 'UNAUTHENTICATED' },
    ]);
  });

  it('fails a test where a code is thrown that is not listed, or carries something else', () => {
    expect(() => assertListedErrors([refusal('auth.verifyOtp', 'OTP_INVALID', { attemptsLeft: 4 })])).not.toThrow();
    expect(() => assertListedErrors([refusal('user.me', 'EMAIL_TAKEN')])).toThrow('user.me threw EMAIL_TAKEN: list it');
    expect(() => assertListedErrors([refusal('user.unheard', 'INTERNAL')])).toThrow('user.unheard threw INTERNAL');
    expect(() => assertListedErrors([refusal('auth.verifyOtp', 'OTP_INVALID')])).toThrow('other details');
    expect(() => assertListedErrors([refusal('auth.login', 'INVALID_CREDENTIALS', { name: 'ada' })])).toThrow(
      'other details',
    );
  });
});
