import type { Locale, User } from '@latchkey/shared/schemas';
import { AppError } from '../errors.ts';
import type { UserRecord } from '../infra/stores/users/user-record.ts';
import { randomId } from '../infra/system.ts';
import { addSeconds, daySeconds } from '../time.ts';
import type { Machinery } from './machinery.ts';
import { canonicalKey, changedNames } from './names.ts';
import { insertAccount, newAccount } from './new-account.ts';
import type { WithPassword } from './password-confirmation.ts';
import type { RequestInfo } from './request.ts';
import type { Sessions, Viewer } from './sessions.ts';
import { toUser } from './to-user.ts';

const unverifiedDays = 7;
const success = { success: true } as const;

/** Making, reading and changing accounts. */
export function createAccounts({
  stores: { users },
  passwords,
  counters,
  audit,
  notices,
  system,
  sessions,
  registrationTokens,
  withPassword,
}: Machinery & { sessions: Sessions; withPassword: WithPassword }) {
  return {
    /**
     * Makes an account. It disappears after 7 days unless a code or a reset proves its address.
     * Throws `USERNAME_TAKEN`, `EMAIL_TAKEN`, `PASSWORD_TOO_COMMON`, `BUSY`.
     */
    async register(
      input: {
        username: string;
        email: string;
        firstName: string;
        lastName: string;
        password: string;
        timeZone?: string | undefined;
      },
      request: RequestInfo,
    ) {
      await passwords.assertStrong(input.password, input, request);
      const passwordHash = await passwords.hash(input.password, request);
      const now = system.now();
      const user: UserRecord = {
        ...newAccount({ ...input, locale: request.locale }, { id: randomId(system), passwordHash, now }),
        ...(input.timeZone !== undefined && { timeZone: input.timeZone }),
        unverifiedUntil: addSeconds(now, unverifiedDays * daySeconds),
      };
      const taken = await insertAccount(users, user);
      if (taken) throw new AppError(taken === 'emailKey' ? 'EMAIL_TAKEN' : 'USERNAME_TAKEN');
      await audit.record('registered', user._id, request);
      const { _id: id, username, email, firstName, lastName } = user;
      const registrationToken = registrationTokens.issue(id);
      return { ...success, user: { id, username, email, firstName, lastName }, registrationToken };
    },

    /** Whether nobody has a username or keeps it. An account that was never verified and has lapsed holds it no longer. */
    isUsernameFree: async ({ username }: { username: string }): Promise<{ free: boolean }> => ({
      free: !(await users.isUsernameTaken(canonicalKey(username), system.now())),
    }),

    me: ({ user }: Viewer): User => toUser(user),

    /** Changes what is given and nothing else. Throws `UNAUTHENTICATED`, `RATE_LIMITED`. */
    async updateProfile(
      {
        firstName,
        lastName,
        locale,
        timeZone,
      }: {
        firstName?: string | undefined;
        lastName?: string | undefined;
        locale?: Locale | undefined;
        timeZone?: string | undefined;
      },
      { user, session }: Viewer,
      request: RequestInfo,
    ): Promise<User> {
      const changes = {
        ...changedNames({ firstName, lastName }),
        ...(locale !== undefined && { locale }),
        ...(timeZone !== undefined && { timeZone }),
      };
      if (Object.keys(changes).length === 0) return toUser(user);
      await counters.consume(['profileChangesPerAccount', user._id]);
      const owner = { userId: user._id, sessionId: session._id, now: system.now() };
      const updated = await users.updateProfile(owner, changes);
      if (!updated) throw new AppError('UNAUTHENTICATED');
      await audit.record('profile-updated', user._id, request, { sessionId: session._id });
      return toUser(updated);
    },

    /**
     * Changes the password, puts a fresh session in the place of all, so that no copied token outlives the change, and voids
     * every pending code and link. Gives the tokens of that session.
     * Throws `PASSWORD_TOO_COMMON`, `BAD_ORIGIN`, and what confirming the current password throws.
     */
    async changePassword(
      { currentPassword, password }: { currentPassword: string; password: string },
      viewer: Viewer,
      request: RequestInfo,
    ) {
      const { user } = viewer;
      const caller = { network: request.network, knownAccount: user._id };
      const successor = sessions.successorOf(viewer, request);
      await passwords.assertStrong(password, user, caller);
      await counters.consume(['passwordChangesPerAccount', user._id]);
      await withPassword(currentPassword, viewer, request, async (owner) =>
        users.changePassword(
          { ...owner, now: system.now() },
          await passwords.hash(password, caller),
          successor.session,
        ),
      );
      await audit.record('password-changed', user._id, request, { sessionId: viewer.session._id });
      await notices.send('password-changed', user, request);
      return { ...success, ...successor.issue() };
    },
  };
}
