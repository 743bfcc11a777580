import { judgePassword } from '@latchkey/shared/password-judge';
import { afterAll, describe, expect, it } from 'vitest';
import { createPasswordAppraiser } from './password-appraiser.ts';

const appraiser = createPasswordAppraiser();
afterAll(appraiser.close);

const owner = { username: 'ada', email: 'ada@example.com', firstName: 'Ada', lastName: 'Lovelace' };
const refusal = async (password: string) => (await judgePassword(password, owner, appraiser.appraise)).refused;

describe('the dictionary', () => {
  it.each([
    ['Password123!'],
    ['Summer2024'],
    ['a'.repeat(20)],
    ['latchkey'],
    ['Latchkey2026'],
    ['lovelace1'],
    ['x7'.repeat(40)],
  ])('finds %s weak', async (password) => expect(await refusal(password)).toBe('weak'));

  it.each([['iloveyou'], ['ILOVEYOU'], ['12345678'], ['password123']])('finds %s common', async (password) =>
    expect(await refusal(password)).toBe('common'),
  );

  it.each([['xk2#9fLq'], ['kettle-drum-seven'], ['a brand new passphrase'], ['schlüssel unterm stein']])(
    'lets %s pass',
    async (password) => expect(await refusal(password)).toBeUndefined(),
  );

  it('answers each of many questions with its own answer', async () => {
    const passwords = ['iloveyou', 'Summer2024', 'xk2#9fLq'];
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => refusal(`${passwords[index % 3]}`)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => ['common', 'weak', undefined]).flat());
  });

  it('is loaded again after its thread has ended, and then no question hangs', async () => {
    const pending = Promise.allSettled(Array.from({ length: 200 }, () => refusal('Summer2024')));
    const ended = appraiser.close();
    const next = refusal('Summer2024');
    await ended;
    expect((await pending).at(-1)).toMatchObject({ reason: { message: expect.stringContaining('has ended') } });
    expect(await next).toBe('weak');
  });
});
