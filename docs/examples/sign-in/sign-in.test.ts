import { createTestApp } from '@latchkey/server/testing';
import { expect, it } from 'vitest';

it('a code that is older than five minutes opens nothing', async () => {
  await using app = await createTestApp();
  const ada = await app.account('ada');
  const { auth } = app.client();
  const { challengeId } = await auth.login.mutate({ username: 'ada', password: ada.password });
  const otp = await app.mail.codeFor(ada);
  app.clock.advance('301s');
  await expect(auth.verifyOtp.mutate({ challengeId, otp })).rejects.toMatchObject({
    data: { app: { code: 'CHALLENGE_EXPIRED' } },
  });
});
