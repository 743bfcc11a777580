import type { EarlyCalls } from '../session/early-calls.ts';

const badRequest = 400;

interface Renewed {
  accessToken: string;
  user: unknown;
}

async function listSessions(accessToken: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${accessToken}` };
  return (await (await fetch('/trpc/session.list', { headers })).json()).result.data;
}

/**
 * Renews the session as the app would, unless another tab is about to: a token that is sent twice, late, ends it. The
 * account comes with it.
 * @param withDevices whether to ask for its devices next
 */
export function callEarly({ withDevices }: { withDevices: boolean }): EarlyCalls {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"withUser":true}' };
  const refresh = navigator.locks
    .request('latchkey-refresh', { ifAvailable: true }, async (lock) => {
      const response = lock && (await fetch('/trpc/auth.refresh', init));
      // While a new version spreads, a server of the one before does not know the question.
      return response && response.status !== badRequest ? response : undefined;
    })
    .catch(() => undefined);

  const renewed: Promise<Renewed> = refresh.then(async (response) => {
    if (!response) throw new Error('the session was not renewed');
    return (await response.clone().json()).result.data;
  });
  const me = renewed.then(({ user }) => user);
  const sessions = withDevices ? renewed.then(({ accessToken }) => listSessions(accessToken)) : undefined;
  // Whoever needs them asks anew.
  me.catch(() => undefined);
  sessions?.catch(() => undefined);
  return { refresh, me, ...(sessions && { sessions }) };
}
