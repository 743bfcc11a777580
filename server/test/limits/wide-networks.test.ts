import { describe, expect, it } from 'vitest';
import { limitRules } from '../../src/domain/limits/rules.ts';
import { newPerson } from '../../src/testing/people.ts';
import { createTestApp, type TestApp } from '../../src/testing/test-app.ts';
import { atOnce, tally } from '../parallel.ts';
import { raise } from '../stored.ts';

const room = limitRules.registrationsPerAddress.points;

/** Shows no registration whose address could be put right, from an address in the /64 of that number below one /48. */
const askFrom = (app: TestApp, site: string, customer: number) =>
  app.call(
    'auth.changeRegistrationEmail',
    { registrationToken: 'nothing', email: newPerson().email },
    { headers: { 'x-forwarded-for': `2001:db8:${site}:${customer.toString(16)}::1` } },
  );

describe('the networks of IPv6', () => {
  it('count by the /64, and all of a /48 together with ten times the room', async () => {
    await using app = await createTestApp();
    expect(tally(await atOnce(room, () => askFrom(app, 'a', 0)))).toEqual({ CHALLENGE_EXPIRED: room });
    expect((await askFrom(app, 'a', 0)).code).toBe('RATE_LIMITED');
    expect((await askFrom(app, 'a', 1)).code).toBe('CHALLENGE_EXPIRED');
    await raise(app, 'registrationsPerAddress', room + 1, 10 * room - 1);
    expect((await askFrom(app, 'a', 1)).code).toBe('CHALLENGE_EXPIRED');
    // A /64 that has asked for nothing yet is refused for its /48, and one elsewhere is not.
    expect((await askFrom(app, 'a', 10)).code).toBe('RATE_LIMITED');
    expect((await askFrom(app, 'b', 10)).code).toBe('CHALLENGE_EXPIRED');
  });
});
