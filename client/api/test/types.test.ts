import {
  createLatchkeyClient,
  isLatchkeyError,
  type LatchkeyErrorOf,
  type Outcome,
  safe,
  type User,
} from '@latchkey/client';
import { describe, expectTypeOf, it } from 'vitest';

const latchkey = createLatchkeyClient({ url: 'http://127.0.0.1:9' });
/** Never called: what stands in it only has to compile, or not to. */
const unused = (_: () => unknown) => {};

describe('the types of the client', () => {
  it('say what goes in and what comes out', () => {
    expectTypeOf(latchkey.auth.login.mutate).parameter(0).toEqualTypeOf<{ username: string; password: string }>();
    expectTypeOf<Awaited<ReturnType<typeof latchkey.user.me.query>>>().toEqualTypeOf<User>();
    expectTypeOf<User['role']>().toEqualTypeOf<'user' | 'admin'>();
    unused(() => latchkey.session.list.query(undefined, { timeoutMilliseconds: 100 }));
    unused(() => latchkey.auth.refresh.mutate({}));
  });

  it('refuse a wrong input, a wrong output field, a verb and a procedure that do not exist', () => {
    // @ts-expect-error the password is missing
    unused(() => latchkey.auth.login.mutate({ username: 'ada' }));
    // @ts-expect-error a field that nobody knows
    unused(() => latchkey.auth.login.mutate({ username: 'ada', password: 'x', remember: true }));
    // @ts-expect-error there is no such field
    unused(async () => (await latchkey.user.me.query()).phone);
    // @ts-expect-error it is a query
    unused(() => latchkey.user.me.mutate());
    // @ts-expect-error there is no such procedure
    unused(() => latchkey.user.fly.mutate());
  });

  it('know the codes of each procedure, and what each carries', () => {
    type Codes = LatchkeyErrorOf<'auth.resendOtp'>['code'];
    expectTypeOf<Codes>().toEqualTypeOf<
      | 'CHALLENGE_EXPIRED'
      | 'RESEND_TOO_SOON'
      | 'RATE_LIMITED'
      | 'CONFLICT'
      | 'VALIDATION'
      | 'UNAVAILABLE'
      | 'INTERNAL'
      | 'NO_RESPONSE'
    >();
    unused((error?: unknown) => {
      if (!isLatchkeyError(error, 'auth.resendOtp')) return;
      if (error.code === 'RESEND_TOO_SOON') expectTypeOf(error.details).toEqualTypeOf<{ resendAvailableAt: string }>();
      if (error.code === 'CONFLICT') expectTypeOf(error.details).toEqualTypeOf<undefined>();
      // @ts-expect-error it cannot throw this
      if (error.code === 'EMAIL_TAKEN') return;
    });
    // @ts-expect-error there is no such procedure
    unused((error?: unknown) => isLatchkeyError(error, 'auth.fly'));
  });

  it('tell of an ended session where an access token is needed, and of no other code', () => {
    type Codes = LatchkeyErrorOf<'user.me'>['code'];
    expectTypeOf<Codes>().toEqualTypeOf<
      'UNAUTHENTICATED' | 'SESSION_EXPIRED' | 'SESSION_REUSED' | 'UNAVAILABLE' | 'INTERNAL' | 'NO_RESPONSE'
    >();
  });

  it('narrow the outcome of safe() by its error', () => {
    unused(async () => {
      const { data, error } = await safe(latchkey.user.me.query());
      if (error) expectTypeOf(error).toEqualTypeOf<LatchkeyErrorOf<'user.me'>>();
      else expectTypeOf(data).toEqualTypeOf<User>();
    });
    expectTypeOf<Outcome<User, 'user.me'>['error']>().toEqualTypeOf<LatchkeyErrorOf<'user.me'> | undefined>();
  });
});
