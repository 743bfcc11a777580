import { createInterface } from 'node:readline/promises';
import { createLatchkeyClient, safe } from '@latchkey/client';

const latchkey = createLatchkeyClient({ url: process.env.LATCHKEY_URL ?? 'http://localhost:3000' });

const username = `ada${Date.now()}`;
const password = 'correct horse battery staple';
const person = { username, email: `${username}@example.com`, firstName: 'Ada', lastName: 'Lovelace' };
await latchkey.auth.register.mutate({ ...person, password, confirmPassword: password });
const { challengeId, sentTo } = await latchkey.auth.login.mutate({ username, password });

const terminal = createInterface({ input: process.stdin, output: process.stdout });
const otp = await terminal.question(`The code that was sent to ${sentTo}: `);
terminal.close();
await latchkey.auth.verifyOtp.mutate({ challengeId, otp });

const { data: me, error } = await safe(latchkey.user.me.query());
process.stdout.write(error ? error.advice : `Signed in as ${me.username}.\n`);
