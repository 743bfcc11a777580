import type { EarlyCalls } from '../session/early-calls.ts';

/**
 * Renews the session as the app would, unless another tab is about to: a token that is sent twice, late, ends it. Then
 * asks for what the page shows, in one call.
 */
export function callEarly(procedures: ('user.me' | 'session.list')[]): EarlyCalls {
  const headers = { 'content-type': 'application/json' };
  const refresh = navigator.locks
    .request('latchkey-refresh', { ifAvailable: true }, (lock) =>
      lock ? fetch('/trpc/auth.refresh', { method: 'POST', headers, body: '{}' }) : undefined,
    )
    .catch(() => undefined);

  const outcomes = refresh.then(async (response) => {
    if (!response) throw new Error('the session was not renewed');
    const { result } = await response.clone().json();
    const authorization = `Bearer ${result.data.accessToken}`;
    const path = `/trpc/${procedures.join()}?batch=1&input=%7B%7D`;
    return (await fetch(path, { headers: { authorization } })).json();
  });
  const answers = procedures.map((procedure, index) => {
    const answer = outcomes.then((all) => all[index].result.data);
    // Whoever needs it asks anew.
    answer.catch(() => undefined);
    return [procedure, answer] as const;
  });
  return { refresh, ...Object.fromEntries(answers) };
}
