import { codeOf } from '@latchkey/client';
import { useRef } from 'react';
import { browserTimeZone } from '../../i18n/format.ts';
import { clockOffsetOf, type PendingChallenge } from '../../session/challenge.ts';
import { toProblem } from '../../session/problem.ts';
import { trpc } from '../../session/trpc.ts';

type Registration = Parameters<ReturnType<typeof trpc.auth.register.useMutation>['mutateAsync']>[0];

/**
 * Registers, and asks for the first code with the password that was just typed. Gives the challenge; undefined when the
 * account is there but the code could not be asked for.
 */
export function useRegistration() {
  const register = trpc.auth.register.useMutation();
  const login = trpc.auth.login.useMutation();
  const unanswered = useRef<Registration>(undefined);

  async function askForCode({ username, password, email }: Registration, token?: string): Promise<PendingChallenge> {
    const { challengeId, sentTo, expiresAt, resendAvailableAt } = await login.mutateAsync({ username, password });
    const times = { sentTo, expiresAt, resendAvailableAt };
    const registration = token === undefined ? undefined : { token, email };
    return { challengeId, ...times, clockOffsetMilliseconds: clockOffsetOf(times), username, registration };
  }

  return async (values: Registration): Promise<PendingChallenge | undefined> => {
    // The answer of the attempt before got lost on the way: "taken" may then mean taken by this very form.
    const before = unanswered.current;
    const mayBeOurs = before?.username === values.username && before.email === values.email;
    let token: string;
    try {
      const { registrationToken } = await register.mutateAsync({ ...values, timeZone: browserTimeZone() });
      token = registrationToken;
    } catch (error) {
      if (toProblem(error).kind === 'unreachable') unanswered.current = values;
      const isTaken = codeOf(error) === 'USERNAME_TAKEN' || codeOf(error) === 'EMAIL_TAKEN';
      if (!isTaken || !mayBeOurs) throw error;
      return askForCode(values).catch(() => {
        throw error;
      });
    }
    return askForCode(values, token).catch(() => undefined);
  };
}
