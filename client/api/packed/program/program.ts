import { createLatchkeyClient, type LatchkeyClient, safe } from '@latchkey/client';

const url = process.argv[2] ?? 'http://localhost:3000';
export const latchkey: LatchkeyClient = createLatchkeyClient({ url });

const password = 'correct horse battery staple';
const username = `ada${Date.now()}`;
const email = `${username}@example.com`;
const names = { firstName: 'Ada', lastName: 'Lovelace' };
await latchkey.auth.register.mutate({ username, email, ...names, password, confirmPassword: password });
const { challengeId } = await latchkey.auth.login.mutate({ username, password });

let otp: string | undefined;
while (otp === undefined) {
  const mails = (await (await fetch(`${url}/dev/mails`)).json()) as { to: string; text: string }[];
  otp = mails.find(({ to }) => to === email)?.text.match(/\b\d{6}\b/)?.[0];
}
await latchkey.auth.verifyOtp.mutate({ challengeId, otp });

const { data, error } = await safe(latchkey.user.me.query());
process.stdout.write(error ? error.code : `${data.username} ${data.emailVerified}`);
