import { AppError } from '../errors.ts';
import { addSeconds, minuteSeconds } from '../time.ts';
import type { Machinery } from './machinery.ts';
import type { WithPassword } from './password-confirmation.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';

/** How long a confirmation holds at most. */
export const confirmationSeconds = 15 * minuteSeconds;

/**
 * Step-up: some things are for those only who have shown a moment ago that they are still the person who signed in (ASVS
 * 5.0, 7.5.1). It is noted in the session that showed it, opens nothing by itself, and no refresh prolongs it.
 */
export function createStepUp({
  stores: { users },
  audit,
  system,
  withPassword,
}: Machinery & { withPassword: WithPassword }) {
  return {
    /**
     * Notes of the viewer's session that the password was shown in it. A wrong one counts with every other current password
     * that is asked for, apart from sign-ins. Throws what confirming the current password throws.
     */
    async confirm({ password }: { password: string }, viewer: Viewer, request: RequestInfo) {
      const confirmedAt = await withPassword(password, viewer, request, async (owner) =>
        (await users.confirmSession(owner)) ? owner.now : null,
      );
      await audit.record('session-confirmed', viewer.user._id, request, { sessionId: viewer.session._id });
      return { confirmedUntil: addSeconds(confirmedAt, confirmationSeconds).toISOString() };
    },

    /**
     * Lets through whose session was confirmed within `maxAgeSeconds`, by the account as it was read for this call. Throws
     * `REAUTHENTICATION_REQUIRED`.
     */
    assertConfirmed({ maxAgeSeconds }: { maxAgeSeconds: number }, { session: { confirmedAt } }: Viewer): void {
      if (confirmedAt && system.now() < addSeconds(confirmedAt, maxAgeSeconds)) return;
      throw new AppError('REAUTHENTICATION_REQUIRED', { maxAgeSeconds, methods: ['password'] });
    },
  };
}
