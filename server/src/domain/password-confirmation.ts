import { AppError } from '../errors.ts';
import type { ConfirmedOwner } from '../infra/stores/users/user-ending-store.ts';
import type { Machinery } from './machinery.ts';
import type { RequestInfo } from './request.ts';
import type { Viewer } from './sessions.ts';

const maxRounds = 3;

/**
 * Lets somebody who is signed in do what needs the current password. A wrong one counts against the account, apart from
 * its sign-ins: a stolen session guesses no faster, and locks nobody out.
 */
export function createPasswordConfirmation({ stores: { users }, passwords, counters, audit, system }: Machinery) {
  /**
   * Compares the password, then acts under the condition that it still is the password and the session still there.
   * @param act one conditional write; it gives null or false when the condition no longer held
   * Throws `INVALID_CREDENTIALS`, `UNAUTHENTICATED`, `RATE_LIMITED`, `CONFLICT`.
   */
  return async function withPassword<Result>(
    currentPassword: string,
    { user: viewer, session }: Viewer,
    request: RequestInfo,
    act: (owner: ConfirmedOwner) => Promise<Result | null | false>,
  ): Promise<Result> {
    let { passwordHash } = viewer;
    const caller = { network: request.network, knownAccount: viewer._id };
    const compare = async () =>
      (await passwords.matches(currentPassword, passwordHash, caller)) ? passwordHash : null;
    const first = await counters.attempt({ failures: [['confirmationsPerAccount', viewer._id]] }, compare);
    for (let round = 0; round < maxRounds; round += 1) {
      // Later rounds compare again what was right and given back already.
      const confirmed = round === 0 ? first.result : await compare();
      if (confirmed === null) {
        const type = first.locked ? 'sign-in-locked' : 'password-confirmation-failed';
        await audit.record(type, viewer._id, request, { sessionId: session._id });
        throw new AppError('INVALID_CREDENTIALS');
      }
      if (round === 0) await counters.settle({ giveBack: first.counted });
      const now = system.now();
      const result = await act({ userId: viewer._id, sessionId: session._id, passwordHash: confirmed, now });
      if (result !== null && result !== false) return result;
      // Somebody else was first: either this session is over, or the hash is another one, perhaps of the same password.
      const current = await users.findSignedIn(viewer._id, session._id, now);
      if (!current) throw new AppError('UNAUTHENTICATED');
      passwordHash = current.passwordHash;
    }
    throw new AppError('CONFLICT');
  };
}

export type WithPassword = ReturnType<typeof createPasswordConfirmation>;
