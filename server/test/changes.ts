import type { Person } from '../src/testing/people.ts';
import type { TestApp } from '../src/testing/test-app.ts';
import { type SignedIn, tryPassword } from './flows.ts';
import { mailsTo } from './stored.ts';

/**
 * What somebody does to their own account over the wire.
 * @param appOfFile gives the app of a test file, which is there once its tests run
 */
export function createChanges(appOfFile: () => TestApp) {
  const changePassword = (
    who: Pick<SignedIn, 'accessToken'>,
    currentPassword: string,
    password: string,
    at = appOfFile(),
  ) =>
    at.call<SignedIn>(
      'user.changePassword',
      { currentPassword, password, confirmPassword: password },
      { token: who.accessToken },
    );

  const signInCode = async (who: Pick<Person, 'username'>, password: string) => {
    const response = await tryPassword(appOfFile(), who.username, password);
    return response.status === 200 ? 'ok' : response.code;
  };

  /** Asks to move the account and gives the challenge with the code that went to the new address. */
  async function askToMove(who: SignedIn, email: string, currentPassword = who.password) {
    const asked = await appOfFile().call<{ challengeId: string }>(
      'user.requestEmailChange',
      { email, currentPassword },
      { token: who.accessToken },
    );
    const { challengeId } = asked.data;
    const mail = (await mailsTo(appOfFile(), email)).findLast(({ text }) => text.includes('Your code is'));
    return { challengeId, otp: /Your code is (\d{6})/.exec(mail?.text ?? '')?.[1] ?? '' };
  }

  async function move(who: SignedIn, email: string) {
    const challenge = await askToMove(who, email);
    return appOfFile().call('user.confirmEmailChange', challenge, { token: who.accessToken });
  }

  return { changePassword, signInCode, askToMove, move };
}
